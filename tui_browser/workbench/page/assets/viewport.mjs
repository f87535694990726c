// Where a place of the map (0 to 1, upwards) lies on the screen (pixels, downwards), and back.

/** Most that the map is stretched in one direction to fill the screen. */
export const MOST_STRETCH = 1.8;
const MOST_ZOOM = 200;

/** Pixels that one unit of the map has across and down when all of it is seen. */
export function fitScale(width, height, margin) {
  const across = Math.max(1, width - 2 * margin);
  const down = Math.max(1, height - 2 * margin);
  const least = Math.min(across, down);
  return [Math.min(across, least * MOST_STRETCH), Math.min(down, least * MOST_STRETCH)];
}

export class Viewport {
  constructor() {
    this.width = this.height = 1;
    this.margin = 24;
    this.fit();
  }

  resize(width, height) {
    this.width = width;
    this.height = height;
    this.margin = Math.max(20, Math.min(width, height) * 0.065);
    this.#keepInside();
  }

  fit() {
    this.zoom = 1;
    this.centreX = this.centreY = 0.5;
  }

  get scale() {
    return fitScale(this.width, this.height, this.margin).map((pixels) => pixels * this.zoom);
  }

  toScreen(x, y) {
    const [across, down] = this.scale;
    return [this.width / 2 + (x - this.centreX) * across, this.height / 2 - (y - this.centreY) * down];
  }

  toMap(left, top) {
    const [across, down] = this.scale;
    return [this.centreX + (left - this.width / 2) / across, this.centreY - (top - this.height / 2) / down];
  }

  pan(left, top) {
    const [across, down] = this.scale;
    this.centreX -= left / across;
    this.centreY += top / down;
    this.#keepInside();
  }

  /** Zoom by `factor`; what is at this place of the screen stays there. */
  zoomAt(factor, left, top) {
    const [x, y] = this.toMap(left, top);
    this.zoom = Math.min(MOST_ZOOM, Math.max(1, this.zoom * factor));
    const [across, down] = this.scale;
    this.centreX = x - (left - this.width / 2) / across;
    this.centreY = y + (top - this.height / 2) / down;
    this.#keepInside();
  }

  /** Move as little as needed for this place to be well inside the screen; whether that moved anything. */
  show(x, y) {
    const [left, top] = this.toScreen(x, y);
    const edge = Math.min(this.margin * 2, this.width / 4, this.height / 4);
    const right = Math.max(0, edge - left) - Math.max(0, left - (this.width - edge));
    const below = Math.max(0, edge - top) - Math.max(0, top - (this.height - edge));
    if (this.zoom === 1 || (right === 0 && below === 0)) return false;
    this.pan(right, below);
    return true;
  }

  /** The map never leaves the screen: with all of it seen it stands in the middle. */
  #keepInside() {
    const reach = 0.5 - 0.5 / this.zoom;
    this.centreX = Math.min(0.5 + reach, Math.max(0.5 - reach, this.centreX));
    this.centreY = Math.min(0.5 + reach, Math.max(0.5 - reach, this.centreY));
  }
}
