// Words on the map: what an area holds, and names where few sounds are seen.

const FEWEST = 8;
const MAJORITY = 0.6;
const MOST_NAMES = 60;

/** Squares of `side` pixels in which one group prevails: `{ group, left, top }`, each group once, fullest first. */
export function areasOf(points, groups, visible, side) {
  const cells = new Map();
  for (let sound = 0; sound < groups.length; sound += 1) {
    if (!visible[sound]) continue;
    const column = Math.floor(points[2 * sound] / side);
    const key = `${column} ${Math.floor(points[2 * sound + 1] / side)}`;
    const cell = cells.get(key) ?? { all: 0, groups: new Map() };
    cell.all += 1;
    const share = cell.groups.get(groups[sound]) ?? { count: 0, left: 0, top: 0 };
    share.count += 1;
    share.left += points[2 * sound];
    share.top += points[2 * sound + 1];
    cell.groups.set(groups[sound], share);
    cells.set(key, cell);
  }
  const fullest = new Map();
  for (const { all, groups: shares } of cells.values()) {
    for (const [group, { count, left, top }] of shares) {
      if (count < FEWEST || count < MAJORITY * all || count <= (fullest.get(group)?.count ?? 0)) continue;
      fullest.set(group, { group, count, left: left / count, top: top / count });
    }
  }
  return [...fullest.values()].sort((one, other) => other.count - one.count);
}

/** The sounds on the screen, if so few are seen that each may have its name. */
export function namedSounds(points, visible, width, height) {
  const seen = [];
  for (let sound = 0; sound < visible.length; sound += 1) {
    const [left, top] = [points[2 * sound], points[2 * sound + 1]];
    if (!visible[sound] || left < 0 || top < 0 || left > width || top > height) continue;
    if (seen.length === MOST_NAMES) return [];
    seen.push(sound);
  }
  return seen;
}

/** Boxes that do not overlap: `isFree` of each next one, which it takes. */
export class FreeSpace {
  #boxes = [];

  take(left, top, width, height) {
    const overlaps = this.#boxes.some(
      (box) => left < box[0] + box[2] && box[0] < left + width && top < box[1] + box[3] && box[1] < top + height,
    );
    if (!overlaps) this.#boxes.push([left, top, width, height]);
    return !overlaps;
  }
}
