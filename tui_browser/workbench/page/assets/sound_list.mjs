// The sounds that match, as a list: one stop of the tab key, arrow keys move and play.

import { element, swatch } from "./elements.mjs";
import { counted } from "./sounds.mjs";

const MOST = 400;

export class SoundList {
  #shown = [];

  constructor(root, sounds, theme, on) {
    this.sounds = sounds;
    this.theme = theme;
    this.on = on;
    this.heading = element("h2");
    this.box = element("ul", { class: "list", tabIndex: 0, role: "listbox", "aria-label": "Matching sounds" });
    this.more = element("p", { class: "more" });
    this.box.addEventListener("click", (event) => {
      const row = event.target.closest("li");
      if (row) on.choose(Number(row.dataset.sound));
    });
    this.box.addEventListener("keydown", (event) => this.#onKey(event));
    root.append(this.heading, this.box, this.more);
  }

  show(found, query) {
    this.#shown = found.slice(0, MOST);
    this.heading.textContent = found.length ? counted(found.length, "sound") : `No sound matches “${query}”`;
    this.box.replaceChildren(
      ...this.#shown.map((sound) =>
        element(
          "li",
          { role: "option", id: `sound-${sound}`, "aria-selected": "false", data: { sound } },
          swatch(this.theme.group(this.sounds.groupOf(sound))),
          element("span", { class: "name", dir: "auto" }, this.sounds.name[sound]),
          element("span", { class: "where", dir: "auto" }, this.sounds.folderOf(sound)),
        ),
      ),
    );
    const left = found.length - this.#shown.length;
    this.more.textContent = left > 0 ? `and ${left.toLocaleString("en")} more: type to narrow` : "";
    this.box.scrollTop = 0;
  }

  mark(current) {
    this.box.querySelector('[aria-selected="true"]')?.setAttribute("aria-selected", "false");
    const row = document.getElementById(`sound-${current}`);
    row?.setAttribute("aria-selected", "true");
    if (row) {
      this.box.setAttribute("aria-activedescendant", row.id);
      if (document.activeElement !== this.box) this.#reveal(row);
      else row.scrollIntoView({ block: "nearest" });
    } else this.box.removeAttribute("aria-activedescendant");
  }

  #reveal(row) {
    const above = row.offsetTop - this.box.offsetTop;
    if (above < this.box.scrollTop || above + row.offsetHeight > this.box.scrollTop + this.box.clientHeight) {
      this.box.scrollTop = above - this.box.clientHeight / 2;
    }
  }

  #onKey(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1, j: 1, k: -1, PageDown: 10, PageUp: -10, Home: -MOST, End: MOST }[event.key];
    if (steps === undefined || event.ctrlKey || event.metaKey || event.altKey || !this.#shown.length) return;
    event.preventDefault();
    event.stopPropagation();
    const at = this.#shown.indexOf(this.on.current());
    const next = at < 0 ? 0 : Math.min(this.#shown.length - 1, Math.max(0, at + steps));
    this.on.choose(this.#shown[next]);
  }
}
