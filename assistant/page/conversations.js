// The list of conversations: opens, names, deletes and searches them; a column on a wide screen, else a drawer.
// Gradio gives: element, trigger, props, watch. Events: 'list', 'open', 'rename', 'delete'.
const nav = element.querySelector(".conversations");
const toggle = element.querySelector(".list-toggle");
const search = element.querySelector("input[type=search]");
const rows = element.querySelector(".rows");
const dialog = element.querySelector("template").content.querySelector("dialog").cloneNode(true);
document.body.append(dialog);
let current = ""; // the conversation that is shown
let listing = 0; // of the newest list; Gradio repeats an event's last value when the event ends
let waiting = null; // a list that came while a name was being typed

const list = () => trigger("list", { words: search.value });
const open = (conversation) => trigger("open", { conversation });

// Folding. `page.js` has set how it begins, before anything was drawn.
const folding = window.keyQuestions.list;
const fold = (folded) => {
  folding.set(folded);
  toggle.setAttribute("aria-expanded", String(!folded));
};
fold(folding.folded());
folding.wide.addEventListener("change", () => fold(folding.start()));
toggle.addEventListener("click", () => {
  fold(!folding.folded());
  if (!folding.folded() && !folding.wide.matches) (rows.querySelector(".open") ?? search).focus();
});
const leave = (focus) => {
  if (folding.wide.matches || folding.folded()) return;
  fold(true);
  focus?.focus({ preventScroll: true });
};
for (const part of [".veil", "[data-fold]"]) element.querySelector(part).addEventListener("click", () => leave(toggle));
nav.addEventListener("focusout", (event) => {
  if (event.relatedTarget && !nav.contains(event.relatedTarget) && !dialog.contains(event.relatedTarget)) leave(null);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !folding.wide.matches && !folding.folded() && !dialog.open) leave(toggle);
});

// Drawing.
const mark = () => rows.querySelectorAll("[data-conversation]").forEach((row) => {
  if (row.dataset.conversation === current) row.setAttribute("aria-current", "page");
  else row.removeAttribute("aria-current");
});
const draw = (html) => {
  const focused = rows.contains(document.activeElement) ? document.activeElement : null;
  const again = ["conversation", "download", "rename", "forget"].find((name) => focused?.dataset[name]);
  rows.innerHTML = html;
  mark();
  if (!focused) return;
  const same = again && rows.querySelector(`[data-${again}="${CSS.escape(focused.dataset[again])}"]`);
  (same || rows.querySelector(".open") || search).focus({ preventScroll: true });
};
watch("value", () => {
  const change = props.value;
  if (!change?.listing || change.listing <= listing) return;
  listing = change.listing;
  if (rows.querySelector("input")) waiting = change.html;
  else draw(change.html);
});

let pause = 0;
search.addEventListener("input", () => {
  clearTimeout(pause);
  pause = setTimeout(list, 150);
});

// Opening, naming, deleting.
const rename = (row) => {
  const button = row.querySelector(".open");
  const input = document.createElement("input");
  input.className = "name";
  input.value = button.title;
  input.maxLength = 120;
  input.setAttribute("aria-label", nav.dataset.named);
  let ended = false;
  const end = (keep) => {
    if (ended) return;
    ended = true;
    const title = input.value.trim();
    const changed = keep && title && title !== button.title;
    if (changed) button.textContent = button.title = title;
    const back = document.activeElement === input;
    input.replaceWith(button);
    if (back) button.focus({ preventScroll: true });
    if (waiting !== null) draw(waiting);
    waiting = null;
    if (changed) trigger("rename", { conversation: row.dataset.row, title, words: search.value });
  };
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) end(true);
    if (event.key === "Escape") {
      event.stopPropagation();
      end(false);
    }
  });
  input.addEventListener("blur", () => end(true));
  button.replaceWith(input);
  input.select();
};
let deleting = null;
rows.addEventListener("click", (event) => {
  const on = event.target.closest("button");
  if (on?.dataset.conversation) {
    if (on.dataset.conversation !== current) open(on.dataset.conversation);
    leave(document.getElementById("question"));
  } else if (on?.dataset.rename) rename(on.closest("[data-row]"));
  else if (on?.dataset.forget) {
    deleting = on.dataset.forget;
    dialog.querySelector(".what").textContent = on.closest("[data-row]").querySelector(".open").title;
    dialog.returnValue = "keep";
    dialog.showModal();
  }
});
dialog.addEventListener("click", (event) => {
  if (event.target.value) dialog.close(event.target.value);
});
dialog.addEventListener("close", () => {
  if (dialog.returnValue === "remove" && deleting) trigger("delete", { conversation: deleting, words: search.value });
  deleting = null;
});

// The address names the conversation that is shown, so that it can be left and come back to.
const named = () => /^#conversation-([\w-]{1,64})$/.exec(location.hash)?.[1] ?? "";
document.addEventListener("conversation", (event) => {
  const { conversation, ended } = event.detail;
  const other = conversation !== current;
  current = conversation;
  if (other && conversation !== named()) {
    history.pushState(null, "", conversation ? `#conversation-${conversation}` : location.pathname + location.search);
  }
  if (other) mark();
  if (ended || (other && conversation && !rows.querySelector(`[data-row="${CSS.escape(conversation)}"]`))) list();
});
window.addEventListener("popstate", () => {
  if (named() !== current) open(named());
});
if (named()) {
  document.body.dataset.begun = "";
  open(named());
}
list();
