// Which sound is nearest to a place, and which is next in a direction. Places are pixels at the present zoom.

const SIDEWAYS = 2;
/** How much a step aside counts against one ahead. */

/** The visible sound nearest to a place of the screen within `reach` pixels; -1 for none. */
export function nearestTo(points, left, top, reach, isVisible) {
  let nearest = -1;
  let least = reach * reach;
  for (let sound = 0; sound < points.length / 2; sound += 1) {
    const across = points[2 * sound] - left;
    const down = points[2 * sound + 1] - top;
    const far = across * across + down * down;
    if (far <= least && isVisible(sound)) {
      nearest = sound;
      least = far;
    }
  }
  return nearest;
}

/** The next visible sound from `from` in a direction (unit pixels); -1 where there is none. */
export function nextInDirection(points, from, across, down, isVisible) {
  let best = -1;
  let least = Infinity;
  for (const widest of [1, Infinity]) {
    for (let sound = 0; sound < points.length / 2; sound += 1) {
      if (sound === from || !isVisible(sound)) continue;
      const x = points[2 * sound] - points[2 * from];
      const y = points[2 * sound + 1] - points[2 * from + 1];
      const ahead = x * across + y * down;
      const aside = Math.abs(x * down - y * across);
      if (ahead <= 0.01 || aside > ahead * widest) continue;
      const cost = ahead + SIDEWAYS * aside;
      if (cost < least) {
        best = sound;
        least = cost;
      }
    }
    if (best >= 0) return best;
  }
  return -1;
}
