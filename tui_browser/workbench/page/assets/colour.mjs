// Colours as text: mixing and reading.

/** The three channels of "#rrggbb". */
export function channels(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

/** `colour` with this opacity, 0 to 1. */
export function faded(colour, opacity) {
  return `rgba(${channels(colour).join(", ")}, ${opacity})`;
}

/** Black or white, whichever is read better on `colour`. */
export function inkOn(colour) {
  const [red, green, blue] = channels(colour);
  return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "#000000" : "#ffffff";
}
