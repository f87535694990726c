// The classes with their colours. Those that are pressed are shown alone; with none pressed all are shown.

import { element, swatch } from "./elements.mjs";

export class Legend {
  #root;
  #chosen = new Set();
  #onlyMarked = false;

  constructor(root, sounds, theme, marks, onChange, onList) {
    this.#root = root;
    this.sounds = sounds;
    this.marks = marks;
    this.onList = onList;
    this.theme = theme;
    this.onChange = onChange;
    this.draw();
  }

  /** Whether this sound is shown. */
  shows(sound) {
    const group = this.sounds.group[sound];
    return (this.#chosen.size === 0 || this.#chosen.has(group)) && (!this.#onlyMarked || this.marks.has(sound));
  }

  get showsMarkedOnly() {
    return this.#onlyMarked;
  }

  clear() {
    if (!this.#chosen.size && !this.#onlyMarked) return false;
    this.#chosen.clear();
    this.#onlyMarked = false;
    this.#changed();
    return true;
  }

  draw() {
    const marked = this.marks.size ? this.#markedChips() : [];
    this.#root.replaceChildren(
      ...marked,
      ...this.sounds.groups.map((group, at) =>
        element(
          "button",
          {
            type: "button", class: "chip", "aria-pressed": String(this.#chosen.has(group.index)),
            title: `Show only ${group.name}`, data: { group: group.index }, onclick: () => this.#toggle(group.index),
          },
          swatch(this.theme.group(group)),
          group.name,
          element("span", { class: "number" }, this.sounds.counts[at].toLocaleString("en")),
        ),
      ),
    );
  }

  #markedChips() {
    const chip = element(
      "button",
      {
        type: "button", class: "chip", "aria-pressed": String(this.#onlyMarked), title: "Show only marked sounds",
        data: { marked: "" }, onclick: () => {
          this.#onlyMarked = !this.#onlyMarked;
          this.#changed();
        },
      },
      "★ marked", element("span", { class: "number" }, String(this.marks.size)),
    );
    return [chip, element("button", { type: "button", class: "chip", title: "Their names as text", onclick: this.onList }, "list")];
  }

  #toggle(group) {
    if (!this.#chosen.delete(group)) this.#chosen.add(group);
    this.#changed();
  }

  #changed() {
    for (const chip of this.#root.children) {
      const { group, marked } = chip.dataset;
      if (group !== undefined) chip.setAttribute("aria-pressed", String(this.#chosen.has(Number(group))));
      if (marked !== undefined) chip.setAttribute("aria-pressed", String(this.#onlyMarked));
    }
    this.onChange();
  }
}
