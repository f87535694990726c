// The beat as data: four tracks of sixteen steps, what each plays, and when.

export const STEPS = 16;
export const SLOWEST = 60;
export const FASTEST = 200;
const CANDIDATES = 20;
/** Sounds most like a track's class that a shuffle draws from. */
const FIRST_BEAT = ["x.....x.x...x...", "....x.......x...", "x.x.x.x.x.x.x.x.", "..............x."];

/** Seconds from one step to the next. */
export function stepSeconds(bpm) {
  return 60 / bpm / 4;
}

export class Pattern {
  constructor(tracks) {
    this.bpm = 120;
    this.tracks = tracks.map((name, track) => ({
      name: name.replace("_", " "),
      sound: -1,
      steps: Array.from({ length: STEPS }, (_, step) => (FIRST_BEAT[track] ?? "")[step] === "x"),
    }));
  }

  setBpm(bpm) {
    if (Number.isFinite(bpm)) this.bpm = Math.min(FASTEST, Math.max(SLOWEST, Math.round(bpm)));
  }

  toggle(track, step) {
    this.tracks[track].steps[step] = !this.tracks[track].steps[step];
    return this.tracks[track].steps[step];
  }

  clear() {
    for (const track of this.tracks) track.steps.fill(false);
  }

  /** The sounds of one step. */
  soundsAt(step) {
    return this.tracks.filter((track) => track.steps[step % STEPS] && track.sound >= 0).map((track) => track.sound);
  }
}

/** The sounds among `allowed` that are most like each class: the CANDIDATES nearest, or all where none is known. */
export function candidates(likeness, track, allowed) {
  const far = likeness[track] ?? [];
  if (!far.length) return allowed;
  return [...allowed].sort((one, other) => far[one] - far[other] || one - other).slice(0, CANDIDATES);
}

/** A sound for each track, each another one where there are enough; `draw(n)` gives a number below n. */
export function drawSounds(likeness, tracks, allowed, draw) {
  const taken = new Set();
  return Array.from({ length: tracks }, (_, track) => {
    const choices = candidates(likeness, track, allowed);
    const free = choices.filter((sound) => !taken.has(sound));
    const from = free.length ? free : choices;
    const sound = from.length ? from[draw(from.length)] : -1;
    taken.add(sound);
    return sound;
  });
}
