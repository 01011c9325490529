/** What can be done with the chosen pictures, and taken back. */

import { call, change, current, get } from "./api.js";
import { counted, el, fill, icon, iconButton } from "./dom.js";
import { askFor, confirm } from "./dialog.js";
import { go, read } from "./place.js";
import { attempt, say } from "./toast.js";

/**
 * Make the bar; it is there while something is chosen.
 * @param {Object} does `changed()` after a change, `all()` to choose everything.
 */
export function makeBar({ selection, changed, all }) {
  const root = el("div.bar", { role: "toolbar", "aria-label": "Chosen pictures", hidden: true });

  function draw() {
    root.hidden = !selection.size;
    if (root.hidden) return;
    const trashed = inTrash();
    fill(root, el("strong", {}, `${selection.size.toLocaleString("en")} chosen`),
      el("button.plain", { type: "button", onclick: all }, "all"),
      action("search", "More like these", likeThese),
      current().writes && [
        action("tag", "Tag", tag), action("folder", "Move", move), action("album", "Album", album),
        shownAlbum() && action("hide", "Out of the album", leaveAlbum),
        action("star", "Favourite", favourite), action("trash", trashed ? "Take back" : "Trash", trash),
        trashed && action("close", "Delete for good", remove)],
      el("span.spring"), iconButton("close", "Choose none", () => selection.clear()));
  }

  const action = (drawing, label, does) => el("button.action",
    { type: "button", "aria-label": label, title: label, onclick: does }, icon(drawing), el("span", {}, label));

  function likeThese() {
    go({ like: selection.ids.slice(0, 100), unlike: [], of: null, sort: null, view: "photos" });
  }

  /** Change the chosen ones, say so, and offer to take it back. */
  async function apply(words, does, undo) {
    const ids = selection.ids;
    await attempt(async () => {
      await does(ids);
      say(`${words} ${counted(ids.length, "picture")}.`, undo && (async () => {
        await undo(ids);
        changed();
      }));
      selection.clear();
      changed();
    });
  }

  async function tag() {
    const text = await askFor("Tag the chosen pictures", "Tags, separated by commas; -tag removes one", await names("tag"));
    const given = (text ?? "").split(",").map((each) => each.trim()).filter(Boolean);
    if (!given.length) return;
    const added = given.filter((each) => !each.startsWith("-"));
    const removed = given.filter((each) => each.startsWith("-")).map((each) => each.slice(1));
    const ids = selection.ids;
    const had = new Map(); // so that undoing gives back no more and no less than was there
    for (const name of [...added, ...removed]) had.set(name, await tagged(ids, name));
    await apply("Tagged", () => change(ids, { add_tags: added, remove_tags: removed }), async () => {
      for (const name of added) await some(ids.filter((id) => !had.get(name).has(id)), { remove_tags: [name] });
      for (const name of removed) await some([...had.get(name)], { add_tags: [name] });
    });
  }

  async function move() {
    const folder = await askFor("Move the chosen pictures", "Folder, such as 2026/rome; empty for the top", await names("folder"));
    if (folder === null) return;
    const ids = selection.ids;
    const before = await grouped(ids, "folder");
    await apply("Moved", () => change(ids, { set: { folder } }), async () => {
      for (const [old, those] of before) await change(those, { set: { folder: old } });
    });
  }

  async function album() {
    const { albums } = await get("/v1/albums");
    const name = await askFor("Put the chosen pictures into an album", "Its name; a new name makes one", albums.map((each) => each.name));
    if (!name) return;
    let added = [];
    let target = albums.find((each) => each.name === name);
    await apply(`Put into “${name}”`, async (ids) => {
      target ??= await call("POST", "/v1/albums", { name });
      added = (await call("POST", `/v1/albums/${target.id}/assets`, { ids })).ids;
    }, () => (added.length ? call("DELETE", `/v1/albums/${target.id}/assets`, { ids: added }) : null));
  }

  async function leaveAlbum() {
    const path = `/v1/albums/${shownAlbum()}/assets`;
    await apply("Took out of the album", (ids) => call("DELETE", path, { ids }), (ids) => call("POST", path, { ids }));
  }

  async function favourite() {
    const ids = selection.ids;
    const before = await grouped(ids, "favorite");
    await apply("Marked", () => change(ids, { set: { favorite: true } }), async () => {
      await some(before.get(false) ?? [], { set: { favorite: false } });
    });
  }

  async function trash() {
    const restore = inTrash();
    await apply(restore ? "Took back" : "Put into the trash", (ids) => change(ids, { trash: !restore }),
      (ids) => change(ids, { trash: restore }));
  }

  async function remove() {
    const text = `${counted(selection.size, "picture")} and the files; nothing brings them back.`;
    if (await confirm("Delete for good?", text, "Delete")) await apply("Deleted", (ids) => change(ids, { delete: true }));
  }

  const some = (ids, what) => (ids.length ? change(ids, what) : null);

  selection.addEventListener("change", draw);
  return { root };
}

const inTrash = () => read().q.includes("status:trashed");

/** The id of the album whose pictures are shown, if it is one. */
const shownAlbum = () => /(?:^|\s)album_id:(\d+)(?:\s|$)/.exec(read().q)?.[1];

async function names(field) {
  const answer = await get(`/v1/facets?field=${field}&limit=200`);
  return answer.facets[field].values.map((each) => String(each.value));
}

async function load(ids, fields) {
  const found = [];
  for (let start = 0; start < ids.length; start += 200) {
    const query = `id:(${ids.slice(start, start + 200).join(" OR ")}) has:status`;
    const answer = await call("POST", "/v1/search", { query, limit: 1000, fields: ["id", ...fields] });
    found.push(...answer.hits.map((hit) => hit.asset));
  }
  return found;
}

async function tagged(ids, name) {
  return new Set((await load(ids, ["tags"])).filter((asset) => asset.tags.includes(name)).map((asset) => asset.id));
}

async function grouped(ids, field) {
  const groups = new Map();
  for (const asset of await load(ids, [field])) {
    if (!groups.has(asset[field])) groups.set(asset[field], []);
    groups.get(asset[field]).push(asset.id);
  }
  return groups;
}
