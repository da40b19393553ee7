// The source panel: asks for a source, then brings the quoted words into view.
// Gradio gives: element, trigger, props, watch. Events: 'open'.
const panel = element.querySelector(".panel");

document.addEventListener("click", (event) => {
  const from = event.target.closest?.("[data-open]");
  if (!from) return;
  window.keyQuestions.open("source", from);
  panel.setAttribute("aria-busy", "true");
  document.querySelectorAll("[data-open][aria-current]").forEach((other) => other.removeAttribute("aria-current"));
  document.querySelectorAll("[data-open]").forEach((other) => {
    if (other.dataset.open === from.dataset.open && !other.closest(".panel")) other.setAttribute("aria-current", "true");
  });
  trigger("open", { reference: from.dataset.open });
});

watch("value", () => {
  panel.removeAttribute("aria-busy");
  const text = panel.querySelector(".document");
  const mark = text?.querySelector("mark.current");
  if (!text) return;
  if (mark) {
    const middle = mark.getBoundingClientRect().top - text.getBoundingClientRect().top + text.scrollTop;
    text.scrollTop = Math.max(0, middle - text.clientHeight / 3);
  } else text.scrollTop = 0;
  panel.querySelector("h2")?.focus({ preventScroll: true });
});
