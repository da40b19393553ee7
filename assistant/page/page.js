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

  // The list of conversations: on a wide screen a column, folded or not as the reader left it; else a drawer.
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const list = {
    wide: matchMedia("(min-width: 1200px)"),
    start: () => !list.wide.matches || kept("list") === "folded",
    folded: () => root.dataset.list !== "open",
    set(folded) {
      root.dataset.list = folded ? "folded" : "open";
      if (list.wide.matches) try { localStorage.setItem("list", root.dataset.list); } catch { /* private mode */ }
    },
  };
  list.set(list.start());

  // Panels. The element that opened one gets the focus back when it closes.
  let opener = null;
  let previous = null; // the panel that a source was opened from, which comes back when that closes
  const panel = (name) => document.querySelector(`#${name} .panel`);
  const beneath = "#header, #conversations, #welcome, #conversation, #chooser";
  const covered = () => narrow() && ![undefined, "source"].includes(document.body.dataset.panel);
  // On a narrow screen a panel lies over the page, but for a source, which opens below its answer. What is beneath is
  // then out of reach, for the focus, too.
  const cover = () => {
    const modal = covered();
    document.querySelectorAll(beneath).forEach((region) => region.toggleAttribute("inert", modal));
    document.querySelectorAll(".panel").forEach((one) => {
      one.setAttribute("role", modal ? "dialog" : "complementary");
      one.ariaModal = modal ? "true" : null;
    });
  };
  const lay = (name) => {
    if (name) document.body.dataset.panel = name; else delete document.body.dataset.panel;
    cover();
    if (covered() && !panel(name).contains(document.activeElement)) panel(name).focus({ preventScroll: true });
  };
  matchMedia("(max-width: 899px)").addEventListener("change", () => lay(document.body.dataset.panel));
  const page = {
    list,
    cover, // again, where a panel was drawn anew
    open(name, from) {
      const within = from?.closest(".panel");
      if (from && !within) opener = from;
      if (!within) previous = null;
      else if (document.body.dataset.panel !== name) previous = { name: document.body.dataset.panel, from };
      lay(name);
    },
    close() {
      if (!document.body.dataset.panel) return;
      if (previous) {
        const { name, from } = previous;
        previous = null;
        lay(name);
        (from.isConnected ? from : panel(name).querySelector("h2")).focus({ preventScroll: true });
        return;
      }
      lay(null);
      (opener?.isConnected ? opener : document.getElementById("question"))?.focus({ preventScroll: true });
    },
  };
  window.keyQuestions = page;

  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest?.(selector);
    if (on("[data-close]") || (covered() && event.target.isConnected && !on(".panel, dialog"))) page.close();
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
      if (covered()) lay(null);
      document.getElementById("question")?.focus();
    }
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
      if (!tip.hidden) hide(); else page.close();
    }
  });

  // The searched question, corrected: its button asks what stands in the box.
  document.addEventListener("input", (event) => {
    const box = event.target.closest?.(".correct input");
    if (box) box.parentElement.querySelector("[data-ask]").dataset.ask = box.value;
  });
  document.addEventListener("keydown", (event) => {
    const box = event.key === "Enter" && !event.isComposing && event.target.closest?.(".correct input");
    if (box) box.parentElement.querySelector("[data-ask]").click();
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
  tip.id = "tip"; // which chips name as their description
  tip.hidden = true;
  const hide = () => {
    tip.hidden = true;
    tip.replaceChildren();
  };
  const show = (chip) => {
    const { place, quote, tip: meaning } = chip.dataset;
    const lines = quote === undefined ? [["span", meaning]] : [["b", place], ["span", `“${quote}”`]];
    tip.replaceChildren(...lines.map(([tag, words]) => Object.assign(document.createElement(tag), { textContent: words })));
    tip.hidden = false;
    document.body.append(tip);
    const at = chip.getBoundingClientRect();
    const left = Math.min(Math.max(12, at.left + at.width / 2 - tip.offsetWidth / 2), innerWidth - tip.offsetWidth - 12);
    const below = at.bottom + 8; // so that the sentence before the chip stays in sight
    tip.style.left = `${left}px`;
    tip.style.top = `${below + tip.offsetHeight < innerHeight ? below : at.top - tip.offsetHeight - 8}px`;
  };
  const chipOf = (event) => event.target.closest?.(".chip, [data-tip]");
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
  document.addEventListener("click", (event) => {
    clearTimeout(wait);
    const explained = event.target.closest?.("[data-tip]"); // on a touch screen nothing hovers
    if (explained) show(explained); else hide();
  });
  document.addEventListener("scroll", hide, true);
})();
