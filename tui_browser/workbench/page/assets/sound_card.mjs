// The current sound: name, folder, what is known of it, its waveform, and what can be done with it.

import { element, swatch } from "./elements.mjs";
import { drawWaveform } from "./waveform.mjs";

export class SoundCard {
  #root;
  #wave = element("canvas", { class: "wave", "aria-hidden": "true" });
  #clip = null;

  constructor(root, sounds, theme, tracks, on) {
    this.#root = root;
    this.sounds = sounds;
    this.theme = theme;
    this.current = -1;
    this.title = element("h2", { dir: "auto" });
    this.folder = element("p", { class: "folder", dir: "auto" });
    this.facts = element("p", { class: "facts" });
    this.tags = element("ul", { class: "tags", "aria-label": "Tags" });
    this.credit = element("p", { class: "credit" });
    this.play = element("button", { type: "button", class: "main", onclick: on.play });
    this.similar = element("button", { type: "button", onclick: on.similar, title: "The most similar sound (n)" }, "Similar");
    const onTrack = tracks.map((name, track) =>
      element(
        "button",
        { type: "button", class: "small", onclick: () => on.assign(track), title: `Use it in the beat as ${name} (${track + 1})`,
          "aria-label": `Use it in the beat as ${name}` },
        String(track + 1),
      ),
    );
    this.mark = element("button", { type: "button", onclick: on.mark, title: "Mark it (f)" });
    this.actions = element(
      "div",
      { class: "actions" },
      this.play,
      this.similar,
      this.mark,
      element("span", { class: "assign", role: "group", "aria-label": "Use it in the beat" }, element("span", { class: "to-beat" }, "to beat"), ...onTrack),
    );
    this.#wave.onclick = on.play;
    root.append(
      element("div", { class: "words" }, this.title, this.folder, this.facts, this.tags, this.credit),
      this.#wave,
      this.actions,
    );
    this.show(-1);
  }

  show(sound) {
    this.current = sound;
    this.#clip = null;
    this.#root.classList.toggle("empty", sound < 0);
    if (sound < 0) {
      this.title.textContent = "No sound chosen";
      this.folder.textContent = "Move over the map, tap a dot, or walk with the arrow keys.";
      this.facts.replaceChildren();
      this.tags.replaceChildren();
      this.credit.replaceChildren();
      return;
    }
    const { sounds, theme } = this;
    const group = sounds.groupOf(sound);
    this.title.textContent = sounds.name[sound];
    this.title.title = sounds.name[sound];
    this.folder.textContent = sounds.folderOf(sound);
    const doubt = sounds.sure[sound] > 0 && sounds.sure[sound] < 0.5 ? "?" : "";
    const kind = element("span", { class: "kind" }, swatch(theme.group(group)), `${group.name}${doubt}`);
    this.facts.replaceChildren(kind, ...sounds.factsOf(sound).map((fact) => element("span", {}, fact)));
    if (!sounds.isPlayable(sound)) this.facts.append(element("span", { class: "warning" }, "could not be read"));
    this.tags.replaceChildren(...sounds.tags[sound].map((tag) => element("li", { dir: "auto" }, tag)));
    this.credit.replaceChildren(...creditParts(sounds.creditOf(sound)));
  }

  /** Show the waveform of the current sound once it is decoded. */
  hear(sound, clip) {
    if (sound === this.current) this.#clip = clip;
  }

  draw(isPlaying, elapsed, isMarked) {
    this.mark.textContent = isMarked ? "★" : "☆";
    this.mark.setAttribute("aria-label", "Mark");
    this.mark.setAttribute("aria-pressed", String(isMarked));
    this.play.textContent = isPlaying ? "■ Stop" : "▶ Play";
    this.play.disabled = this.similar.disabled = this.mark.disabled = this.current < 0;
    const length = this.#clip ? this.#clip.buffer.duration - this.#clip.begin : 1;
    const colour = this.current < 0 ? this.theme.role("muted") : this.theme.group(this.sounds.groupOf(this.current));
    const played = isPlaying ? elapsed / length : 0;
    drawWaveform(this.#wave, this.#clip?.buffer, this.#clip?.begin ?? 0, played, colour, this.theme.role("muted"));
  }
}

/** Author, licence and source as texts and links; nothing where unknown. */
export function creditParts([author, licence, url, licenceUrl]) {
  const parts = [author && `by ${author}`, linkOr(licence, licenceUrl), isOfTheWeb(url) && linkOr("source", url)].filter(Boolean);
  return parts.flatMap((part, at) => (at ? [" · ", part] : [part]));
}

function isOfTheWeb(url) {
  return /^https?:\/\//.test(url);
}

function linkOr(text, url) {
  if (!text || !isOfTheWeb(url)) return text;
  return element("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, text);
}
