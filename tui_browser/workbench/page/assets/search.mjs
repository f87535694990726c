// Search: every word of the query has to be in a sound's name, folder, class or tags; -word must not be.

const FIELDS = new Set(["name", "folder", "class", "tag"]);

/** Text without case and accents, as it is compared. */
export function folded(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/** The terms of a query: `{ field, text, without }`; the field is empty where any of them counts. */
export function termsOf(query) {
  return query
    .split(/\s+/)
    .filter((word) => word !== "" && word !== "-")
    .map((word) => {
      const without = word.startsWith("-");
      const plain = without ? word.slice(1) : word;
      const colon = plain.indexOf(":");
      const field = plain.slice(0, Math.max(0, colon));
      if (FIELDS.has(field)) return { field, text: folded(plain.slice(colon + 1)), without };
      return { field: "", text: folded(plain), without };
    })
    .filter((term) => term.text !== "");
}

/** What queries are matched against. */
export class SearchIndex {
  constructor(sounds) {
    this.size = sounds.size;
    this.name = sounds.name.map(folded);
    this.folder = sounds.folders.map(folded);
    this.folderAt = sounds.folder;
    this.tag = sounds.tags.map((tags) => folded(tags.join(" ")));
    this.class = sounds.group.map((_, sound) => folded(sounds.groupOf(sound).name));
    this.all = sounds.name.map((_, sound) =>
      [this.name[sound], this.folder[this.folderAt[sound]], this.class[sound], this.tag[sound]].join("\n"),
    );
  }

  /** The sounds that match, best first: those whose names begin with the first word before the others. */
  find(query) {
    const terms = termsOf(query);
    const found = [];
    for (let sound = 0; sound < this.size; sound += 1) {
      if (terms.every((term) => this.#matches(sound, term))) found.push(sound);
    }
    const first = terms.find((term) => !term.without);
    if (!first) return found;
    const ranks = new Map(found.map((sound) => [sound, this.#rank(sound, first.text)]));
    return found.sort((one, other) => ranks.get(one) - ranks.get(other) || one - other);
  }

  #matches(sound, { field, text, without }) {
    const value = field === "folder" ? this.folder[this.folderAt[sound]] : this[field || "all"][sound];
    return value.includes(text) !== without;
  }

  #rank(sound, text) {
    const at = this.name[sound].indexOf(text);
    if (at === 0) return 0;
    if (at < 0) return 3;
    return /[a-z0-9]/.test(this.name[sound][at - 1]) ? 2 : 1;
  }
}
