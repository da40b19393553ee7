// The documents: sends files, and asks before one is removed.
// Gradio gives: element, trigger, props, watch, upload. Events: 'list', 'upload', 'submit', 'input', 'delete'.
const sending = () => element.querySelector(".sending");
const dialog = element.querySelector("template").content.querySelector("dialog").cloneNode(true);
document.body.append(dialog);

const send = async (files) => {
  if (!files.length) return;
  const line = sending();
  line.textContent = line.dataset.sending;
  const sent = [];
  let failed = false;
  for (const file of files) {
    try {
      const { path } = await upload(file);
      sent.push({ name: file.name, path });
    } catch {
      failed = true;
    }
  }
  sending().textContent = failed ? sending().dataset.failed : "";
  if (sent.length) trigger("upload", { files: sent, into: into() });
};

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
