/** Where the reader is: all of it stands in the address, so that links, reloads and the back button work. */

const PARTS = ["view", "q", "sort", "group", "like", "unlike", "of", "least", "asset"];
const listeners = new Set();

/** The parts of the address that are set, as texts; `like` and `unlike` are lists of ids. */
export function read() {
  const params = new URLSearchParams(location.search);
  const place = {};
  for (const part of PARTS) if (params.get(part)) place[part] = params.get(part);
  place.view ||= "photos";
  place.q ||= "";
  place.like = ids(place.like);
  place.unlike = ids(place.unlike);
  return place;
}

/** Go to the present place with some parts changed; `null` leaves a part out. */
export function go(changes, { replace = false } = {}) {
  const url = address({ ...read(), ...changes });
  if (url === location.pathname + location.search) return;
  history[replace ? "replaceState" : "pushState"](null, "", url);
  announce();
}

/** The address of a place, for links. */
export function address(place) {
  const params = new URLSearchParams();
  for (const part of PARTS) {
    const value = Array.isArray(place[part]) ? place[part].join(",") : place[part];
    if (value && !(part === "view" && value === "photos")) params.set(part, value);
  }
  const text = params.toString();
  return text ? `/?${text}` : "/";
}

/** Be told of every change, and of the first place. */
export function follow(listener) {
  listeners.add(listener);
}

export function announce() {
  const place = read();
  for (const listener of listeners) listener(place);
}

window.addEventListener("popstate", announce);

function ids(text) {
  return (text || "").split(",").map(Number).filter((id) => Number.isSafeInteger(id) && id > 0);
}
