/** Adding pictures: several at a time, each with its progress and what became of it. */

import { upload } from "../api.js";
import { counted, el, fill } from "../dom.js";
import { address } from "../place.js";

const AT_ONCE = 2;

export async function show(main) {
  const picker = el("input", { type: "file", multiple: true, hidden: true, onchange: () => take([...picker.files]) });
  const zone = el("div.drop-zone", {}, el("h2", {}, "Drop pictures here"),
    el("button.primary", { type: "button", onclick: () => picker.click() }, "Choose files"), picker);
  const folder = el("input", { type: "text", name: "folder", placeholder: "2026/rome" });
  const tags = el("input", { type: "text", name: "tags", placeholder: "holiday, family" });
  const summary = el("p.status", { role: "status", "aria-live": "polite" });
  const list = el("ul.uploads", { "aria-label": "Files" });
  const waiting = [];
  const done = { added: 0, duplicates: 0, failed: 0 };
  let working = 0;

  for (const kind of ["dragenter", "dragover"]) {
    zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add("over"); });
  }
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    take([...event.dataTransfer.files]);
  });
  fill(main, el("div.page", {}, el("h1", {}, "Add pictures"), zone,
    el("div.upload-fields", {}, el("label", {}, "Into the folder", folder), el("label", {}, "With the tags", tags)), summary, list));

  function take(files) {
    for (const file of files) {
      const bar = el("progress", { max: "1", value: "0", "aria-label": `Progress of ${file.name}` });
      const outcome = el("span", {}, "waiting");
      list.append(el("li", {}, el("span.name", {}, file.name), bar, outcome));
      waiting.push({ file, bar, outcome });
    }
    picker.value = "";
    next();
  }

  function next() {
    while (working < AT_ONCE && waiting.length) {
      working++;
      send(waiting.shift()).finally(() => { working--; next(); });
    }
    tell();
  }

  async function send({ file, bar, outcome }) {
    outcome.textContent = "sending";
    try {
      const { asset, duplicate } = await upload(file, { folder: folder.value, tags: tags.value }, (share) => {
        bar.value = share;
        if (share === 1) outcome.textContent = "reading";
      });
      done[duplicate ? "duplicates" : "added"]++;
      fill(outcome, el("a", { href: address({ q: `id:${asset.id}`, asset: String(asset.id) }) }, duplicate ? "was here already" : "added"));
    } catch (problem) {
      done.failed++;
      outcome.className = "failed";
      outcome.textContent = problem.message;
    }
    bar.value = 1;
  }

  function tell() {
    const left = waiting.length + working;
    const parts = [done.added && `${counted(done.added, "picture")} added`, done.duplicates && `${done.duplicates} here already`,
      done.failed && `${done.failed} failed`, left && `${left} to go`];
    summary.textContent = parts.filter(Boolean).join(" · ");
  }
}
