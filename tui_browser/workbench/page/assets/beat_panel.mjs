// The beat: four tracks of sixteen steps, tempo, shuffle, and a WAV of it.

import { element, swatch } from "./elements.mjs";
import { FASTEST, SLOWEST, STEPS } from "./pattern.mjs";

export class BeatPanel {
  #cells = [];
  #names = [];
  #lit = -1;

  constructor(root, pattern, sounds, theme, on) {
    this.root = root;
    this.pattern = pattern;
    this.sounds = sounds;
    this.theme = theme;
    this.on = on;
    this.play = element("button", { type: "button", class: "main", onclick: on.play, title: "Play the beat (p)" });
    this.tempo = element("input", {
      type: "number", id: "tempo", min: SLOWEST, max: FASTEST, step: 1, value: pattern.bpm, inputMode: "numeric",
      onchange: () => this.#setTempo(Number(this.tempo.value)),
    });
    const shuffle = element("button", { type: "button", onclick: on.shuffle, title: "Other sounds of the same kinds (r)" }, "Shuffle");
    const clear = element("button", { type: "button", onclick: () => this.#clear() }, "Clear");
    this.save = element("button", { type: "button", onclick: on.save, title: "Four bars as a WAV" }, "Save WAV");
    root.append(
      element(
        "div",
        { class: "controls" },
        this.play,
        element("label", { for: "tempo", class: "tempo" }, "bpm ", this.tempo),
        shuffle, clear, this.save,
      ),
      element("div", { class: "grid", role: "group", "aria-label": "Steps", onkeydown: (event) => this.#onKey(event) },
        ...pattern.tracks.map((_, track) => this.#row(track))),
    );
    this.draw(false);
  }

  #row(track) {
    const name = element("button", { type: "button", class: "track", onclick: () => this.on.choose(track) });
    this.#names.push(name);
    const cells = Array.from({ length: STEPS }, (_, step) =>
      element("button", {
        type: "button", class: "step", tabIndex: track || step ? -1 : 0,
        data: { track, step }, onclick: () => this.#toggle(track, step),
      }),
    );
    this.#cells.push(cells);
    const beats = [0, 4, 8, 12].map((first) => element("div", { class: "four" }, ...cells.slice(first, first + 4)));
    return element("div", { class: "row" }, name, element("div", { class: "steps" }, ...beats));
  }

  /** Show pattern, sounds and whether it plays. */
  draw(isPlaying) {
    this.play.textContent = isPlaying ? "■ Stop" : "▶ Play beat";
    this.play.setAttribute("aria-pressed", String(isPlaying));
    this.tempo.value = this.pattern.bpm;
    this.pattern.tracks.forEach((track, at) => {
      const known = track.sound >= 0;
      const colour = known ? this.theme.group(this.sounds.groupOf(track.sound)) : this.theme.role("muted");
      this.#names[at].replaceChildren(
        element("b", {}, String(at + 1)), swatch(colour),
        element("span", { class: "name", dir: "auto" }, known ? this.sounds.name[track.sound] : "no sound"),
      );
      this.#names[at].title = known ? `${track.name}: ${this.sounds.name[track.sound]}` : track.name;
      this.#cells[at].forEach((cell, step) => {
        cell.setAttribute("aria-pressed", String(track.steps[step]));
        cell.setAttribute("aria-label", `${track.name}, step ${step + 1}`);
        cell.style.setProperty("--colour", colour);
      });
    });
  }

  /** Light the step that is heard; -1 for none. */
  light(step) {
    if (step === this.#lit) return;
    for (const cells of this.#cells) {
      cells[this.#lit]?.classList.remove("now");
      cells[step]?.classList.add("now");
    }
    this.#lit = step;
  }

  #toggle(track, step) {
    this.pattern.toggle(track, step);
    this.on.change();
    this.#focus(track, step);
  }

  #clear() {
    this.pattern.clear();
    this.on.change();
  }

  #setTempo(bpm) {
    this.pattern.setBpm(bpm);
    this.on.change();
  }

  #focus(track, step) {
    for (const cell of this.#cells.flat()) cell.tabIndex = -1;
    const cell = this.#cells[track][step];
    cell.tabIndex = 0;
    cell.focus();
  }

  #onKey(event) {
    const { track, step } = event.target.dataset;
    const moves = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0], l: [0, 1], h: [0, -1], j: [1, 0], k: [-1, 0] };
    const move = moves[event.key];
    if (step === undefined || !move || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const count = this.#cells.length;
    this.#focus((Number(track) + move[0] + count) % count, (Number(step) + move[1] + STEPS) % STEPS);
  }
}
