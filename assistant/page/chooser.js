// Which collections a question is asked of: all, until the reader leaves some out. What is new is asked, too.
// Gradio gives: element, trigger, props, watch.
const left = new Set();
const boxes = () => [...element.querySelectorAll("input[type=checkbox]")];
const chosen = () => {
  const asked = boxes().filter((box) => box.checked).map((box) => box.value);
  return asked.length === boxes().length ? null : asked;
};
const name = () => {
  const chooser = element.querySelector(".chooser");
  if (!chooser) return;
  const asked = boxes().filter((box) => box.checked);
  const summary = chooser.querySelector("summary");
  const words = { 1: asked[0]?.nextElementSibling.textContent, [boxes().length]: chooser.dataset.all }[asked.length];
  summary.textContent = words ?? chooser.dataset.some.replace("%", asked.length).replace("%", boxes().length);
};
window.keyQuestions.collections = chosen;

element.addEventListener("change", (event) => {
  const box = event.target;
  if (!box.checked && boxes().every((other) => !other.checked)) box.checked = true; // something has to be asked
  left[box.checked ? "delete" : "add"](box.value);
  name();
});
document.addEventListener("click", (event) => {
  const chooser = element.querySelector(".chooser[open]");
  if (chooser && !chooser.contains(event.target)) chooser.open = false;
});
element.addEventListener("keydown", (event) => {
  const chooser = element.querySelector(".chooser[open]");
  if (event.key !== "Escape" || !chooser) return;
  event.stopPropagation();
  chooser.open = false;
  chooser.querySelector("summary").focus();
});
watch("value", () => {
  for (const box of boxes()) box.checked = !left.has(box.value);
  name();
});
