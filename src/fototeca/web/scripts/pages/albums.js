/** Albums, and saved searches that fill themselves. */

import { call, current, get, link, search } from "../api.js";
import { askFor, confirm } from "../dialog.js";
import { counted, el, fill, icon, iconButton } from "../dom.js";
import { address } from "../place.js";
import { attempt, say } from "../toast.js";

export async function show(main, { refresh }) {
  const [{ albums }, { searches }] = await Promise.all([get("/v1/albums"), get("/v1/searches")]);
  const writes = current().writes;
  fill(main, el("div.page", {},
    el("div.top", {}, el("h1", {}, "Albums"), writes && el("button.primary", { type: "button", onclick: create }, "New album")),
    albums.length ? el("div.cards", {}, albums.map(album)) : el("p.quiet", {}, "No albums yet: choose pictures and put them into one."),
    el("h2", {}, "Saved searches"),
    searches.length ? el("div.cards", {}, searches.map(saved))
      : el("p.quiet", {}, "None yet: ask something and save it; it shows what it finds at the time.")));

  async function create() {
    const name = await askFor("New album", "Name");
    if (name) await attempt(async () => { await call("POST", "/v1/albums", { name }); refresh(); });
  }

  function album(each) {
    const clause = `album_id:${each.id}`;
    return card(each.name, counted(each.count ?? 0, "picture"), clause, writes && [
      iconButton("edit", `Rename ${each.name}`, async () => {
        const name = await askFor("Rename the album", "Name", [], each.name);
        if (name) await attempt(async () => { await call("PATCH", `/v1/albums/${each.id}`, { name }); refresh(); });
      }),
      iconButton("trash", `Remove ${each.name}`, async () => {
        if (!await confirm("Remove the album?", `“${each.name}” goes; its pictures stay.`, "Remove")) return;
        await attempt(async () => { await call("DELETE", `/v1/albums/${each.id}`); refresh(); });
      })]);
  }

  function saved({ name, query }) {
    const path = `/v1/searches/${encodeURIComponent(name)}`;
    return card(name, query, query, writes && iconButton("trash", `Remove ${name}`, () => attempt(async () => {
      await call("DELETE", path);
      say(`Removed “${name}”.`, async () => { await call("PUT", path, { query }); refresh(); });
      refresh();
    })));
  }
}

/** A card with the first picture of a question. */
function card(title, note, query, tools) {
  const frame = el("a", { href: address({ q: query }), "aria-label": title });
  search({ query, limit: 1, fields: ["urls", "filename"] }).then((answer) => {
    const asset = answer.hits[0]?.asset;
    if (asset) frame.append(el("img", { src: link(asset.urls["256"]), alt: "", loading: "lazy" }));
  }).catch(() => frame.append(icon("picture")));
  return el("article.card", {}, frame, el("div.caption", {}, el("strong", {}, title), el("small", {}, note)),
    tools && el("div.row", {}, tools));
}

