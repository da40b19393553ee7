// What belongs to the whole page: light and dark, which panel is open, shortcuts, quotes on hover, copying.
// Everything is delegated from the document, because the regions are drawn again and again.
(() => {
  "use strict";
  const root = document.documentElement;
  const narrow = () => matchMedia("(max-width: 899px)").matches;

  // Light and dark: the system's choice until the reader makes one.
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const paint = () => { root.dataset.theme = chosen() ?? (dark.matches ? "dark" : "light"); };
  dark.addEventListener("change", paint);
  paint();

  // Panels. The element that opened one gets the focus back when it closes.
  let opener = null;
  const panel = (name) => document.querySelector(`#${name} .panel`);
  const page = {
    open(name, from) {
      if (from && !from.closest(".panel")) opener = from;
      document.body.dataset.panel = name;
    },
    close() {
      if (!document.body.dataset.panel) return;
      delete document.body.dataset.panel;
      (opener?.isConnected ? opener : document.getElementById("question"))?.focus({ preventScroll: true });
    },
  };
  window.keyQuestions = page;

  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest?.(selector);
    if (on("[data-close]")) page.close();
    if (on("[data-documents]")) {
      if (document.body.dataset.panel === "documents") page.close();
      else {
        page.open("documents", on("[data-documents]"));
        panel("documents").querySelector("h2").focus({ preventScroll: true });
      }
    }
    if (on("[data-theme-toggle]")) {
      try { localStorage.setItem("theme", root.dataset.theme === "dark" ? "light" : "dark"); } catch { /* private mode */ }
      root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
    }
    const copy = on("[data-copy]");
    if (copy) copyText(copy.dataset.copy).then((done) => {
      if (!done) return;
      const words = copy.textContent;
      copy.textContent = copy.dataset.copied;
      setTimeout(() => { copy.textContent = words; }, 1600);
    });
  });

  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches?.("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      if (narrow()) delete document.body.dataset.panel;
      document.getElementById("question")?.focus();
    }
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
      if (!tip.hidden) hide(); else page.close();
    }
  });

  async function copyText(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {  // not a secure context
      const box = document.createElement("textarea");
      box.value = text;
      document.body.append(box);
      box.select();
      const done = document.execCommand("copy");
      box.remove();
      return done;
    }
  }

  // The quote of a chip that the pointer or the focus is on.
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.setAttribute("role", "tooltip");
  tip.hidden = true;
  const hide = () => { tip.hidden = true; };
  const show = (chip) => {
    const place = Object.assign(document.createElement("b"), { textContent: chip.dataset.place });
    const quote = Object.assign(document.createElement("span"), { textContent: `“${chip.dataset.quote}”` });
    tip.replaceChildren(place, quote);
    tip.hidden = false;
    document.body.append(tip);
    const at = chip.getBoundingClientRect();
    const left = Math.min(Math.max(12, at.left + at.width / 2 - tip.offsetWidth / 2), innerWidth - tip.offsetWidth - 12);
    const below = at.bottom + 8; // so that the sentence before the chip stays in sight
    tip.style.left = `${left}px`;
    tip.style.top = `${below + tip.offsetHeight < innerHeight ? below : at.top - tip.offsetHeight - 8}px`;
  };
  const chipOf = (event) => event.target.closest?.(".chip");
  let wait = 0;
  document.addEventListener("pointerover", (event) => {
    clearTimeout(wait);
    const chip = event.pointerType === "mouse" && chipOf(event);
    if (chip) wait = setTimeout(() => show(chip), 250); else hide();
  });
  document.addEventListener("focusin", (event) => {
    const chip = chipOf(event);
    if (chip?.matches(":focus-visible")) show(chip); else hide();
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("click", () => { clearTimeout(wait); hide(); });
  document.addEventListener("scroll", hide, true);
})();
