// The classes with their colours. Those that are pressed are shown alone; with none pressed all are shown.

import { element, swatch } from "./elements.mjs";

export class Legend {
  #root;
  #chosen = new Set();

  constructor(root, sounds, theme, onChange) {
    this.#root = root;
    this.sounds = sounds;
    this.theme = theme;
    this.onChange = onChange;
    this.draw();
  }

  /** Whether sounds of this group are shown. */
  shows(group) {
    return this.#chosen.size === 0 || this.#chosen.has(group);
  }

  clear() {
    if (!this.#chosen.size) return false;
    this.#chosen.clear();
    this.#changed();
    return true;
  }

  draw() {
    this.#root.replaceChildren(
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

  #toggle(group) {
    if (!this.#chosen.delete(group)) this.#chosen.add(group);
    this.#changed();
  }

  #changed() {
    for (const chip of this.#root.children) {
      chip.setAttribute("aria-pressed", String(this.#chosen.has(Number(chip.dataset.group))));
    }
    this.onChange();
  }
}
