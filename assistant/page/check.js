// Checks a sentence against the documents.
// Gradio gives: element, trigger, props, watch. Events: 'submit'.
const panel = element.querySelector(".panel");
const field = () => panel.querySelector("textarea");
const check = () => {
  const claim = field().value;
  if (!claim.trim() || panel.hasAttribute("aria-busy")) return;
  panel.setAttribute("aria-busy", "true");
  panel.querySelector(".result").textContent = panel.dataset.working;
  trigger("submit", { claim, collections: window.keyQuestions.collections?.() });
};

document.addEventListener("click", (event) => {
  const from = event.target.closest?.("[data-check]");
  if (!from) return;
  if (document.body.dataset.panel === "check") window.keyQuestions.close();
  else {
    window.keyQuestions.open("check", from);
    field().focus({ preventScroll: true });
  }
});
element.addEventListener("click", (event) => {
  if (event.target.closest("[data-judge-claim]")) check();
});
element.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target === field()) {
    event.preventDefault();
    check();
  }
});
// The result is put in here and not by the template, which would draw the box anew with what is typed in it.
watch("value", () => {
  panel.removeAttribute("aria-busy");
  const { html } = props.value ?? {};
  if (html) panel.querySelector(".result").innerHTML = html;
});
