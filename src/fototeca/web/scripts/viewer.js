/** One asset, large: zoom, boxes, facts, what is like it, and why it was found. */

import { call, change, current, get, link, search, TILE } from "./api.js";
import * as clauses from "./clauses.js";
import { askFor, confirm } from "./dialog.js";
import { el, fill, icon, iconButton } from "./dom.js";
import { facts } from "./facts.js";
import { duration } from "./grid.js";
import { give } from "./pages/people.js";
import { go, read } from "./place.js";
import { strip } from "./sections.js";
import { attempt, say } from "./toast.js";
import { versions } from "./versions.js";
import { makeZoom } from "./zoom.js";

const SIMILAR = 12;
/** What a likeness may be of. */
const SEEN = { asset: "The whole picture", object: "A thing in it", face: "A face in it", frame: "A moment of it" };

/**
 * Make the viewer.
 * @param {Object} does `left(index)` when it closes, `changed()` when something was changed.
 */
export function makeViewer(does) {
  const stage = el("div.viewer-stage");
  const side = el("div.viewer-side", { tabindex: "0", "aria-label": "Facts" });
  const title = el("h2.viewer-title", { id: "viewer-title" });
  const tools = el("div.viewer-tools");
  const root = el("dialog.viewer", { "aria-labelledby": "viewer-title", tabindex: "-1" },
    el("div.viewer-head", {}, title, tools), el("div.viewer-body", {}, stage, side));
  let asset = null;
  let results = null;
  let index = -1;
  let zoom = null;
  let generation = 0;

  root.addEventListener("cancel", (event) => { event.preventDefault(); leave(); });
  root.addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, textarea, video") || event.ctrlKey || event.metaKey) return;
    const action = { ArrowRight: () => step(1), ArrowLeft: () => step(-1), "+": () => zoom?.by(1.3), "-": () => zoom?.by(1 / 1.3),
      0: () => zoom?.reset(), i: () => root.classList.toggle("plain-view"), b: () => stage.classList.toggle("no-boxes") }[event.key];
    if (action) {
      event.preventDefault();
      action();
    }
  });

  /** Come here from a grid: the arrows then go through its results. */
  function from(at, those) {
    index = at;
    results = those;
    const hit = results.at(at);
    if (hit) go({ asset: String(hit.id) });
  }

  async function show(id) {
    if (!id) return close();
    if (asset?.id === id && root.open) return undefined;
    const mine = ++generation;
    if (!root.open) {
      root.showModal();
      root.focus(); // not the first thing in it: the arrows belong to the picture
    }
    if (results && results.at(index)?.id !== id) index = -1;
    try {
      const found = await get(`/v1/assets/${id}`);
      if (mine === generation) draw(found);
    } catch (problem) {
      if (mine !== generation) return undefined;
      asset = null;
      fill(title, "Not here");
      fill(stage, el("p.quiet", {}, problem.message));
      fill(side);
      fill(tools, iconButton("close", "Close", leave));
    }
    return undefined;
  }

  function close() {
    generation++;
    if (!root.open) return;
    root.close();
    fill(stage); // ends what plays
    const at = index;
    asset = null;
    if (at >= 0) does.left(at);
  }

  const leave = () => go({ asset: null });

  async function step(by) {
    if (!results || index < 0) return;
    const hit = await results.fetch(index + by);
    if (!hit) return;
    index += by;
    go({ asset: String(hit.id) }, { replace: true });
  }

  function draw(found) {
    asset = found;
    fill(title, asset.title || asset.filename);
    drawTools();
    drawSide();
    drawStage();
  }

  function drawTools() {
    const writes = current().writes;
    const trashed = asset.status === "trashed";
    fill(tools,
      results && index >= 0 && [iconButton("previous", "The one before (left)", () => step(-1)),
        iconButton("next", "The next one (right)", () => step(1))],
      iconButton("box", "Show or hide boxes (b)", () => stage.classList.toggle("no-boxes")),
      iconButton("search", "More like this", () => go({ asset: null, view: "photos", like: [asset.id], unlike: [], of: null, sort: null, q: "" })),
      iconButton("less", "Less like this", () => lessLike()),
      writes && iconButton("star", asset.favorite ? "No longer a favourite" : "Favourite", favourite, { "aria-pressed": String(Boolean(asset.favorite)) }),
      el("a.icon-button", { href: link(asset.urls.original), download: asset.filename, "aria-label": "Download the original",
        title: "Download the original" }, icon("download")),
      writes && iconButton("trash", trashed ? "Take out of the trash" : "Put into the trash", trash),
      iconButton("info", "Show or hide the facts (i)", () => root.classList.toggle("plain-view")),
      iconButton("close", "Close", leave));
  }

  function lessLike() {
    const place = read();
    go({ asset: null, view: "photos", unlike: [...new Set([...place.unlike, asset.id])] });
    if (!place.like.length) say("Once there is an example to be like, what is like this one goes down.");
  }

  async function favourite() {
    await attempt(async () => {
      await call("PATCH", `/v1/assets/${asset.id}`, { favorite: !asset.favorite });
      asset = { ...asset, favorite: !asset.favorite };
      drawTools();
    });
  }

  async function trash() {
    const { id, status } = asset;
    const into = status !== "trashed";
    await attempt(async () => {
      await change([id], { trash: into });
      say(into ? "Put into the trash." : "Taken out of the trash.", async () => {
        await change([id], { trash: !into });
        does.changed();
      });
      leave();
      does.changed();
    });
  }

  // --- the picture

  function drawStage() {
    if (asset.kind === "video") {
      const video = el("video", { src: link(asset.urls.original), poster: link(asset.urls["1440"]), controls: true, preload: "metadata" });
      zoom = null;
      fill(stage, video);
      moments(asset, video);
      return;
    }
    zoom = makeZoom({
      small: link(asset.urls["1440"]), large: link(asset.urls.original), width: asset.width, height: asset.height,
      label: asset.title || asset.description || asset.filename, readable: ["jpg", "png", "webp", "gif", "avif", "bmp"].includes(asset.format),
    });
    fill(stage, zoom.root);
    zoom.overlay(boxes());
  }

  /** Where in a video that is to be seen which was asked for, as buttons that jump there. */
  async function moments(shown, video) {
    const { q, like, of } = read();
    if (!q && !like.length) return;
    const question = { query: q, filter: `id:${shown.id}`, limit: 1, min_relevance: 0, fields: ["id"] };
    if (like.length) Object.assign(question, { like }, of && { of });
    const found = (await search(question).catch(() => null))?.hits[0]?.moments ?? [];
    if (asset?.id !== shown.id || !found.length) return;
    side.prepend(el("section", {}, el("h3", {}, "Moments that fit"), el("div.moments", {}, found.map(({ seconds, likeness }) =>
      el("button.action", { type: "button", title: `likeness ${likeness.toFixed(2)}`, onclick: () => {
        video.currentTime = seconds;
        video.play().catch(() => {});
      } }, duration(seconds))))));
    video.currentTime = found[0].seconds;
  }

  /** Faces, objects and annotations as boxes that can be asked for, named and corrected. */
  function boxes() {
    return [
      ...(asset.faces ?? []).map((face) => box(face.box, face.person ?? "Who is this?", "face", () => nameFace(face))),
      ...(asset.objects ?? []).map((thing) => box(thing.box, thing.label, "object", () => likeRegion("object", thing.id))),
      ...(asset.annotations ?? []).filter((each) => each.box).map((each) =>
        box(each.box, each.label, "annotation", () => ask(clauses.exact("class", each.label)))),
    ];
  }

  function box([x, y, width, height], label, kind, onclick) {
    const node = el("button.region", { type: "button", class: kind, onclick, title: label }, el("span", {}, label));
    Object.assign(node.style, { left: `${x * 100}%`, top: `${y * 100}%`, width: `${width * 100}%`, height: `${height * 100}%` });
    return node;
  }

  /** Search by a part of the picture: what looks like this object, or who looks like this face. */
  const likeRegion = (of, id) => go({ asset: null, view: "photos", q: "", like: [id], unlike: [], of, sort: null });

  const ask = (clause) => go({ asset: null, view: "photos", q: clause, like: [], unlike: [], of: null });

  async function nameFace(face) {
    if (!current().writes) {
      if (face.person) ask(clauses.exact("person", face.person));
      return;
    }
    const { values } = (await get("/v1/facets?field=person&limit=1000")).facets.person;
    const name = await askFor("Who is this?", "Name; a known one puts the face with that person", values.map((each) => String(each.value)),
      face.person ?? "");
    if (!name || name === face.person) return;
    await attempt(async () => {
      await give(face, name);
      await corrected();
    });
  }

  /** Take a face from a person, or away where there is none. */
  async function correct(face) {
    if (!face.person) {
      if (!await confirm("No face?", "The box goes; the picture stays.", "It is no face")) return;
      await attempt(async () => {
        await call("DELETE", `/v1/faces/${face.id}`);
        await corrected();
      });
      return;
    }
    const give = (person) => call("PATCH", `/v1/faces/${face.id}`, { person_id: person });
    await attempt(async () => {
      await give(null);
      await corrected();
      say(`This is not ${face.person} any more.`, async () => {
        await give(face.person_id);
        await corrected();
      });
    });
  }

  async function corrected() {
    if (asset) draw(await get(`/v1/assets/${asset.id}`));
    does.changed();
  }

  // --- the side

  function drawSide() {
    const shown = asset;
    const near = el("section.near", {});
    const why = el("section.why", {});
    const originals = el("section", {});
    fill(side, tagList(), seen(), facts(asset, ask, editable), originals, near, albums(), why);
    versions(shown, originals, (found) => { if (asset?.id === found.id) draw(found); does.changed(); });
    similar(shown, near);
    explain(shown, why);
  }

  /** Who and what is in it, for those who cannot point at a box. */
  function seen() {
    const faces = (asset.faces ?? []).map((face) => el("li", {},
      el("button.plain", { type: "button", onclick: () => nameFace(face) }, face.person ?? "Somebody: who?"),
      iconButton("search", "Faces like this one", () => likeRegion("face", face.id)),
      current().writes && iconButton("close", face.person ? `This is not ${face.person}` : "This is no face", () => correct(face))));
    const things = [...new Set((asset.objects ?? []).map((thing) => thing.label))].map((label) => el("li", {},
      el("button.plain", { type: "button", onclick: () => ask(clauses.exact("object", label)) }, label)));
    return [faces.length ? el("section", {}, el("h3", {}, "People"), el("ul.plain-list", {}, faces)) : null,
      things.length ? el("section", {}, el("h3", {}, "Things"), el("ul.tags", {}, things)) : null];
  }

  const editable = () => (current().writes ? edit : null);

  async function edit(field, label) {
    const text = await askFor(label, label, [], String(asset[field] ?? ""));
    if (text === null) return;
    await attempt(async () => {
      await call("PATCH", `/v1/assets/${asset.id}`, { [field]: text || null });
      draw(await get(`/v1/assets/${asset.id}`));
    });
  }

  function tagList() {
    const writes = current().writes;
    const remove = (tag) => attempt(async () => {
      await change([asset.id], { remove_tags: [tag] });
      draw(await get(`/v1/assets/${asset.id}`));
    });
    const add = async () => {
      const { values } = (await get("/v1/facets?field=tag&limit=500")).facets.tag;
      const text = await askFor("Add tags", "Separated by commas", values.map((each) => String(each.value)));
      const tags = (text ?? "").split(",").map((each) => each.trim()).filter(Boolean);
      if (tags.length) {
        await attempt(async () => {
          await change([asset.id], { add_tags: tags });
          draw(await get(`/v1/assets/${asset.id}`));
        });
      }
    };
    return el("div.tags", {}, (asset.tags ?? []).map((tag) => el("span.chip.filter", {},
      el("button.chip-text", { type: "button", onclick: () => ask(clauses.exact("tag", tag)) }, tag),
      writes && iconButton("close", `Remove the tag ${tag}`, () => remove(tag)))),
    writes && el("button.plain", { type: "button", onclick: add }, "add tags"));
  }

  function albums() {
    if (!asset.albums?.length) return null;
    return el("section", {}, el("h3", {}, "Albums"), el("ul.plain-list", {}, asset.albums.map((name) =>
      el("li", {}, el("button.plain", { type: "button", onclick: () => ask(clauses.exact("album", name)) }, name)))));
  }

  async function similar(shown, section) {
    const found = await search({ like: [shown.id], limit: SIMILAR + 1, fields: TILE }).catch(() => null);
    const others = found?.hits.filter((hit) => hit.id !== shown.id) ?? [];
    if (asset?.id === shown.id && others.length) fill(section, el("h3", {}, "Like this one"), strip(others));
  }

  /** Why the question found it: what it fits, and how the answer was made. */
  async function explain(shown, section) {
    const { q, like } = read();
    if (!q && !like.length) return;
    const button = el("button.plain", { type: "button", onclick: async () => {
      const question = { query: q, filter: `id:${shown.id}`, limit: 1, explain: true, min_relevance: 0, fields: ["id"] };
      if (like.length) question.like = like;
      await attempt(async () => {
        const answer = await search(question);
        const hit = answer.hits[0];
        fill(section, el("h3", {}, "Why it was found"),
          hit && el("p", {}, hit.relevance === null ? "It matches every condition." : `It fits by ${Math.round(hit.relevance * 100)} %.`),
          hit?.matched?.length ? el("ul.plain-list", {}, hit.matched.map(({ owner, score }) =>
            el("li", {}, `${SEEN[owner] ?? owner}: likeness ${score.toFixed(2)}`))) : null,
          el("p", {}, "How the answer was made, and how many pictures each part found:"),
          el("ul.steps", {}, steps(answer.explain.plan)),
          el("details", {}, el("summary", {}, "All that was measured"),
            el("pre.plan", { tabindex: "0" }, JSON.stringify(answer.explain, null, 1))));
      });
    } }, "Why was it found?");
    fill(section, button);
  }

  return { root, from, show };
}

/** The parts of a plan, as a list in lists. */
function steps({ node, found, ms, parts = [] }) {
  return el("li", {}, el("code", {}, node), ` ${found.toLocaleString("en")} · ${ms.toFixed(1)} ms`,
    parts.length ? el("ul.steps", {}, parts.map(steps)) : null);
}
