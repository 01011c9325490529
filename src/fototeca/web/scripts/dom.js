/** Making elements, without a framework and without markup in strings. */

/**
 * Make an element.
 * @param {string} tag its name; "button.plain" gives it a class as well.
 * @param {Object} props attributes; `on…` are listeners, `dataset` is an object, booleans set or leave out.
 * @param {...(Node|string|null|Array)} children what it holds; texts are texts, never markup.
 * @returns {HTMLElement}
 */
export function el(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  const node = document.createElement(name);
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (key === "dataset") Object.assign(node.dataset, value);
    else if (key === "class") node.classList.add(...value.split(" ").filter(Boolean));
    else if (key === "value" || key === "checked" || key === "indeterminate") node[key] = value;
    else node.setAttribute(key, value === true ? "" : value);
  }
  append(node, children);
  return node;
}

/** Replace all that an element holds. */
export function fill(node, ...children) {
  node.replaceChildren();
  append(node, children);
  return node;
}

function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child);
  }
}

const SHAPES = {
  close: "M6 6l12 12M18 6L6 18",
  next: "M9 5l7 7-7 7",
  previous: "M15 5l-7 7 7 7",
  search: "M10.5 17a6.5 6.5 0 1 1 0-13 6.5 6.5 0 0 1 0 13zM15.5 15.5L21 21",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
  more: "M12 5v14M5 12h14",
  less: "M5 12h14",
  tag: "M4 4h8l8 8-8 8-8-8zM8.5 8.5h.01",
  album: "M4 7h16v13H4zM7 4h10",
  folder: "M3 6h6l2 2h10v11H3z",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20c1-4 4-5.500 7.500-5.500s6.500 1.500 7.500 5.500",
  map: "M9 4L4 6v14l5-2 6 2 5-2V4l-5 2zM9 4v14M15 6v14",
  copies: "M8 8h12v12H8zM4 16V4h12",
  upload: "M12 16V5M7 9l5-5 5 5M4 20h16",
  state: "M4 13h4l2-6 4 12 2-6h4",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  star: "M12 4l2.500 5.200 5.500.700-4 4 1 5.600-5-2.700-5 2.700 1-5.600-4-4 5.500-.700z",
  download: "M12 4v11M7 11l5 5 5-5M4 20h16",
  info: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 11v6M12 7.500h.01",
  box: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  theme: "M12 21a9 9 0 1 0 0-18v18z",
  out: "M14 4h6v16h-6M10 8l-4 4 4 4M6 12h10",
  save: "M5 4h11l3 3v13H5zM8 4v5h7V4M8 20v-6h8v6",
  facets: "M4 6h16M7 12h10M10 18h4",
  check: "M5 12.500l4.500 4.500L19 7.500",
  edit: "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
  hide: "M3 12c3-5 6-7 9-7s6 2 9 7c-3 5-6 7-9 7s-6-2-9-7zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6zM4 4l16 16",
  show: "M3 12c3-5 6-7 9-7s6 2 9 7c-3 5-6 7-9 7s-6-2-9-7zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
};

/** A line drawing that takes the colour of the text around it. */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const path = document.createElementNS(space, "path");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

/** A button with a drawing; its name is read out and shown on hovering. */
export function iconButton(name, label, onclick, props = {}) {
  return el("button.icon-button", { type: "button", "aria-label": label, title: label, onclick, ...props }, icon(name));
}

/** Call a function once, `ms` after the last of several calls. */
export function settled(action, ms) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => action(...args), ms);
  };
}

/** Plain words for a number of things: "1 photo", "2,304 photos". */
export function counted(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}
