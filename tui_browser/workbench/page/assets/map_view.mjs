// Draws the map on its canvas, once a frame at most and only after a change.

import { faded, inkOn } from "./colour.mjs";
import { FreeSpace, areasOf, namedSounds } from "./map_labels.mjs";
import { prefersLessMotion } from "./theme.mjs";

const PULSE_S = 0.5;
const LINES = 6;
const NARROWED = 1.3;
/** Sounds that a search found are larger. */
const AREA_LINES = 7;
/** Height of the squares that have a word, in lines of text. */

export class MapView {
  #canvas;
  #paint;
  #frame = 0;
  #sprites = new Map();
  #pixelRatio = 1;
  #ground = document.createElement("canvas");
  #isGroundStale = true;
  #handles = [];
  #named = new Set();

  constructor(canvas, sounds, viewport, theme, marks) {
    this.#canvas = canvas;
    this.#paint = canvas.getContext("2d");
    this.sounds = sounds;
    this.viewport = viewport;
    this.theme = theme;
    this.points = new Float32Array(2 * sounds.size);
    this.visible = new Uint8Array(sounds.size).fill(1);
    this.marks = marks;
    this.current = -1;
    this.elapsed = () => 0;
    /** Seconds since the current sound began; 0 while it is silent. */
    new ResizeObserver(() => this.resize()).observe(canvas.parentElement);
    this.resize();
  }

  resize() {
    const { width, height } = this.#canvas.parentElement.getBoundingClientRect();
    this.#pixelRatio = window.devicePixelRatio || 1;
    this.#canvas.width = Math.max(1, Math.round(width * this.#pixelRatio));
    this.#canvas.height = Math.max(1, Math.round(height * this.#pixelRatio));
    this.viewport.resize(Math.max(1, width), Math.max(1, height));
    this.moved();
  }

  /** Show the sounds of the beat: `{ sound, label, isLit }`. */
  set handles(handles) {
    const places = (list) => list.map(({ sound }) => sound).join(" ");
    if (places(handles) !== places(this.#handles)) this.#isGroundStale = true;
    this.#handles = handles;
  }

  /** After other sounds are visible or the theme changed. */
  changed() {
    this.#isGroundStale = true;
    this.refresh();
  }

  /** After the viewport moved. */
  moved() {
    const { sounds, viewport, points } = this;
    for (let sound = 0; sound < sounds.size; sound += 1) {
      const [left, top] = viewport.toScreen(sounds.x[sound], sounds.y[sound]);
      points[2 * sound] = left;
      points[2 * sound + 1] = top;
    }
    this.changed();
  }

  refresh() {
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  /** Radius of a dot in pixels: smaller for many sounds, larger when zoomed in. */
  get radius() {
    const { width, height, zoom } = this.viewport;
    const room = Math.sqrt((width * height) / Math.max(1, this.sounds.size));
    return Math.max(2, Math.min(11, 0.17 * room * Math.pow(zoom, 0.3)));
  }

  #draw() {
    this.#frame = 0;
    if (this.#isGroundStale) this.#drawGround();
    const paint = this.#paint;
    paint.setTransform(1, 0, 0, 1, 0, 0);
    paint.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    paint.drawImage(this.#ground, 0, 0);
    paint.setTransform(this.#pixelRatio, 0, 0, this.#pixelRatio, 0, 0);
    if (this.current >= 0) this.#drawCurrent();
    this.#drawHandles();
    if (this.current >= 0 && this.visible[this.current]) this.#drawCaption();
    this.#canvas.dataset.drawn = "true";
    if (this.elapsed() > 0 && !prefersLessMotion()) this.refresh();
  }

  /** What stays while sounds play: all dots and words, drawn once until something moves. */
  #drawGround() {
    this.#isGroundStale = false;
    this.#ground.width = this.#canvas.width;
    this.#ground.height = this.#canvas.height;
    const screen = this.#paint;
    this.#paint = this.#ground.getContext("2d");
    this.#paint.setTransform(this.#pixelRatio, 0, 0, this.#pixelRatio, 0, 0);
    this.#drawDots();
    this.#drawMarks();
    this.#drawAreas();
    this.#drawNames();
    this.#paint = screen;
  }

  #drawDots() {
    const { sounds, points, visible, theme, radius } = this;
    const ground = this.#sprite(theme.role("ground"), radius * 0.7, 0.55);
    for (let sound = 0; sound < sounds.size; sound += 1) {
      if (!visible[sound]) this.#stamp(ground, points[2 * sound], points[2 * sound + 1]);
    }
    const isNarrowed = visible.includes(0);
    const size = isNarrowed ? radius * NARROWED : radius;
    const sprites = sounds.groups.map((group) => this.#sprite(theme.group(group), size, 0.92));
    for (let sound = 0; sound < sounds.size; sound += 1) {
      if (!visible[sound]) continue;
      this.#stamp(sprites[sounds.groupAt.get(sounds.group[sound])], points[2 * sound], points[2 * sound + 1]);
    }
  }

  #drawMarks() {
    const { sounds, points, visible, marks, radius } = this;
    const paint = this.#paint;
    paint.strokeStyle = this.theme.role("text");
    paint.lineWidth = 2;
    for (let sound = 0; marks.size && sound < sounds.size; sound += 1) {
      if (!marks.has(sound) || !visible[sound]) continue;
      this.#circle(points[2 * sound], points[2 * sound + 1], radius + 2);
      paint.stroke();
    }
  }

  #drawCurrent() {
    const { sounds, points, visible, theme, current, radius } = this;
    const [left, top] = [points[2 * current], points[2 * current + 1]];
    const paint = this.#paint;
    paint.lineWidth = 1;
    paint.strokeStyle = faded(theme.role("text"), 0.35);
    for (const other of (sounds.near[current] ?? []).filter((sound) => visible[sound]).slice(0, LINES)) {
      paint.beginPath();
      paint.moveTo(left, top);
      paint.lineTo(points[2 * other], points[2 * other + 1]);
      paint.stroke();
    }
    const elapsed = this.elapsed();
    if (elapsed > 0 && elapsed < PULSE_S && !prefersLessMotion()) {
      paint.strokeStyle = faded(theme.group(sounds.groupOf(current)), 1 - elapsed / PULSE_S);
      paint.lineWidth = 2;
      this.#circle(left, top, radius + 5 + 26 * (elapsed / PULSE_S));
      paint.stroke();
    }
    paint.fillStyle = theme.group(sounds.groupOf(current));
    this.#circle(left, top, radius + 2);
    paint.fill();
    paint.strokeStyle = theme.role("cursor");
    paint.lineWidth = 2;
    this.#circle(left, top, radius + 5);
    paint.stroke();
  }

  #drawHandles() {
    const { points, theme, radius } = this;
    const paint = this.#paint;
    const size = this.#fontPx * 0.72;
    for (const { sound, label, isLit } of this.#handles) {
      const [left, top] = [points[2 * sound], points[2 * sound + 1]];
      const colour = theme.group(this.sounds.groupOf(sound));
      paint.fillStyle = isLit ? theme.role("text") : colour;
      paint.strokeStyle = theme.role("background");
      paint.lineWidth = 2.5;
      this.#circle(left, top, Math.max(size, radius + 4) + (isLit && !prefersLessMotion() ? 4 : 0));
      paint.fill();
      paint.stroke();
      paint.fillStyle = inkOn(isLit ? theme.role("text") : colour);
      paint.font = `700 ${size * 1.15}px system-ui, sans-serif`;
      paint.textAlign = "center";
      paint.textBaseline = "middle";
      paint.fillText(label, left, top + 0.5);
    }
  }

  #drawAreas() {
    const { sounds, points, theme } = this;
    const paint = this.#paint;
    const space = new FreeSpace();
    for (const { sound } of this.#handles) {
      space.take(points[2 * sound] - this.#fontPx, points[2 * sound + 1] - this.#fontPx, 2 * this.#fontPx, 2 * this.#fontPx);
    }
    paint.font = `600 ${this.#fontPx * 0.92}px system-ui, sans-serif`;
    paint.textAlign = "center";
    paint.textBaseline = "middle";
    paint.lineJoin = "round";
    for (const { group, left, top } of areasOf(points, sounds.group, this.visible, AREA_LINES * this.#fontPx)) {
      const text = sounds.groups[sounds.groupAt.get(group)].name;
      const width = paint.measureText(text).width + 12;
      const x = Math.min(this.viewport.width - width / 2, Math.max(width / 2, left));
      if (!space.take(x - width / 2, top - this.#fontPx, width, 2 * this.#fontPx)) continue;
      paint.lineWidth = 4;
      paint.strokeStyle = faded(theme.role("background"), 0.85);
      paint.strokeText(text, x, top);
      paint.fillStyle = theme.role("text");
      paint.fillText(text, x, top);
    }
  }

  #drawNames() {
    const { sounds, points, visible, viewport, radius, theme } = this;
    this.#named.clear();
    if (viewport.zoom < 2) return;
    const paint = this.#paint;
    const space = new FreeSpace();
    const size = this.#fontPx * 0.78;
    paint.font = `${size}px system-ui, sans-serif`;
    paint.textAlign = "left";
    paint.textBaseline = "middle";
    paint.fillStyle = theme.role("muted");
    for (const sound of namedSounds(points, visible, viewport.width, viewport.height)) {
      const text = shortened(sounds.name[sound], 28);
      const [left, top] = [points[2 * sound] + radius + 5, points[2 * sound + 1]];
      if (!space.take(left, top - size / 2, paint.measureText(text).width, size)) continue;
      paint.fillText(text, left, top);
      this.#named.add(sound);
    }
  }

  #drawCaption() {
    const { sounds, points, current, viewport, radius, theme } = this;
    const paint = this.#paint;
    const size = this.#fontPx * 0.88;
    const text = shortened(sounds.name[current], 44);
    paint.font = `600 ${size}px system-ui, sans-serif`;
    paint.textAlign = "left";
    paint.textBaseline = "middle";
    const width = paint.measureText(text).width + 1.2 * size;
    const height = 1.9 * size;
    const [dotLeft, dotTop] = [points[2 * current], points[2 * current + 1]];
    const left = Math.min(viewport.width - width - 4, Math.max(4, dotLeft + radius + 10));
    const above = dotTop - radius - height - 8;
    const beside = above < 4 ? dotTop + radius + 8 : above;
    const top = this.#named.has(current) ? dotTop - height / 2 : beside;
    paint.fillStyle = theme.role("panel");
    paint.strokeStyle = theme.group(sounds.groupOf(current));
    paint.lineWidth = 1.5;
    paint.beginPath();
    paint.roundRect(left, top, width, height, height / 3);
    paint.fill();
    paint.stroke();
    paint.fillStyle = theme.role("text");
    paint.fillText(text, left + 0.6 * size, top + height / 2);
  }

  get #fontPx() {
    return parseFloat(getComputedStyle(document.documentElement).fontSize);
  }

  #circle(left, top, radius) {
    this.#paint.beginPath();
    this.#paint.arc(left, top, radius, 0, 2 * Math.PI);
  }

  #stamp(sprite, left, top) {
    const half = sprite.width / this.#pixelRatio / 2;
    this.#paint.drawImage(sprite, left - half, top - half, 2 * half, 2 * half);
  }

  /** A dot drawn once, so that thousands are drawn fast. */
  #sprite(colour, radius, opacity) {
    const key = `${colour} ${radius} ${opacity} ${this.#pixelRatio}`;
    const known = this.#sprites.get(key);
    if (known) return known;
    if (this.#sprites.size > 200) this.#sprites.clear();
    const sprite = document.createElement("canvas");
    sprite.width = sprite.height = 2 * Math.ceil((radius + 1) * this.#pixelRatio);
    const paint = sprite.getContext("2d");
    paint.fillStyle = faded(colour, opacity);
    paint.beginPath();
    paint.arc(sprite.width / 2, sprite.width / 2, radius * this.#pixelRatio, 0, 2 * Math.PI);
    paint.fill();
    this.#sprites.set(key, sprite);
    return sprite;
  }
}

/** The text with its middle left out where it is longer than `most` characters. */
export function shortened(text, most) {
  const chars = [...text];
  if (chars.length <= most) return text;
  const half = Math.floor((most - 1) / 2);
  return `${chars.slice(0, half).join("")}…${chars.slice(chars.length - half).join("")}`;
}
