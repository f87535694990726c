// The sounds of the page, read from its JSON.

/** All columns have one value a sound; `groups` names and colours the kinds of sound. */
export class Sounds {
  constructor(content) {
    Object.assign(this, content);
    this.size = content.name.length;
    this.groupAt = new Map(content.groups.map((group, at) => [group.index, at]));
    this.counts = content.groups.map(() => 0);
    for (const group of content.group) this.counts[this.groupAt.get(group)] += 1;
  }

  groupOf(sound) {
    return this.groups[this.groupAt.get(this.group[sound])];
  }

  folderOf(sound) {
    return this.folders[this.folder[sound]];
  }

  creditOf(sound) {
    return this.credits[this.credit[sound]] ?? ["", "", "", ""];
  }

  isPlayable(sound) {
    return this.audio[sound + 1] > this.audio[sound];
  }

  /** Length, tempo and key in words. */
  factsOf(sound) {
    const facts = [lengthText(this.length[sound])];
    if (this.bpm[sound]) facts.push(`${Math.round(this.bpm[sound])} bpm`);
    if (this.key[sound]) facts.push(this.key[sound]);
    return facts;
  }
}

/** Seconds as a person reads them. */
export function lengthText(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")} min`;
}

/** A number with its noun. */
export function counted(number, noun) {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
