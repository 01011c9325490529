/** Justified rows: pictures of any shape in rows of full width and nearly equal height. */

const PLAIN = 1.4;
const NARROWEST = 0.4;
const WIDEST = 3.2;

/** Width by height of a tile, kept within what looks well in a row. */
export function shape(asset) {
  const ratio = asset?.width && asset?.height ? asset.width / asset.height : PLAIN;
  return Math.min(WIDEST, Math.max(NARROWEST, ratio));
}

/**
 * Lay out tiles.
 * @param {number[]} shapes width by height of each tile.
 * @param {number} width of a row, pixels.
 * @param {number} wanted height of a row, pixels; the rows come near it.
 * @param {number} gap between tiles, pixels.
 * @param {boolean} ragged leave the last row at the wanted height, where no other tiles follow.
 * @returns {{tiles: Array<{x: number, y: number, width: number, height: number}>, height: number}}
 */
export function justify(shapes, width, wanted, gap, ragged) {
  const tiles = [];
  let y = 0;
  for (const row of breaks(shapes, width / wanted, ragged)) {
    const sum = row.reduce((total, at) => total + shapes[at], 0);
    const space = width - gap * (row.length - 1);
    const full = space / sum;
    const last = row.at(-1) === shapes.length - 1;
    const height = Math.round(ragged && last ? Math.min(full, wanted * 1.15) : Math.min(full, wanted * 2));
    let x = 0;
    for (const at of row) {
      const wide = Math.max(1, Math.round(shapes[at] * Math.min(height, full)));
      tiles.push({ x: Math.round(x), y, width: wide, height });
      x += shapes[at] * Math.min(height, full) + gap;
    }
    y += height + gap;
  }
  return { tiles, height: y };
}

/** How high a piece of tiles of unknown shapes will be, about. */
export function guess(count, width, wanted, gap) {
  const rows = Math.max(1, Math.round((count * PLAIN * wanted) / width));
  return rows * (wanted + gap);
}

/** Share tiles out to rows so that each holds about the same breadth. */
function breaks(shapes, breadth, ragged) {
  const sum = shapes.reduce((total, each) => total + each, 0);
  const count = Math.max(1, ragged ? Math.ceil(sum / breadth - 0.15) : Math.round(sum / breadth));
  const share = ragged ? breadth : sum / count;
  const rows = [[]];
  let filled = 0;
  shapes.forEach((each, at) => {
    const full = share * rows.length;
    if (rows.at(-1).length && rows.length < count && filled + each / 2 > full) rows.push([]);
    rows.at(-1).push(at);
    filled += each;
  });
  return rows;
}
