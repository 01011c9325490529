/**
 * The grid of pictures: only what is near the window exists, however many there are.
 *
 * Pieces of `PIECE` tiles lie below each other, each as high as it was measured or is guessed. Their sum may be higher
 * than a browser can scroll, so that the bar is scaled: `top` is where the reader is on the real sheet, and the bar shows
 * it as a share. Wheel and keys move by real pixels, dragging the bar by the share.
 */

import { link } from "./api.js";
import { el, fill } from "./dom.js";
import { PIECE } from "./results.js";
import { guess, justify, shape } from "./rows.js";
import { paint } from "./thumbhash.js";

const HIGHEST = 4_000_000;
const GAP = 6;
const HEADING = 44;
const WAIT_MS = 70;

/**
 * Events: "open" (detail: index), "moved" (detail: index of the first tile in view), "selection".
 */
export class Grid extends EventTarget {
  /** @param {Selection} selection which assets are chosen. */
  constructor(selection) {
    super();
    this.selection = selection;
    this.sheet = el("div.sheet", { role: "listbox", "aria-multiselectable": "true", "aria-label": "Pictures" });
    this.root = el("div.grid", { tabindex: "-1" }, this.sheet);
    this.results = null;
    this.group = null;
    this.top = 0;
    this.focused = 0;
    this._shown = new Map();
    this._heights = new Float32Array(0);
    this._tops = new Float64Array(1);
    this._dirty = true;
    this._frame = 0;
    this._barAt = 0;
    this.root.addEventListener("scroll", () => this._scrolled(), { passive: true });
    this.root.addEventListener("wheel", (event) => this._wheel(event), { passive: false });
    this.root.addEventListener("keydown", (event) => this._key(event));
    this.sheet.addEventListener("click", (event) => this._click(event));
    this.sheet.addEventListener("contextmenu", (event) => this._held(event));
    new ResizeObserver(() => this._resized()).observe(this.root);
    selection.addEventListener("change", () => this._mark());
  }

  /**
   * Show other results from their beginning.
   * @param {Results} results already open.
   * @param {{key: function(Object): string, label: function(Object): string}} [group] how tiles are put under headings.
   */
  show(results, group = null) {
    this._forget();
    this.results = results;
    this.group = group;
    this.focused = 0;
    results.addEventListener("piece", (event) => this._arrived(event.detail));
    this._heights = new Float32Array(Math.ceil(results.total / PIECE));
    this._known = new Uint8Array(this._heights.length);
    this._guessAll();
    this.top = 0;
    this._toBar();
    this._render();
  }

  clear() {
    this._forget();
    this.results = null;
    this.sheet.style.height = "0";
  }

  /** Bring a tile into view. */
  reveal(index, { centre = false } = {}) {
    if (!this.results) return;
    const number = Math.floor(index / PIECE);
    const tile = this._shown.get(number)?.layout?.tiles[index % PIECE];
    const y = this._pieceTop(number) + (tile?.y ?? (this._heights[number] * (index % PIECE)) / PIECE);
    const height = tile?.height ?? this._wanted();
    const view = this.root.clientHeight;
    if (centre) this._to(y - (view - height) / 2);
    else if (y < this.top) this._to(y - HEADING);
    else if (y + height > this.top + view) this._to(y + height - view + GAP);
  }

  /** Begin with this tile. */
  jump(index) {
    const number = Math.floor(index / PIECE);
    this._to(this._pieceTop(number) + (this._heights[number] * (index % PIECE)) / PIECE);
  }

  /** Give the keyboard to a tile, as when the viewer closes on it. */
  focus(index) {
    this.focused = index;
    this.reveal(index);
    this._render();
    this._tile(index)?.focus({ preventScroll: true });
  }

  // --- heights and places

  _wanted() {
    const width = this.root.clientWidth;
    return width < 500 ? 110 : width < 1100 ? 160 : 200;
  }

  _width() {
    return Math.max(100, this.root.clientWidth - 2 * GAP);
  }

  _count(number) {
    return Math.min(PIECE, this.results.total - number * PIECE);
  }

  _guessAll() {
    const full = guess(PIECE, this._width(), this._wanted(), GAP);
    for (let number = 0; number < this._heights.length; number++) {
      if (!this._known[number]) this._heights[number] = this._count(number) === PIECE ? full
        : guess(this._count(number), this._width(), this._wanted(), GAP);
    }
    this._dirty = true;
  }

  _sum() {
    if (!this._dirty) return;
    const tops = new Float64Array(this._heights.length + 1);
    for (let number = 0; number < this._heights.length; number++) tops[number + 1] = tops[number] + this._heights[number];
    this._tops = tops;
    this._dirty = false;
    this.sheet.style.height = `${Math.min(this._tops.at(-1), HIGHEST)}px`;
  }

  _pieceTop(number) {
    this._sum();
    return this._tops[number];
  }

  /** The piece that a place on the sheet lies in. */
  _pieceAt(y) {
    this._sum();
    let low = 0;
    let high = this._heights.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this._tops[middle] <= y) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  _furthest() {
    this._sum();
    return Math.max(0, this._tops.at(-1) - this.root.clientHeight);
  }

  /** Real pixels for one pixel of the bar. */
  _scale() {
    const bar = Math.min(this._tops.at(-1), HIGHEST) - this.root.clientHeight;
    return bar > 0 ? this._furthest() / bar : 1;
  }

  _to(top) {
    this.top = Math.min(Math.max(0, top), this._furthest());
    this._toBar();
    this._schedule();
  }

  _toBar() {
    this._sum();
    this._barAt = Math.round(this.top / this._scale());
    this.root.scrollTop = this._barAt;
  }

  _scrolled() {
    if (!this.results || Math.abs(this.root.scrollTop - this._barAt) < 1) return;
    this._barAt = this.root.scrollTop;
    this.top = Math.min(this._barAt * this._scale(), this._furthest());
    this._schedule();
  }

  _wheel(event) {
    if (!this.results || event.ctrlKey || this._scale() <= 1.001) return;
    event.preventDefault();
    const unit = [1, 40, this.root.clientHeight][event.deltaMode];
    this._to(this.top + event.deltaY * unit);
  }

  _resized() {
    const width = this.root.clientWidth;
    if (!this.results || width === this._lastWidth) return this._schedule();
    this._lastWidth = width;
    const first = this.first();
    this._forgetTiles();
    this._known.fill(0);
    this._guessAll();
    this._render();
    this.jump(first);
  }

  /** Index of the first tile in view. */
  first() {
    if (!this.results?.total) return 0;
    const number = this._pieceAt(this.top);
    const layout = this._shown.get(number)?.layout;
    const within = this.top - this._pieceTop(number);
    const at = layout ? layout.tiles.findIndex((tile) => tile.y + tile.height > within)
      : Math.floor((within / this._heights[number]) * this._count(number));
    return Math.min(this.results.total - 1, number * PIECE + Math.max(0, at));
  }

  // --- drawing

  _schedule() {
    this._frame ||= requestAnimationFrame(() => {
      this._frame = 0;
      this._render();
    });
  }

  _render() {
    if (!this.results || !this.results.total) return;
    const view = this.root.clientHeight;
    const from = this._pieceAt(Math.max(0, this.top - view / 2));
    const to = this._pieceAt(this.top + 1.5 * view);
    for (const [number, piece] of this._shown) {
      if (number < from || number > to) {
        piece.node.remove();
        this._shown.delete(number);
      }
    }
    for (let number = from; number <= to; number++) if (!this._shown.has(number)) this._add(number);
    this._drawOne();
    this._place();
    const missing = [];
    for (let number = from; number <= to; number++) if (!this.results.piece(number)) missing.push(number);
    clearTimeout(this._asking);
    if (missing.length) this._asking = setTimeout(() => this.results.want(missing), WAIT_MS);
    this.dispatchEvent(new CustomEvent("moved", { detail: this.first() }));
  }

  _place() {
    const shift = this._barAt - this.top;
    for (const [number, piece] of this._shown) {
      piece.node.style.transform = `translateY(${Math.round(this._pieceTop(number) + shift)}px)`;
    }
  }

  _add(number) {
    const node = el("div.piece", { role: "presentation" });
    const piece = { node, layout: null };
    this._shown.set(number, piece);
    node.style.height = `${this._heights[number]}px`;
    this.sheet.append(node);
  }

  /** Draw one piece in a frame, so that none takes long: the one that the reader looks at before the others. */
  _drawOne() {
    const middle = this._pieceAt(this.top + this.root.clientHeight / 2);
    const ready = [...this._shown].filter(([number, piece]) => !piece.layout && this.results.piece(number));
    ready.sort(([one], [other]) => Math.abs(one - middle) - Math.abs(other - middle));
    if (!ready.length) return;
    const [number, piece] = ready[0];
    this._draw(number, piece, this.results.piece(number));
    if (ready.length > 1) this._schedule();
  }

  _arrived(number) {
    if (this._shown.has(number)) this._schedule();
  }

  _draw(number, piece, hits) {
    piece.layout = this._layout(number, hits);
    piece.node.style.height = `${piece.layout.height}px`;
    fill(piece.node,
      piece.layout.headings.map(({ y, label }) => {
        const heading = el("h3.heading", { role: "presentation" }, label);
        heading.style.top = `${y}px`;
        return heading;
      }),
      hits.map((hit, at) => this._tileOf(hit, number * PIECE + at, piece.layout.tiles[at])));
    this._measured(number, piece.layout.height);
  }

  _measured(number, height) {
    if (this._known[number] && this._heights[number] === height) return;
    const change = height - this._heights[number];
    const above = this._pieceTop(number) + this._heights[number] <= this.top + 1;
    this._heights[number] = height;
    this._known[number] = 1;
    this._dirty = true;
    if (above) this.top += change; // what is in view stays where it is
    this._toBar();
    this._schedule();
  }

  /** Rows, under headings where the pictures are grouped. */
  _layout(number, hits) {
    const width = this._width();
    const wanted = this._wanted();
    const end = number === this._heights.length - 1;
    if (!this.group) {
      return { headings: [], ...justify(hits.map((hit) => shape(hit.asset)), width, wanted, GAP, end) };
    }
    const before = number ? this.results.at(number * PIECE - 1) : null;
    let key = before ? this.group.key(before) : undefined;
    const tiles = [];
    const headings = [];
    let y = 0;
    for (let from = 0; from < hits.length;) {
      const here = this.group.key(hits[from]);
      let to = from;
      while (to < hits.length && this.group.key(hits[to]) === here) to++;
      if (here !== key) {
        headings.push({ y, label: this.group.label(hits[from]) });
        y += HEADING;
      }
      key = here;
      const closed = to < hits.length || end;
      const part = justify(hits.slice(from, to).map((hit) => shape(hit.asset)), width, wanted, GAP, closed);
      tiles.push(...part.tiles.map((tile) => ({ ...tile, y: tile.y + y })));
      y += part.height;
      from = to;
    }
    return { tiles, headings, height: y };
  }

  _tileOf(hit, index, { x, y, width, height }) {
    const { asset } = hit;
    const image = el("img", { alt: "", loading: "lazy", decoding: "async", src: link(asset.urls["256"]), draggable: "false" });
    image.addEventListener("load", () => tile.classList.add("loaded"), { once: true });
    image.addEventListener("error", () => tile.classList.add("broken"), { once: true });
    const tile = el("div.tile", {
      role: "option", tabindex: index === this.focused ? "0" : "-1", dataset: { index, id: asset.id },
      "aria-label": asset.filename, "aria-posinset": index + 1, "aria-setsize": this.results.total,
      "aria-selected": String(this.selection.has(asset.id)),
    }, image,
    asset.kind === "video" && el("span.badge", {}, duration(asset.duration)),
    hit.relevance !== null && el("span.relevance", { title: "How well it fits" }, `${Math.round(hit.relevance * 100)} %`),
    el("span.pick", { "aria-hidden": "true", dataset: { pick: "" } }));
    Object.assign(tile.style, { left: `${x + GAP}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
    if (asset.facts?.thumbhash) paint(tile, asset.facts.thumbhash);
    return tile;
  }

  _tile(index) {
    return this.sheet.querySelector(`[data-index="${index}"]`);
  }

  _mark() {
    for (const tile of this.sheet.querySelectorAll(".tile")) {
      tile.setAttribute("aria-selected", String(this.selection.has(Number(tile.dataset.id))));
    }
  }

  _forget() {
    this.results?.close();
    this._forgetTiles();
  }

  _forgetTiles() {
    for (const piece of this._shown.values()) piece.node.remove();
    this._shown.clear();
  }

  // --- the reader's hands

  _click(event) {
    const tile = event.target.closest(".tile");
    if (!tile) return;
    const index = Number(tile.dataset.index);
    this._focusTo(index);
    if (event.shiftKey) this.selectTo(index);
    else if (event.ctrlKey || event.metaKey || event.target.closest("[data-pick]") || this.selection.size) {
      this.selection.toggle(Number(tile.dataset.id), index);
    } else this.dispatchEvent(new CustomEvent("open", { detail: index }));
  }

  /** A finger that stays on a tile chooses it. */
  _held(event) {
    const tile = event.pointerType === "touch" && event.target.closest(".tile");
    if (!tile) return;
    event.preventDefault();
    this.selection.toggle(Number(tile.dataset.id), Number(tile.dataset.index));
  }

  /** Choose everything from the last chosen tile to this one. */
  async selectTo(index) {
    const from = this.selection.last ?? this.focused;
    const [low, high] = from < index ? [from, index] : [index, from];
    const ids = [];
    for (let at = low; at <= high; at++) {
      const hit = await this.results.fetch(at);
      if (hit) ids.push(hit.id);
    }
    this.selection.add(ids, index);
  }

  _focusTo(index) {
    const old = this._tile(this.focused);
    if (old) old.tabIndex = -1;
    this.focused = index;
    const tile = this._tile(index);
    if (tile) {
      tile.tabIndex = 0;
      tile.focus({ preventScroll: true });
    }
  }

  _key(event) {
    if (!this.results?.total || event.altKey || !event.target.closest?.(".tile, .grid")) return;
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const last = this.results.total - 1;
    let next = null;
    if (step) next = this.focused + step;
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") next = this._beside(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "PageDown" || event.key === "PageUp") {
      event.preventDefault();
      this._to(this.top + (event.key === "PageDown" ? 0.9 : -0.9) * this.root.clientHeight);
      this._render();
      next = this.first();
    } else if (event.key === "Home") next = 0;
    else if (event.key === "End") next = last;
    else if (event.key === "Enter") this.dispatchEvent(new CustomEvent("open", { detail: this.focused }));
    else if (event.key === " ") {
      const hit = this.results.at(this.focused);
      if (hit) this.selection.toggle(hit.id, this.focused);
    } else if (event.key === "Escape") this.selection.clear();
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) this.dispatchEvent(new CustomEvent("all"));
    else return;
    event.preventDefault();
    if (next === null) return;
    const index = Math.min(last, Math.max(0, next));
    this.reveal(index);
    this._render();
    if (event.shiftKey) this.selectTo(index);
    this._focusTo(index);
  }

  /** The tile above or below the focused one, by where it is. */
  _beside(way) {
    const tile = this._tile(this.focused);
    if (!tile) return this.focused + way * 6;
    const box = tile.getBoundingClientRect();
    const middle = box.left + box.width / 2;
    let best = null;
    for (const other of this.sheet.querySelectorAll(".tile")) {
      const its = other.getBoundingClientRect();
      const away = way > 0 ? its.top - box.bottom : box.top - its.bottom;
      if (away < -1 || away > box.height * 3) continue;
      const distance = away * 10 + Math.abs(its.left + its.width / 2 - middle);
      if (!best || distance < best.distance) best = { distance, index: Number(other.dataset.index) };
    }
    return best ? best.index : this.focused + way * 6;
  }
}

/** Seconds as m:ss. */
export function duration(seconds) {
  const whole = Math.round(seconds ?? 0);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
