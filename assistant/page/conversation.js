// The conversation: asks, and puts into the log what the server sends, one exchange at a time.
// Gradio gives: element, trigger, props, watch. Events: 'ask', 'retry', 'stop', 'clear'.
const log = element.querySelector(".exchanges");
const said = element.querySelector(".said");
const form = element.querySelector("form");
const box = form.elements.question;
let working = false;
let revision = 0; // of the newest change; Gradio repeats an event's last value when the event ends

const work = (state) => {
  working = state;
  form.toggleAttribute("data-working", state);
};
const grow = () => {
  box.style.height = "auto";
  box.style.height = `${box.scrollHeight}px`;
};
const ask = (question) => {
  if (working || !question.trim()) return;
  work(true);
  box.value = "";
  grow();
  document.body.dataset.begun = "";
  trigger("ask", { question });
};

box.addEventListener("input", grow);
box.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    ask(box.value);
  }
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask(box.value);
});
document.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest?.(selector);
  if (on("[data-ask]")) ask(on("[data-ask]").dataset.ask);
  if (on("[data-stop]")) {
    work(false);
    trigger("stop");
    box.focus();
  }
  if (on("[data-retry]") && !working) {
    work(true);
    trigger("retry");
  }
  if (on("[data-new]")) {
    work(false);
    if (document.body.dataset.panel === "source") delete document.body.dataset.panel;
    trigger("clear");
    box.focus();
  }
});

// Only what differs is replaced, so that focus, selection and layout stay while an answer grows.
const patch = (old, fresh) => {
  const [before, after] = [[...old.childNodes], [...fresh.childNodes]];
  after.forEach((node, i) => {
    if (!before[i]) old.append(node);
    else if (!before[i].isEqualNode(node)) {
      const alike = before[i].nodeType === 1 && before[i].nodeName === node.nodeName && before[i].className === node.className;
      if (alike && node.childElementCount && before[i].childElementCount) patch(before[i], node);
      else before[i].replaceWith(node);
    }
  });
  before.slice(after.length).forEach((node) => node.remove());
};
const draw = ({ exchange, html }) => {
  const id = `exchange-${exchange}`;
  let article = document.getElementById(id);
  const fresh = document.createElement("article");
  fresh.innerHTML = html;
  if (article) {
    patch(article, fresh);
    return;
  }
  article = fresh;
  article.id = id;
  article.className = "exchange";
  log.append(article);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  article.scrollIntoView({ block: "start", behavior: calm || exchange === 1 ? "instant" : "smooth" });
};

watch("value", () => {
  const change = props.value;
  if (!change?.revision || change.revision <= revision) return;
  revision = change.revision;
  if (change.cleared) {
    log.replaceChildren();
    delete document.body.dataset.begun;
  }
  if (change.html) {
    document.body.dataset.begun = "";
    draw(change);
  }
  if ("working" in change) work(change.working);
  said.textContent = change.announce ?? "";
});

if (matchMedia("(pointer: fine)").matches) box.focus({ preventScroll: true });
