/** Which assets are chosen. */

export class Selection extends EventTarget {
  constructor() {
    super();
    this._ids = new Set();
    this.last = null;
  }

  get size() {
    return this._ids.size;
  }

  get ids() {
    return [...this._ids];
  }

  has(id) {
    return this._ids.has(id);
  }

  /** @param {number} index where it stands, so that a range can begin there. */
  toggle(id, index) {
    if (!this._ids.delete(id)) this._ids.add(id);
    this._changed(index);
  }

  add(ids, index) {
    for (const id of ids) this._ids.add(id);
    this._changed(index);
  }

  clear() {
    if (!this._ids.size) return;
    this._ids.clear();
    this._changed(null);
  }

  _changed(index) {
    this.last = index;
    this.dispatchEvent(new Event("change"));
  }
}
