// Sounds that a person marked, kept by the browser for this page where it allows that.

export class Marks {
  #sounds;
  #key;
  #marked;

  constructor(sounds) {
    this.#sounds = sounds;
    this.#key = `marks of ${sounds.title} (${sounds.size})`;
    this.#marked = new Set(this.#kept().filter((sound) => sound >= 0 && sound < sounds.size));
  }

  get size() {
    return this.#marked.size;
  }

  has(sound) {
    return this.#marked.has(sound);
  }

  toggle(sound) {
    if (!this.#marked.delete(sound)) this.#marked.add(sound);
    try {
      localStorage.setItem(this.#key, JSON.stringify([...this.#marked]));
    } catch {
      // a browser may keep nothing for files: then marks last as long as the page is open
    }
    return this.has(sound);
  }

  /** Folder and name of each, one a line, in the order of the page. */
  get text() {
    const sounds = [...this.#marked].sort((one, other) => one - other);
    return sounds.map((sound) => [this.#sounds.folderOf(sound), this.#sounds.name[sound]].filter(Boolean).join("/")).join("\n");
  }

  #kept() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.#key) ?? "[]");
      return Array.isArray(kept) ? kept.filter(Number.isInteger) : [];
    } catch {
      return [];
    }
  }
}
