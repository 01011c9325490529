/** Copies of the same photo, side by side: keep the best one, put the others into the trash. */

import { change, current, get, link } from "../api.js";
import { confirm } from "../dialog.js";
import { counted, el, fill, icon } from "../dom.js";
import { bytes } from "../facts.js";
import { address } from "../place.js";
import { attempt, say } from "../toast.js";

const PAGE = 20;
const FIELDS = "id,filename,width,height,bytes,format,folder,urls";

export async function show(main, { refresh }) {
  const writes = current().writes;
  const list = el("div.page", {});
  const head = el("p.quiet", { role: "status" }, "Comparing…");
  const more = el("button.plain", { type: "button", hidden: true, onclick: () => attempt(load) }, "More");
  fill(main, el("div.page", {}, el("div.top", {}, el("h1", {}, "Copies"), head), list, more));
  let cursor = 0;
  await load();

  async function load() {
    const answer = await get(`/v1/duplicates?limit=${PAGE}&cursor=${cursor}&fields=${FIELDS}`);
    head.textContent = answer.total ? `${counted(answer.total, "photo")} with copies; ${bytes(answer.spare)} could be spared`
      : "No copies: every photo is here once.";
    list.append(...answer.groups.map(group));
    cursor = answer.cursor;
    more.hidden = !cursor;
  }

  function group({ assets }) {
    let kept = assets[0].id;
    const node = el("section.copies", { "aria-label": `Copies of ${assets[0].filename}` });
    const draw = () => fill(node, el("div.row", {}, assets.map((asset) => el("div.copy", { class: asset.id === kept ? "kept" : "" },
      el("a", { href: address({ q: `id:${asset.id}`, asset: String(asset.id) }), "aria-label": asset.filename },
        el("img", { src: link(asset.urls["256"]), alt: asset.filename, loading: "lazy" })),
      el("strong", {}, asset.filename), el("span", {}, `${asset.width} × ${asset.height} · ${asset.format.toUpperCase()} · ${bytes(asset.bytes)}`),
      el("span.quiet", {}, asset.folder ?? ""),
      writes && el("label", {}, el("input", { type: "radio", name: `keep-${assets[0].id}`, checked: asset.id === kept,
        onchange: () => { kept = asset.id; draw(); } }), " keep this one")))),
    writes && el("div.row", {}, el("button.action", { type: "button", onclick: trash }, icon("trash"),
      `Put the ${assets.length === 2 ? "other" : `${assets.length - 1} others`} into the trash`)));
    async function trash() {
      const others = assets.filter((asset) => asset.id !== kept).map((asset) => asset.id);
      if (others.length > 5 && !await confirm("Into the trash?", counted(others.length, "picture"), "Put into the trash")) return;
      await attempt(async () => {
        await change(others, { trash: true });
        node.remove();
        say(`Put ${counted(others.length, "copy", "copies")} into the trash.`, async () => {
          await change(others, { trash: false });
          refresh();
        });
      });
    }
    draw();
    return node;
  }
}
