// Light or dark: what the system asks for, until a person chooses.

export class PageTheme {
  #root = document.documentElement;
  #system = window.matchMedia("(prefers-color-scheme: light)");

  constructor(onChange) {
    this.onChange = onChange;
    this.#system.addEventListener("change", () => this.onChange());
  }

  /** "dark" or "light". */
  get name() {
    return this.#root.dataset.theme ?? (this.#system.matches ? "light" : "dark");
  }

  toggle() {
    this.#root.dataset.theme = this.name === "dark" ? "light" : "dark";
    this.onChange();
  }

  /** The colour of a role, such as "text", as "#rrggbb". */
  role(name) {
    return getComputedStyle(this.#root).getPropertyValue(`--${name}`).trim();
  }

  /** The colour of a group of sounds. */
  group(group) {
    return group[this.name];
  }
}

/** Whether a person asked for less motion. */
export function prefersLessMotion() {
  return window.matchMedia("(prefers-reduced-motion: reduce)").matches;
}
