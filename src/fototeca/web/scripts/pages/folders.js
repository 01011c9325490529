/** The folder tree. */

import { call, current, get } from "../api.js";
import * as clauses from "../clauses.js";
import { askFor } from "../dialog.js";
import { el, fill, icon, iconButton } from "../dom.js";
import { address } from "../place.js";
import { attempt } from "../toast.js";

export async function show(main, { refresh }) {
  const [{ folders }, counts] = await Promise.all([get("/v1/folders"), get("/v1/facets?field=folder&limit=10000")]);
  const here = new Map(counts.facets.folder.values.map(({ value, count }) => [value, count]));
  const root = { path: "", name: "", children: [] };
  const known = new Map([["", root]]);
  for (const folder of folders) {
    const cut = folder.path.lastIndexOf("/");
    const node = { ...folder, name: folder.path.slice(cut + 1), children: [] };
    known.get(folder.path.slice(0, Math.max(cut, 0)))?.children.push(node);
    known.set(folder.path, node);
  }
  const writes = current().writes;
  fill(main, el("div.page", {},
    el("div.top", {}, el("h1", {}, "Folders"), writes && el("button.primary", { type: "button", onclick: create }, "New folder")),
    root.children.length ? el("div.tree", {}, list(root.children)) : el("p.quiet", {}, "No folders yet.")));

  function total(node) {
    return (here.get(node.path) ?? 0) + node.children.reduce((sum, child) => sum + total(child), 0);
  }

  function list(nodes) {
    return el("ul", {}, nodes.map((node) => el("li", {},
      el("a", { href: address({ q: `folder:${clauses.quote(node.path)}` }) }, icon("folder"), node.name,
        el("small", {}, total(node).toLocaleString("en"))),
      writes && iconButton("edit", `Rename ${node.path}`, () => move(node)),
      writes && !node.children.length && !total(node) && iconButton("trash", `Remove ${node.path}`, () => remove(node)),
      node.children.length ? list(node.children) : null)));
  }

  async function remove(node) {
    await attempt(async () => { await call("DELETE", `/v1/folders/${node.id}`); refresh(); });
  }

  async function create() {
    const path = await askFor("New folder", "Its path, such as 2026/rome");
    if (path) await attempt(async () => { await call("POST", "/v1/folders", { path }); refresh(); });
  }

  async function move(node) {
    const path = await askFor("Move the folder", "Its new path", [], node.path);
    if (path && path !== node.path) {
      await attempt(async () => { await call("PATCH", `/v1/folders/${node.id}`, { path }); refresh(); });
    }
  }
}
