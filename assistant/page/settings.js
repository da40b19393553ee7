// The settings: who writes the answers of this tab. The name is kept until the tab is closed, never a key.
// Gradio gives: element, trigger, props, watch. Events: 'submit'.
const panel = element.querySelector(".panel");
const kept = {
  get: () => { try { return sessionStorage.getItem("model"); } catch { return null; } },
  set: (model) => { try { sessionStorage.setItem("model", model); } catch { /* private mode */ } },
};
const choose = (model) => {
  if (panel.hasAttribute("aria-busy")) return;
  panel.setAttribute("aria-busy", "true");
  trigger("submit", { model });
};

document.addEventListener("click", (event) => {
  const from = event.target.closest?.("[data-settings]");
  if (!from) return;
  if (document.body.dataset.panel === "settings") window.keyQuestions.close();
  else {
    window.keyQuestions.open("settings", from);
    panel.querySelector("h2").focus({ preventScroll: true });
  }
});
element.addEventListener("click", (event) => {
  if (event.target.closest("[data-model]")) choose(panel.querySelector("input").value);
  if (event.target.closest("[data-quote]")) choose("");
});
element.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.isComposing && event.target.matches("input")) choose(event.target.value);
});

const draw = () => {
  const { html, model, problem } = props.value ?? {};
  const within = panel.querySelector(".scroll").contains(document.activeElement);
  panel.querySelector(".scroll").innerHTML = html ?? "";
  if (within) panel.querySelector(problem ? "input" : "h2")?.focus({ preventScroll: true });
  return { model, problem };
};
watch("value", () => {
  panel.removeAttribute("aria-busy");
  const { model, problem } = draw();
  if (!problem) kept.set(model);
});
const started = draw();
if (kept.get() !== null && kept.get() !== started.model) choose(kept.get());
