/** The start: sign in, put the parts together, and follow the address. */

import { call, get, link, resume, signIn, signOut } from "./api.js";
import { makeBox } from "./box.js";
import { askFor } from "./dialog.js";
import { el, fill, icon, iconButton } from "./dom.js";
import { makePhotos } from "./photos.js";
import { address, announce, follow, go, read } from "./place.js";
import { attempt, say } from "./toast.js";
import { makeViewer } from "./viewer.js";

/** Pages beside the grid: what each is called, drawn with, and where it is loaded from when it is first wanted. */
const PAGES = {
  photos: { title: "Pictures", icon: "picture" },
  people: { title: "People", icon: "person" },
  albums: { title: "Albums", icon: "album" },
  folders: { title: "Folders", icon: "folder" },
  map: { title: "Map", icon: "map" },
  duplicates: { title: "Copies", icon: "copies" },
  upload: { title: "Add", icon: "upload", writes: true },
  state: { title: "State", icon: "state" },
};

let picture = null;
let photos = null;
let viewer = null;
let box = null;
let shownPage = null;

function theme(next) {
  const value = next ?? localStorage.getItem("theme");
  if (value) document.documentElement.dataset.theme = value;
  else delete document.documentElement.dataset.theme;
  if (next) localStorage.setItem("theme", next);
}

function turnTheme() {
  const dark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  theme(dark ? "light" : "dark");
}

// --- signing in

function showSignIn(message = "") {
  const key = el("input", { type: "password", name: "key", autocomplete: "current-password", required: true, placeholder: "ft…",
    "aria-label": "Key", "aria-describedby": "sign-in-mistake" });
  const mistake = el("p.mistake", { id: "sign-in-mistake", role: "alert", hidden: !message }, message);
  const form = el("form.sign-in", { onsubmit: async (event) => {
    event.preventDefault();
    try {
      start(await signIn(key.value));
    } catch (problem) {
      fill(mistake, problem.status === 401 ? "This key is not known here." : problem.message);
      mistake.hidden = false;
      key.select();
    }
  } },
  el("h1", {}, "Fototeca"), el("p", {}, "Sign in with a key of your workspace; ", el("code", {}, "fototeca key create"), " makes one."),
  key, mistake, el("button.primary", { type: "submit" }, "Sign in"));
  document.body.className = "signed-out";
  fill(document.body, el("main", {}, form));
  key.focus();
}

// --- the frame

function start(session) {
  document.body.className = "";
  picture = null;
  box = makeBox({ ask, picture: byPicture, forget });
  photos = makePhotos({
    open: (index, results) => viewer.from(index, results),
    refuse: (problem) => (problem.status === 400 ? box.refuse(problem) : say(problem.message)),
    picture: () => picture?.data ?? null,
  });
  viewer = makeViewer({ left: (index) => photos.grid.focus(index), changed: () => refresh() });
  const nav = el("nav.pages", { "aria-label": "Pages" }, Object.entries(PAGES)
    .filter(([, page]) => session.writes || !page.writes)
    .map(([view, page]) => el("a.page-link", { href: address({ view }), dataset: { view } }, icon(page.icon), el("span", {}, page.title))));
  const main = el("main", { id: "main", tabindex: "-1" });
  fill(document.body,
    el("a.skip", { href: "#main" }, "To the pictures"),
    el("header.head", {}, el("a.brand", { href: "/", "aria-label": "Fototeca" }, el("img", { src: new URL("../icon.svg", import.meta.url).pathname, alt: "", width: 28, height: 28 }),
      el("span", {}, "Fototeca")), box.root,
    session.writes && iconButton("save", "Save this search", save), iconButton("theme", "Light or dark", turnTheme),
    iconButton("out", `Sign out of ${session.workspace}`, leave)),
    nav, main, viewer.root);
  shownPage = null;
  announce();
}

async function show(place) {
  if (!photos) return;
  const view = PAGES[place.view] ? place.view : "photos";
  for (const each of document.querySelectorAll(".page-link")) {
    if (each.dataset.view === view) each.setAttribute("aria-current", "page");
    else each.removeAttribute("aria-current");
  }
  document.title = view === "photos" && place.q ? `${place.q} · Fototeca` : `${PAGES[view].title} · Fototeca`;
  const main = document.getElementById("main");
  if (view === "photos") {
    const back = shownPage !== view; // from another page, where something may have been changed
    if (back) fill(main, photos.root);
    shownPage = view;
    box.show(place.q, examples(place));
    await photos.show(place, back);
  } else if (shownPage !== view) {
    shownPage = view;
    const page = await import(`./pages/${view}.js`);
    if (shownPage === view) await attempt(() => page.show(main, { refresh }));
  }
  await viewer.show(place.asset ? Number(place.asset) : null);
}

/** What was changed may be shown: ask again. */
function refresh() {
  const { view } = read();
  if (view === "photos" || !PAGES[view]) photos.reload();
  else {
    shownPage = null;
    announce();
  }
}

// --- the box's wishes

function ask(question) {
  const { like, unlike, of, least } = read();
  go({ view: "photos", q: question, like, unlike, of: of ?? null, least: question ? least ?? null : null, asset: null });
}

/** Search by a picture that is not in the library; it lives as long as this page does. */
function byPicture(data, file) {
  if (picture) URL.revokeObjectURL(picture.address);
  picture = { data, address: URL.createObjectURL(file), name: file.name || "pasted picture" };
  const place = read();
  if (place.view === "photos") {
    box.show(place.q, examples(place));
    photos.show(place, true);
  } else go({ view: "photos" });
}

function forget(each) {
  const place = read();
  if (each.kind === "picture") {
    URL.revokeObjectURL(picture.address);
    picture = null;
    box.show(place.q, examples(place));
    photos.show(place, true);
  } else {
    const left = place[each.kind].filter((id) => id !== each.id);
    go({ [each.kind]: left, of: left.length || place[each.kind === "like" ? "unlike" : "like"].length ? place.of ?? null : null });
  }
}

function examples(place) {
  const what = place.of ? `${place.of} ` : "";
  const of = (kind, words) => place[kind].map((id) => ({ kind, id, label: `${words} ${what}${id}`, picture: thumbnail(id, place.of) }));
  const own = picture ? [{ kind: "picture", label: "like your picture", picture: el("img.example", { src: picture.address, alt: "" }) }] : [];
  return [...own, ...of("like", "like"), ...of("unlike", "unlike")];
}

function thumbnail(id, owner) {
  const image = el("img.example", { alt: "" });
  if (owner === "face") image.src = `/v1/faces/${id}/thumbnail`;
  if (owner) return image.src ? image : null;
  get(`/v1/assets/${id}?fields=urls`).then((asset) => { image.src = link(asset.urls["256"]); }).catch(() => image.remove());
  return image;
}

async function save() {
  const { q } = read();
  if (!q) return say("Ask something first; a saved search shows what it finds at the time.");
  const name = await askFor("Save this search", "Name", [], q.slice(0, 60));
  if (!name) return undefined;
  return attempt(async () => {
    await call("POST", "/v1/searches", { name, query: q });
    say(`Saved “${name}” among the albums.`, () => call("DELETE", `/v1/searches/${encodeURIComponent(name)}`));
  });
}

async function leave() {
  await attempt(signOut);
  photos = null;
  showSignIn();
}

// --- what concerns the whole page

document.addEventListener("click", (event) => {
  const anchor = event.target.closest("a[href^='/?'], a[href='/']");
  if (!anchor || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  history.pushState(null, "", anchor.getAttribute("href"));
  announce();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, textarea, select, dialog")) {
    event.preventDefault();
    box?.focus();
  }
});

for (const kind of ["dragover", "drop"]) {
  document.addEventListener(kind, async (event) => {
    if (!event.dataTransfer?.types.includes("Files") || event.target.closest(".drop-zone")) return;
    event.preventDefault();
    if (kind !== "drop" || !photos) return;
    const files = [...event.dataTransfer.files];
    if (files.length === 1 && files[0].type.startsWith("image/")) box.take(files[0]);
    else say("Drop one picture to search by it; add pictures on the page “Add”.");
  });
}

window.addEventListener("signed-out", () => {
  photos = null;
  showSignIn("The session is over; sign in again.");
});

theme();
follow(show);
const session = await resume();
if (session) start(session);
else showSignIn();
