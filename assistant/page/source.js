// The source panel: asks for a source, then brings the quoted words into view; page or text, outline, turning pages.
// Gradio gives: element, trigger, props, watch. Events: 'open'.
const panel = element.querySelector(".panel");
let textChosen = false; // by the reader, for every source until the page is chosen again
let larger = false; // so are pages, until the reader makes them fit again
let focus = null; // what gets the focus once the answer is there: a selector; the title where nothing was asked for

const open = (asked) => {
  panel.setAttribute("aria-busy", "true");
  trigger("open", asked);
};
const show = (view) => {
  const source = panel.querySelector(".source");
  source.dataset.view = view;
  for (const button of source.querySelectorAll("button[data-view]")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === view));
  }
  bring();
};
const bring = () => {
  const source = panel.querySelector(".source");
  const paged = source.dataset.view === "page";
  const region = source.querySelector(paged ? ".paper" : ".document");
  const mark = region?.querySelector(paged ? "rect.current" : "mark.current");
  if (!region) return;
  if (mark) {
    const middle = mark.getBoundingClientRect().top - region.getBoundingClientRect().top + region.scrollTop;
    region.scrollTop = Math.max(0, middle - region.clientHeight / 3);
    const wide = mark.closest(".grid") ?? region; // a wide table is scrolled inside its own box
    const side = mark.getBoundingClientRect().left - wide.getBoundingClientRect().left + wide.scrollLeft;
    wide.scrollLeft = Math.max(0, side - 32);
  } else region.scrollTop = 0;
};
const enlarge = () => {
  const paper = panel.querySelector(".paper");
  paper?.toggleAttribute("data-larger", larger);
  paper?.querySelector(".turn [data-larger]").setAttribute("aria-pressed", String(larger));
};
const toHeading = (at) => {
  const heading = panel.querySelector(`.document [data-at="${at}"]`);
  heading?.scrollIntoView({ block: "start" });
  heading?.focus({ preventScroll: true });
  return Boolean(heading);
};

document.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest?.(selector);
  const from = on("[data-open]");
  if (from) {
    window.keyQuestions.open("source", from);
    document.querySelectorAll("[data-open][aria-current]").forEach((other) => other.removeAttribute("aria-current"));
    document.querySelectorAll("[data-open]").forEach((other) => {
      if (other.dataset.open === from.dataset.open && !other.closest(".panel")) other.setAttribute("aria-current", "true");
    });
    // Where the source takes room from the answer, the end of the sentence that it belongs to stays in sight.
    const chip = from.closest(".panel") ? document.querySelector(".statements [aria-current]") : from;
    chip?.scrollIntoView({ block: "nearest" });
    focus = null;
    open({ reference: from.dataset.open });
  }
  const source = panel.querySelector(".source");
  const turn = on("[data-turn]");
  const view = on("#source button[data-view]");
  const heading = on("#source [data-heading]");
  if (view) {
    textChosen = view.dataset.view === "text";
    if (!turn) show(view.dataset.view);
  }
  if (turn) {
    const further = Number(turn.dataset.turn) > Number(source.querySelector(".paper")?.dataset.page ?? 0);
    focus = view ? 'button[data-view="page"]' : `.turn button:${further ? "last" : "first"}-of-type`;
    open({ reference: source.dataset.reference, page: Number(turn.dataset.turn) });
  }
  if (on("#source [data-larger]:is(button)")) {
    larger = !larger;
    enlarge();
    bring();
  }
  if (heading) {
    heading.closest("details").open = false;
    if (source.dataset.view === "page" && heading.dataset.page) {
      focus = ".paper";
      open({ reference: source.dataset.reference, page: Number(heading.dataset.page) });
    } else if (!toHeading(heading.dataset.heading)) {
      focus = `.document [data-at="${heading.dataset.heading}"]`;
      open({ reference: source.dataset.reference, around: Number(heading.dataset.heading) });
    }
  }
  panel.querySelectorAll("details.drawer[open]").forEach((drawer) => {
    if (!drawer.contains(event.target)) drawer.open = false;
  });
});
panel.addEventListener("keydown", (event) => {
  const drawer = panel.querySelector("details.drawer[open]");
  if (event.key !== "Escape" || !drawer) return;
  event.stopPropagation(); // the panel itself stays
  drawer.open = false;
  drawer.querySelector("summary").focus();
});

watch("value", () => {
  panel.removeAttribute("aria-busy");
  window.keyQuestions.cover();
  const source = panel.querySelector(".source");
  if (!source) return;
  enlarge();
  if (textChosen && !focus) show("text"); else bring();
  const wanted = focus && source.querySelector(focus);
  const title = panel.querySelector("h2");
  if (wanted?.matches("[data-at]")) wanted.scrollIntoView({ block: "start" });
  (wanted && !wanted.disabled ? wanted : title)?.focus({ preventScroll: true });
  focus = null;
});
