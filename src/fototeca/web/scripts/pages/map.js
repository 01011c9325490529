/** Where pictures were taken: a map of degrees over the towns of the earth, without anybody else's tiles. */

import { search } from "../api.js";
import { counted, el, fill, iconButton } from "../dom.js";
import { go } from "../place.js";

const MOST = 20_000;
const CELL = 46;
const CLOSEST = 60_000;

export async function show(main) {
  const canvas = el("canvas", { role: "img", tabindex: "0", "aria-label": "Map of the pictures" });
  const note = el("p.quiet", {}, "Looking…");
  const places = el("ul.counts", {});
  const frame = el("div.map-frame", {}, canvas, el("div.map-tools", {},
    iconButton("more", "Closer", () => zoom(1.6)), iconButton("less", "Farther", () => zoom(1 / 1.6))));
  fill(main, el("div.page", {}, el("div.top", {}, el("h1", {}, "Map"), note), frame,
    el("p.quiet", {}, el("small", {}, "Small dots are towns, from GeoNames (CC BY 4.0).")),
    el("details", {}, el("summary", {}, "As a list"), places)));

  let points = [];
  let view = null; // longitude and latitude of the middle, and pixels for a degree
  let clusters = [];
  let towns = null;
  const ground = { colour: "", canvas: null };

  const context = canvas.getContext("2d");
  const probe = el("span", { hidden: true });
  frame.append(probe);

  /** A colour of the page as a canvas takes it: on the page it is a name for a light one and a dark one. */
  function style(name) {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  }

  const x = (longitude) => canvas.width / 2 + (longitude - view.longitude) * view.scale * squeeze();
  const y = (latitude) => canvas.height / 2 - (latitude - view.latitude) * view.scale;
  const squeeze = () => Math.max(0.2, Math.cos((view.latitude * Math.PI) / 180));

  function draw() {
    if (!view || !canvas.isConnected) return;
    const ratio = devicePixelRatio || 1;
    const box = canvas.getBoundingClientRect();
    canvas.width = box.width * ratio;
    canvas.height = box.height * ratio;
    context.fillStyle = style("--raised");
    context.fillRect(0, 0, canvas.width, canvas.height);
    land(ratio);
    lines(ratio);
    cluster(ratio);
  }

  /** The towns, so that one knows the continents; from nearby they are too coarse to say anything. */
  function land(ratio) {
    const clear = Math.min(1, (40 * ratio) / view.scale);
    if (!towns || clear < 0.2) return;
    if (ground.colour !== style("--quiet")) {
      ground.colour = style("--quiet");
      ground.canvas = new OffscreenCanvas(towns.width, towns.height);
      const paint = ground.canvas.getContext("2d");
      paint.drawImage(towns, 0, 0);
      paint.globalCompositeOperation = "source-in";
      paint.fillStyle = ground.colour;
      paint.fillRect(0, 0, towns.width, towns.height);
    }
    context.globalAlpha = 0.35 * clear;
    context.drawImage(ground.canvas, x(-180), y(90), 360 * view.scale * squeeze(), 180 * view.scale);
    context.globalAlpha = 1;
  }

  /** Meridians and parallels at a round distance. */
  function lines(ratio) {
    const step = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30].find((each) => each * view.scale > 70 * ratio) ?? 30;
    const digits = Math.max(0, -Math.floor(Math.log10(step)));
    context.strokeStyle = style("--line");
    context.fillStyle = style("--quiet");
    context.font = `${11 * ratio}px system-ui, sans-serif`;
    context.lineWidth = 1;
    const across = canvas.width / 2 / view.scale / squeeze();
    const up = canvas.height / 2 / view.scale;
    const each = (middle, reach, low, high, does) => {
      for (let at = Math.ceil(Math.max(low, middle - reach) / step) * step; at <= Math.min(high, middle + reach); at += step) does(at);
    };
    context.beginPath();
    each(view.longitude, across, -180, 180, (at) => {
      context.moveTo(x(at), y(90));
      context.lineTo(x(at), y(-90));
      context.fillText(`${Math.abs(at).toFixed(digits)}° ${at < 0 ? "W" : "E"}`, x(at) + 3, canvas.height - 6 * ratio);
    });
    each(view.latitude, up, -90, 90, (at) => {
      context.moveTo(x(-180), y(at));
      context.lineTo(x(180), y(at));
      context.fillText(`${Math.abs(at).toFixed(digits)}° ${at < 0 ? "S" : "N"}`, 4 * ratio, y(at) - 3);
    });
    context.stroke();
  }

  function cluster(ratio) {
    const cell = CELL * ratio;
    const cells = new Map();
    for (const point of points) {
      const px = x(point.longitude);
      const py = y(point.latitude);
      if (px < -cell || py < -cell || px > canvas.width + cell || py > canvas.height + cell) continue;
      const key = `${Math.floor(px / cell)},${Math.floor(py / cell)}`;
      const group = cells.get(key) ?? { x: 0, y: 0, points: [] };
      group.x += px;
      group.y += py;
      group.points.push(point);
      cells.set(key, group);
    }
    clusters = [...cells.values()].map((group) => {
      const count = group.points.length;
      return { ...group, x: group.x / count, y: group.y / count, radius: Math.min(26, 8 + 3 * Math.log2(count)) * ratio };
    });
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const group of clusters) {
      context.beginPath();
      context.arc(group.x, group.y, group.radius, 0, 2 * Math.PI);
      context.fillStyle = style("--accent");
      context.fill();
      context.lineWidth = 2 * ratio;
      context.strokeStyle = style("--sheet");
      context.stroke();
      if (group.points.length > 1) {
        context.fillStyle = style("--accent-text");
        context.fillText(String(group.points.length), group.x, group.y);
      }
      const [first] = group.points;
      if (first.city && group.points.every((point) => point.city === first.city)) {
        context.fillStyle = style("--text");
        context.fillText(first.city, group.x, group.y + group.radius + 9 * ratio);
      }
    }
    context.textAlign = "start";
    context.textBaseline = "alphabetic";
  }

  function zoom(factor, at = null) {
    if (!view) return;
    const before = at && [longitudeAt(at.x), latitudeAt(at.y)];
    view.scale = Math.min(CLOSEST, Math.max(1, view.scale * factor));
    if (before) {
      view.longitude += before[0] - longitudeAt(at.x);
      view.latitude += before[1] - latitudeAt(at.y);
    }
    draw();
  }

  const longitudeAt = (px) => view.longitude + (px - canvas.width / 2) / view.scale / squeeze();
  const latitudeAt = (py) => view.latitude - (py - canvas.height / 2) / view.scale;
  const spot = (event) => {
    const box = canvas.getBoundingClientRect();
    const ratio = canvas.width / box.width;
    return { x: (event.clientX - box.left) * ratio, y: (event.clientY - box.top) * ratio };
  };

  let drag = null;
  canvas.addEventListener("wheel", (event) => { event.preventDefault(); zoom(Math.exp(-event.deltaY / 300), spot(event)); }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => { drag = { at: spot(event), moved: false }; canvas.setPointerCapture(event.pointerId); });
  canvas.addEventListener("pointermove", (event) => {
    if (!drag || !view) return;
    const now = spot(event);
    if (Math.hypot(now.x - drag.at.x, now.y - drag.at.y) < 3 && !drag.moved) return;
    view.longitude -= (now.x - drag.at.x) / view.scale / squeeze();
    view.latitude = Math.min(89, Math.max(-89, view.latitude + (now.y - drag.at.y) / view.scale));
    drag = { at: now, moved: true };
    draw();
  });
  canvas.addEventListener("pointerup", (event) => {
    if (drag && !drag.moved) open(spot(event));
    drag = null;
  });
  canvas.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
    if (way && view) {
      view.longitude += (way[0] * 80) / view.scale;
      view.latitude += (way[1] * 80) / view.scale;
      draw();
    } else if (event.key === "+" || event.key === "-") zoom(event.key === "+" ? 1.4 : 1 / 1.4);
    else return;
    event.preventDefault();
  });

  /** A cluster comes closer, or is shown once it lies at one place. */
  function open(at) {
    const group = clusters.find((each) => Math.hypot(each.x - at.x, each.y - at.y) <= each.radius);
    if (!group) return;
    const box = bounds(group.points);
    if (Math.max(box.north - box.south, box.east - box.west) * view.scale < 30 || view.scale > CLOSEST / 2) ask(box);
    else look(box);
  }

  function ask({ south, west, north, east }) {
    const edge = 0.0005;
    const box = [south - edge, west - edge, north + edge, east + edge].map((each) => each.toFixed(5));
    go({ view: "photos", q: `within:"${box.join(",")}"` });
  }

  function look({ south, west, north, east }) {
    view = { longitude: (west + east) / 2, latitude: (south + north) / 2, scale: 1 };
    const box = canvas.getBoundingClientRect();
    const ratio = devicePixelRatio || 1;
    view.scale = Math.min(CLOSEST, 0.7 * ratio * Math.min(box.width / Math.max(east - west, 0.002) / squeeze(),
      box.height / Math.max(north - south, 0.002)));
    draw();
  }

  const picture = new Image();
  picture.addEventListener("load", () => { towns = picture; draw(); });
  picture.src = new URL("../../towns.png", import.meta.url).pathname;
  points = await load();
  const { total } = points;
  note.textContent = points.length ? `${counted(total, "picture")} with a position${points.length < total ? `; the newest ${points.length.toLocaleString("en")} are shown` : ""}`
    : "No picture here says where it was taken.";
  if (points.length) look(bounds(points));
  new ResizeObserver(draw).observe(frame);
  redrawn(draw, frame);
  const answer = await search({ query: "has:gps", limit: 0, facets: [{ field: "place", limit: 200 }] });
  fill(places, answer.facets.place.values.map(({ value, count }) => el("li", {}, el("button.plain", { type: "button",
    onclick: () => go({ view: "photos", q: `place:"${value}"` }) }, `${value} · ${counted(count, "picture")}`))));
}

/** Draw again when the page turns light or dark, for as long as the map is shown. */
function redrawn(draw, frame) {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const turned = new MutationObserver(again);
  turned.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  dark.addEventListener("change", again);

  function again() {
    if (frame.isConnected) draw();
    else {
      turned.disconnect();
      dark.removeEventListener("change", again);
    }
  }
}

async function load() {
  const points = [];
  let cursor;
  let total = 0;
  do {
    const answer = await search({ query: "has:gps", limit: 1000, cursor, fields: ["facts.gps", "facts.place"] });
    total = answer.total;
    for (const { id, asset } of answer.hits) points.push({ id, ...asset.facts.gps, city: asset.facts.place?.city });
    cursor = answer.cursor;
  } while (cursor && points.length < MOST);
  return Object.assign(points, { total });
}

function bounds(points) {
  const box = { south: 90, west: 180, north: -90, east: -180 };
  for (const { latitude, longitude } of points) {
    box.south = Math.min(box.south, latitude);
    box.north = Math.max(box.north, latitude);
    box.west = Math.min(box.west, longitude);
    box.east = Math.max(box.east, longitude);
  }
  return box;
}
