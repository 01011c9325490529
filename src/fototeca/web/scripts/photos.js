/** The first page: the grid of what a question finds, with all that narrows, sorts and changes it. */

import { current, search } from "./api.js";
import { makeBar } from "./bar.js";
import { counted, el, fill, icon } from "./dom.js";
import { makeFacets } from "./facets.js";
import { Grid } from "./grid.js";
import { go } from "./place.js";
import { makeRail } from "./rail.js";
import { Results } from "./results.js";
import { people as sections } from "./sections.js";
import { Selection } from "./selection.js";
import { attempt, say } from "./toast.js";

/** What fits worse is a weak match; the server leaves it out unless asked for it. */
const GOOD = 0.25;

const SORTS = [
  ["", "Best first"], ["-taken", "Newest"], ["taken", "Oldest"], ["-created", "Last added"], ["filename", "Name"],
  ["folder", "Folder"], ["place", "Place"], ["-bytes", "Largest"], ["-rating", "Stars"],
];
const GROUPS = [["", "No groups"], ["day", "By day"], ["place", "By place"], ["person", "By person"], ["folder", "By folder"]];
const GROUP_SORT = { day: "-taken", place: "place", folder: "folder" };

/**
 * Make the page.
 * @param {Object} does `open(index, results)`, `refuse(problem)` and `examples()`, the pictures that are asked with.
 */
export function makePhotos(does) {
  const selection = new Selection();
  const grid = new Grid(selection);
  const facets = makeFacets((q) => go({ q, asset: null }));
  const rail = makeRail((index) => grid.jump(index));
  const status = el("p.status", { role: "status", "aria-live": "polite" });
  const cut = el("div.cut", { hidden: true });
  const sort = choice("Sort", SORTS, (value) => go({ sort: value || null, group: null }));
  const group = choice("Group", GROUPS, (value) => go({ group: value || null, sort: GROUP_SORT[value] ?? null }));
  const narrow = el("button.plain.narrow", { type: "button", "aria-expanded": "false", onclick: () => toggleFacets() },
    icon("facets"), "Narrow down");
  const bar = makeBar({ selection, changed: () => reload(), all: () => chooseAll() });
  const empty = el("div.empty", { hidden: true });
  const groups = el("div.sections", { hidden: true });
  const root = el("div.photos", {}, facets.root,
    el("div.middle", {}, el("div.line", {}, narrow, status, cut, el("span.spring"), sort, group), bar.root,
      el("div.stage", {}, grid.root, rail.root, empty, groups)));
  let asked = "";
  let results = null;
  let place = null;
  let generation = 0;

  grid.addEventListener("open", (event) => does.open(event.detail, results));
  grid.addEventListener("moved", (event) => rail.moved(event.detail, results?.total ?? 0));
  grid.addEventListener("all", () => chooseAll());

  function toggleFacets() {
    const open = facets.root.classList.toggle("open");
    narrow.setAttribute("aria-expanded", String(open));
  }

  /** The question of a place, without page and fields. */
  function questionOf(where) {
    const picture = does.picture();
    const question = { query: where.q };
    if (where.like.length) question.like = where.like;
    if (where.of) question.of = where.of;
    if (where.unlike.length && (where.like.length || picture)) question.unlike = where.unlike;
    if (picture) question.picture = picture;
    if (where.sort) question.sort = where.sort === "place" ? ["place", "-taken"] : [where.sort];
    if (where.least !== undefined) question.min_relevance = Number(where.least);
    return question;
  }

  /** Show a place; what is shown already stays. */
  async function show(where, force = false) {
    place = where;
    const question = questionOf(where);
    const key = JSON.stringify([question, where.group]);
    if (key === asked && !force) return;
    asked = key;
    const mine = ++generation;
    sort.querySelector("select").value = SORTS.some(([value]) => value === where.sort) ? where.sort : "";
    group.querySelector("select").value = where.group ?? "";
    root.classList.add("busy");
    let next;
    try {
      next = await new Results(question).open();
    } catch (problem) {
      if (mine === generation) {
        root.classList.remove("busy");
        does.refuse(problem);
      }
      return;
    }
    if (mine !== generation) return;
    root.classList.remove("busy");
    results = next;
    results.addEventListener("failed", (event) => say(event.detail.message));
    selection.clear();
    draw(where, question);
  }

  function draw(where, question) {
    const people = where.group === "person";
    const ranked = results.at(0)?.relevance != null;
    grid.root.hidden = people;
    groups.hidden = !people;
    empty.hidden = results.total > 0;
    fill(empty, nothing(where));
    if (people) {
      grid.clear();
      sections(groups, question, (q) => go({ q, group: null }));
    } else if (results.total) grid.show(results, grouping(where, ranked));
    else grid.clear();
    const good = ranked && where.least === undefined;
    const [one, many] = good ? ["good match", "good matches"] : ["picture", "pictures"];
    fill(status, el("strong", {}, results.total.toLocaleString("en")), ` ${results.total === 1 ? one : many}`,
      el("small", {}, ` ${results.took < 10 ? results.took.toFixed(1) : Math.round(results.took)} ms`));
    showCut(where, question, ranked);
    facets.show(where, question);
    rail.show(question, where.sort ?? (ranked ? "" : "-created"), results.total);
  }

  function grouping(where, ranked) {
    if (where.group === "day") {
      return { key: (hit) => day(hit.asset), label: (hit) => dayName(hit.asset) };
    }
    if (where.group === "place") {
      return { key: (hit) => town(hit.asset), label: (hit) => town(hit.asset) || "Nowhere known" };
    }
    if (where.group === "folder") {
      return { key: (hit) => hit.asset.folder ?? "", label: (hit) => hit.asset.folder || "No folder" };
    }
    if (ranked && !where.sort && where.least !== undefined && Number(where.least) < GOOD) {
      const weak = (hit) => (hit.relevance ?? 0) < GOOD;
      return { key: weak, label: (hit) => (weak(hit) ? "Weaker matches" : "Good matches") };
    }
    return null;
  }

  /** The line between good and weak matches: how many lie on each side, and a way to move it. */
  async function showCut(where, question, ranked) {
    const mine = generation;
    cut.hidden = true;
    const semantic = ranked || (!results.total && question.query);
    if (!semantic) return;
    const every = await search({ ...question, min_relevance: 0, limit: 0 }).catch(() => null);
    if (mine !== generation || !every) return;
    const weaker = every.total - results.total;
    const least = where.least === undefined ? GOOD : Number(where.least);
    if (weaker <= 0 && where.least === undefined) return;
    const slider = el("input", {
      type: "range", min: "0", max: "0.95", step: "0.05", value: String(least), "aria-label": "How well a picture must fit",
      onchange: () => go({ least: Number(slider.value) === GOOD ? null : slider.value }, { replace: true }),
    });
    fill(cut, el("label", {}, "fit ", slider),
      weaker > 0 && el("button.plain", { type: "button", onclick: () => go({ least: "0" }) },
        `show ${weaker.toLocaleString("en")} weaker ones`),
      where.least !== undefined && el("button.plain", { type: "button", onclick: () => go({ least: null }) }, "only good ones"));
    cut.hidden = false;
  }

  function nothing(where) {
    if (where.q || where.like.length || does.picture()) {
      return [el("h2", {}, "Nothing here fits"), el("p", {}, "Take a part of the question away, or ask in other words."),
        el("button.primary", { type: "button", onclick: () => go({ q: "", like: [], unlike: [], least: null }) }, "Show everything")];
    }
    return [el("h2", {}, "No pictures yet"), el("p", {}, current().writes ? "Drop some anywhere on this page, or "
      : "Ask somebody who may add some."), current().writes && el("button.primary", { type: "button",
      onclick: () => go({ view: "upload" }) }, "add pictures")];
  }

  async function chooseAll() {
    const MOST = 10_000;
    await attempt(async () => {
      const ids = [];
      let cursor;
      do {
        const answer = await search({ ...questionOf(place), limit: 1000, cursor, fields: ["id"] });
        ids.push(...answer.hits.map((hit) => hit.id));
        cursor = answer.cursor;
      } while (cursor && ids.length < MOST);
      selection.add(ids, null);
      if (cursor) say(`The first ${counted(ids.length, "picture")} are chosen; narrow down for the others.`);
    });
  }

  const reload = () => show(place, true);

  return { root, show, grid, reload };
}

function choice(label, options, does) {
  const select = el("select", { "aria-label": label, onchange: () => does(select.value) },
    options.map(([value, name]) => el("option", { value }, name)));
  return el("label.select", {}, select);
}

const day = (asset) => (asset.taken ?? asset.created).slice(0, 10);

function dayName(asset) {
  const date = new Date(`${day(asset)}T12:00:00Z`);
  return date.toLocaleDateString("en", { weekday: "long", day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
}

function town(asset) {
  const place = asset.facts?.place;
  return place ? [place.city, place.country].filter(Boolean).join(", ") : "";
}
