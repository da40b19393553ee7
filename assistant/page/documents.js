// The documents: sends files, filters the list, and asks before one is removed.
// Gradio gives: element, trigger, props, watch, upload.
// Events: 'list', 'upload', 'replace', 'dismiss', 'submit', 'again', 'input', 'delete'.
const sending = () => element.querySelector(".sending");
const dialog = element.querySelector("template").content.querySelector("dialog").cloneNode(true);
document.body.append(dialog);

const send = async (files) => {
  if (!files.length) return;
  const limit = Number(element.querySelector("[data-limit]").dataset.limit);
  const small = files.filter((file) => file.size <= limit).length;
  const sent = [];
  let place = 0;
  for (const file of files) {
    if (file.size > limit) {
      sent.push({ name: file.name, path: "", problem: "large" });
      continue;
    }
    place += 1;
    sending().textContent = filled(sending().dataset.sending, place, small);
    try {
      const { path } = await upload(file);
      sent.push({ name: file.name, path });
    } catch {
      sent.push({ name: file.name, path: "", problem: "failed" });
    }
  }
  sending().textContent = "";
  trigger("upload", { files: sent, into: into() });
};
const filled = (words, ...numbers) => numbers.reduce((text, number) => text.replace("%", number.toLocaleString("en")), words);

// Where what is added goes; the list is drawn anew while files are read, the choice stays.
let chosen = null;
const into = () => element.querySelector("[data-into]")?.value ?? "";
element.addEventListener("input", (event) => {
  if (event.target.matches("[data-into]")) chosen = event.target.value;
});
watch("value", () => {
  window.keyQuestions.cover();
  const field = element.querySelector("[data-into]");
  if (field && chosen !== null && field !== document.activeElement) field.value = chosen;
  filter();
});

// Only documents with all the words that are typed, in title or name, are shown.
const filter = () => {
  const field = element.querySelector("[data-filter]");
  const words = field?.value.toLocaleLowerCase().split(/\s+/).filter(Boolean) ?? [];
  let found = 0;
  for (const list of element.querySelectorAll(".documents")) {
    let here = 0;
    for (const row of list.children) {
      const named = row.querySelector(".title").textContent + "\n" + row.querySelector(".id").textContent;
      row.hidden = !words.every((word) => named.toLocaleLowerCase().includes(word));
      here += !row.hidden;
    }
    list.hidden = !here;
    if (list.previousElementSibling?.matches(".collection")) list.previousElementSibling.hidden = !here;
    found += here;
  }
  const count = element.querySelector(".filter .count");
  if (count) count.textContent = words.length ? filled(count.dataset.count, found, Number(count.dataset.all)) : "";
};
element.addEventListener("input", (event) => {
  if (event.target.matches("[data-filter]")) filter();
});
element.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !event.target.matches("[data-filter]") || !event.target.value) return;
  event.stopPropagation(); // the panel itself stays
  event.target.value = "";
  filter();
});

const fetchAddress = () => {
  const field = element.querySelector(".address input");
  if (!field.value.trim()) return;
  trigger("submit", { address: field.value, into: into() });
  field.value = "";
};
element.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.isComposing && event.target.matches(".address input")) fetchAddress();
});
element.addEventListener("click", (event) => {
  if (event.target.closest("[data-fetch]")) fetchAddress();
  if (event.target.closest("[data-sync]")) trigger("input");
  const again = event.target.closest("[data-again]");
  if (again) trigger("again", { reference: again.dataset.again });
  const replacing = event.target.closest("[data-replace]");
  const dismissed = event.target.closest("[data-dismiss]");
  if (replacing || dismissed) element.querySelector("h2").focus({ preventScroll: true }); // the button goes
  if (replacing) trigger("replace", { reference: replacing.dataset.replace });
  if (dismissed) trigger("dismiss");
});

element.addEventListener("change", (event) => {
  if (event.target.type !== "file") return;
  send([...event.target.files]);
  event.target.value = "";
});
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    window.keyQuestions.open("documents", null);
    element.toggleAttribute("data-dropping", true);
  });
}
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) element.toggleAttribute("data-dropping", false);
});
document.addEventListener("drop", (event) => {
  if (!event.dataTransfer?.types.includes("Files")) return;
  event.preventDefault();
  element.toggleAttribute("data-dropping", false);
  if (element.querySelector(".drop")) send([...event.dataTransfer.files]);
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-documents]") && document.body.dataset.panel === "documents") trigger("list");
});

let removing = null;
document.addEventListener("click", (event) => {
  const from = event.target.closest?.("[data-remove]");
  if (!from) return;
  removing = from.dataset.remove;
  dialog.querySelector(".what").textContent = from.dataset.title;
  dialog.returnValue = "keep";
  dialog.showModal();
});
dialog.addEventListener("click", (event) => {
  if (event.target.value) dialog.close(event.target.value);
});
dialog.addEventListener("close", () => {
  if (dialog.returnValue === "remove" && removing) trigger("delete", { reference: removing });
  removing = null;
});
