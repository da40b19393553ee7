// The conversation: asks, and puts into the log what the server sends, one exchange at a time.
// Gradio gives: element, trigger, props, watch. Events: 'ask', 'retry', 'edit', 'judge', 'stop', 'clear'.
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
  trigger("ask", { question, collections: window.keyQuestions.collections?.() });
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
    trigger("retry", { collections: window.keyQuestions.collections?.() });
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
const draw = ({ exchange, html }, still = false) => {
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
  if (still) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  article.scrollIntoView({ block: "start", behavior: calm || exchange === 1 ? "instant" : "smooth" });
};

// A question is edited in its own place; what follows it goes when the answer comes.
const editing = element.querySelector("template").content.querySelector("form");
const edit = (button) => {
  const question = button.closest(".question");
  const words = question.querySelector("span");
  const own = editing.cloneNode(true);
  const field = own.querySelector("textarea");
  const fit = () => {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight}px`;
  };
  const end = () => {
    own.remove();
    question.removeAttribute("data-editing");
  };
  own.addEventListener("submit", (event) => {
    event.preventDefault();
    if (working || !field.value.trim()) return;
    end();
    words.textContent = field.value.trim();
    work(true);
    trigger("edit", {
      exchange: Number(button.dataset.edit), question: field.value, collections: window.keyQuestions.collections?.(),
    });
    box.focus({ preventScroll: true });
  });
  own.addEventListener("input", fit);
  own.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target === field) {
      event.preventDefault();
      own.requestSubmit();
    }
    if (event.key === "Escape") {
      event.stopPropagation();
      end();
      button.focus();
    }
  });
  own.querySelector(".secondary").addEventListener("click", () => {
    end();
    button.focus();
  });
  question.dataset.editing = "";
  question.append(own);
  field.value = words.textContent;
  fit();
  field.focus();
};

// What a reader says of an answer.
const judge = (feedback) => trigger("judge", {
  exchange: Number(feedback.dataset.feedback),
  judgement: feedback.querySelector("[aria-pressed=true]")?.dataset.judge ?? "",
  words: feedback.querySelector("textarea").value,
});
log.addEventListener("click", (event) => {
  const on = (selector) => event.target.closest(selector);
  if (on("[data-edit]") && !working && !log.querySelector("form.editing")) edit(on("[data-edit]"));
  const choice = on("[data-judge]");
  if (choice) {
    const pressed = choice.getAttribute("aria-pressed") === "true";
    choice.closest(".judgements").querySelectorAll("[data-judge]").forEach((other) => {
      other.setAttribute("aria-pressed", String(other === choice && !pressed));
    });
    judge(choice.closest(".feedback"));
  }
});
log.addEventListener("change", (event) => {
  const feedback = event.target.closest(".feedback");
  if (feedback?.querySelector("[aria-pressed=true]")) judge(feedback);
});

// What is unfolded at the lower edge comes into sight.
log.addEventListener("toggle", (event) => {
  if (event.target.open && event.target.matches(".feedback")) event.target.scrollIntoView({ block: "nearest" });
}, true);

let shown = ""; // the conversation's id
watch("value", () => {
  const change = props.value;
  if (!change?.revision || change.revision <= revision) return;
  revision = change.revision;
  if (change.cleared) {
    log.replaceChildren();
    delete document.body.dataset.begun;
  }
  if (change.whole) {
    document.body.dataset.begun = "";
    if (shown !== change.conversation) log.replaceChildren();
    change.whole.forEach((one) => draw(one, true));
    if (shown !== change.conversation) log.scrollTop = log.scrollHeight;
  }
  if ("last" in change) [...log.children].slice(change.last).forEach((article) => article.remove());
  if (change.html) {
    document.body.dataset.begun = "";
    draw(change);
  }
  if ("working" in change) work(change.working);
  if ("conversation" in change) {
    shown = change.conversation;
    const ended = Boolean(change.html) && !change.working;
    document.dispatchEvent(new CustomEvent("conversation", { detail: { conversation: shown, ended } }));
  }
  said.textContent = change.announce ?? "";
});

if (matchMedia("(pointer: fine)").matches) box.focus({ preventScroll: true });
