// The page: what a person does goes to the parts, what changed is drawn.

import { SoundPlayer } from "./audio.mjs";
import { BeatPanel } from "./beat_panel.mjs";
import { BeatPlayer } from "./beat_player.mjs";
import { fillCredits, fillHelp, fillMarked } from "./dialogs.mjs";
import { watchKeys } from "./keys.mjs";
import { Legend } from "./legend.mjs";
import { watchPointers } from "./map_pointer.mjs";
import { MapView } from "./map_view.mjs";
import { Marks } from "./marks.mjs";
import { Pattern, drawSounds } from "./pattern.mjs";
import { nearestTo, nextInDirection } from "./places.mjs";
import { SearchIndex } from "./search.mjs";
import { SoundCard } from "./sound_card.mjs";
import { SoundList } from "./sound_list.mjs";
import { Sounds, counted } from "./sounds.mjs";
import { PageTheme } from "./theme.mjs";
import { Viewport } from "./viewport.mjs";
import { wavBytes } from "./wav.mjs";

const HOVER_PX = 26;
const TAP_PX = 34;
const HANDLE_PX = 20;
const PAN_PX = 90;
const ZOOM = 1.5;
const SAVED_BARS = 4;

class Page {
  constructor(content) {
    const byId = (id) => document.getElementById(id);
    this.byId = byId;
    this.sounds = new Sounds(content);
    this.theme = new PageTheme(() => this.restyle());
    this.viewport = new Viewport();
    this.marks = new Marks(this.sounds);
    this.map = new MapView(byId("canvas"), this.sounds, this.viewport, this.theme, this.marks);
    this.index = new SearchIndex(this.sounds);
    this.player = new SoundPlayer(this.sounds, () => this.refresh());
    this.pattern = new Pattern(content.tracks);
    this.beat = new BeatPlayer(this.player, this.pattern);
    this.current = this.map.current = -1;
    this.found = [...this.sounds.name.keys()];
    this.hovers = true;
    this.dragged = -1;
    this.trail = { anchor: -1, at: -1 };
    const tracks = this.pattern.tracks.map((track) => track.name);
    this.card = new SoundCard(byId("card"), this.sounds, this.theme, tracks, {
      play: () => this.playOrStop(), similar: () => this.similar(1), assign: (track) => this.assign(track),
      mark: () => this.mark(),
    });
    this.list = new SoundList(byId("sounds"), this.sounds, this.theme, {
      choose: (sound) => this.choose(sound, { spoken: true }), current: () => this.current,
    });
    this.legend = new Legend(byId("legend"), this.sounds, this.theme, this.marks, () => this.search(), () => {
      fillMarked(byId("marked"), this.marks);
      byId("marked").showModal();
    });
    this.draw(() => 0);
    this.panel = new BeatPanel(byId("beat"), this.pattern, this.sounds, this.theme, {
      play: () => this.playBeat(), shuffle: () => this.shuffle(), save: () => this.saveBeat(),
      change: () => this.beatChanged(), choose: (track) => this.choose(this.pattern.tracks[track].sound, { spoken: true }),
    });
    this.map.elapsed = () => (this.player.playing === this.current ? this.player.elapsed : 0);
    this.watch();
    this.search();
    this.beatChanged();
    if (window.matchMedia("(max-width: 56rem), (max-height: 36rem)").matches) this.showBeat(false);
    this.hint();
  }

  watch() {
    const { byId, player } = this;
    for (const kind of ["pointerdown", "pointerup", "keydown"]) {
      document.addEventListener(
        kind,
        () => {
          player.allow();
          document.body.classList.toggle("by-keys", kind === "keydown");
        },
        { capture: true },
      );
    }
    watchPointers(byId("canvas"), {
      hover: (left, top) => this.hoverAt(left, top, HOVER_PX),
      tap: (left, top, kind) => this.tapAt(left, top, kind === "mouse" ? HOVER_PX : TAP_PX),
      pan: (left, top) => this.moveView(() => this.viewport.pan(left, top)),
      zoom: (factor, left, top) => this.moveView(() => this.viewport.zoomAt(factor, left, top)),
      grab: (left, top) => this.grab(left, top),
      drag: (left, top) => this.dragHandle(left, top),
      drop: () => (this.dragged = -1),
    });
    watchKeys({
      walk: (across, down) => this.walk(across, down),
      pan: (across, down) => this.moveView(() => this.viewport.pan(across * PAN_PX, down * PAN_PX)),
      zoom: (steps) => this.zoomAtCurrent(ZOOM ** steps),
      fit: () => this.moveView(() => this.viewport.fit()),
      play: () => this.playOrStop(), similar: (step) => this.similar(step),
      search: () => byId("search").select(), escape: () => this.escape(),
      mark: () => this.mark(), toggleHover: () => this.toggleHover(), toBeat: () => this.toBeat(), playBeat: () => this.playBeat(),
      shuffle: () => this.shuffle(), theme: () => this.theme.toggle(), help: () => this.help(),
      assign: (track) => this.assign(track),
    });
    byId("search").addEventListener("input", () => this.search());
    byId("search").addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" && this.found.length) {
        event.preventDefault();
        this.list.box.focus();
        if (!this.map.visible[this.current]) this.choose(this.found[0], { spoken: true });
      }
    });
    byId("search-form").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.found.length) this.choose(this.found[0], { spoken: true });
      byId("canvas").focus();
    });
    byId("beat-button").onclick = () => this.showBeat(byId("beat").hidden);
    byId("theme-button").onclick = () => this.theme.toggle();
    byId("help-button").onclick = () => this.help();
    byId("zoom").addEventListener("click", (event) => {
      const kind = event.target.dataset.zoom;
      if (kind === "fit") this.moveView(() => this.viewport.fit());
      else if (kind) this.zoomAtCurrent(kind === "in" ? ZOOM : 1 / ZOOM);
    });
  }

  /** Make a sound the current one, and play it unless `silent`. */
  choose(sound, { silent = false, spoken = false, keepTrail = false } = {}) {
    if (sound < 0) return;
    this.current = this.map.current = sound;
    if (!keepTrail) this.trail = { anchor: -1, at: -1 };
    this.card.show(sound);
    this.list.mark(sound);
    if (spoken) {
      this.byId("live").textContent = `${this.sounds.name[sound]}, ${this.sounds.groupOf(sound).name}`;
      if (this.viewport.show(this.sounds.x[sound], this.sounds.y[sound])) this.map.moved();
    }
    this.player.clip(sound).then((clip) => {
      this.card.hear(sound, clip);
      this.refresh();
    });
    if (!silent) this.player.play(sound);
    this.refresh();
  }

  hoverAt(left, top, reach) {
    const sound = nearestTo(this.map.points, left, top, reach, (at) => this.map.visible[at]);
    const onHandle = this.handleAt(left, top) >= 0;
    this.byId("canvas").classList.toggle("over", sound >= 0);
    this.byId("canvas").classList.toggle("on-handle", onHandle);
    if (sound >= 0 && sound !== this.current) this.choose(sound, { silent: !this.hovers });
  }

  tapAt(left, top, reach) {
    this.byId("canvas").focus();
    const sound = nearestTo(this.map.points, left, top, reach, (at) => this.map.visible[at]);
    if (sound >= 0) this.choose(sound);
  }

  walk(across, down) {
    const { visible, points } = this.map;
    const next =
      this.current < 0 || !visible[this.current]
        ? nearestTo(points, this.viewport.width / 2, this.viewport.height / 2, Infinity, (at) => visible[at])
        : nextInDirection(points, this.current, across, down, (at) => visible[at]);
    this.choose(next, { spoken: true, silent: !this.hovers });
  }

  /** Along the list of sounds most like the one where this began. */
  similar(step) {
    if (this.current < 0) return this.walk(0, 0);
    if (this.trail.anchor < 0) this.trail = { anchor: this.current, at: -1 };
    const near = this.sounds.near[this.trail.anchor].filter((sound) => this.map.visible[sound]);
    const trail = [this.trail.anchor, ...near];
    const at = Math.min(trail.length - 1, Math.max(0, this.trail.at + 1 + step));
    this.trail.at = at - 1;
    this.choose(trail[at], { spoken: true, keepTrail: true });
  }

  playOrStop() {
    if (this.player.playing === this.current && this.current >= 0) this.player.stop();
    else if (this.current >= 0) this.player.play(this.current);
    else this.walk(0, 0);
  }

  search() {
    const query = this.byId("search").value;
    const { visible } = this.map;
    this.found = this.index.find(query).filter((sound) => this.legend.shows(sound));
    visible.fill(0);
    for (const sound of this.found) visible[sound] = 1;
    const all = this.sounds.size;
    this.byId("count").textContent =
      this.found.length === all ? counted(all, "sound") : `${this.found.length.toLocaleString("en")} of ${counted(all, "sound")}`;
    document.body.classList.toggle("searching", query.trim() !== "");
    this.list.show(this.found, query.trim());
    this.list.mark(this.current);
    this.map.changed();
  }

  escape() {
    const field = this.byId("search");
    if (field.value) field.value = "";
    else this.legend.clear();
    this.search();
    this.player.stop();
    this.byId("canvas").focus();
  }

  mark() {
    if (this.current < 0) return;
    const isMarked = this.marks.toggle(this.current);
    this.byId("live").textContent = isMarked ? "marked" : "no longer marked";
    this.legend.draw();
    if (this.legend.showsMarkedOnly && !this.marks.size) this.legend.clear();
    else if (this.legend.showsMarkedOnly) this.search();
    else this.map.changed();
    this.refresh();
  }

  toggleHover() {
    this.hovers = !this.hovers;
    this.byId("live").textContent = this.hovers ? "Sounds play as you move." : "Sounds play with space only.";
    this.hint(this.byId("live").textContent);
  }

  moveView(move) {
    move();
    this.byId("map").classList.toggle("whole", this.viewport.zoom === 1);
    this.map.moved();
  }

  zoomAtCurrent(factor) {
    const seen = this.current >= 0 && this.map.visible[this.current];
    const place = seen
      ? [this.map.points[2 * this.current], this.map.points[2 * this.current + 1]]
      : [this.viewport.width / 2, this.viewport.height / 2];
    this.moveView(() => this.viewport.zoomAt(factor, ...place));
  }

  // --- the beat

  draw(below) {
    const allowed = this.found.filter((sound) => this.sounds.isPlayable(sound));
    drawSounds(this.sounds.likeness, this.pattern.tracks.length, allowed, below).forEach((sound, track) => {
      if (sound >= 0) this.pattern.tracks[track].sound = sound;
    });
  }

  shuffle() {
    this.draw((count) => Math.floor(Math.random() * count));
    this.beatChanged();
  }

  assign(track) {
    if (this.current < 0 || !this.sounds.isPlayable(this.current)) return;
    this.pattern.tracks[track].sound = this.current;
    this.beatChanged();
  }

  beatChanged() {
    if (this.player.context) this.beat.load();
    this.refresh();
  }

  playBeat() {
    if (this.beat.isPlaying) this.beat.stop();
    else this.beat.start().then(() => this.refresh());
    this.refresh();
  }

  showBeat(isShown) {
    this.byId("beat").hidden = !isShown;
    this.byId("beat-button").setAttribute("aria-expanded", String(isShown));
    this.map.resize();
  }

  toBeat() {
    if (this.byId("beat").contains(document.activeElement)) {
      this.byId("canvas").focus();
      return;
    }
    this.showBeat(true);
    this.panel.play.focus();
  }

  async saveBeat() {
    const channels = await this.beat.render(SAVED_BARS);
    const file = new Blob([wavBytes(channels, 44100)], { type: "audio/wav" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(file);
    link.download = `beat-${this.pattern.bpm}bpm.wav`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  handleAt(left, top) {
    if (this.byId("beat").hidden) return -1;
    const { points } = this.map;
    return this.pattern.tracks.findIndex(
      ({ sound }) => sound >= 0 && Math.hypot(points[2 * sound] - left, points[2 * sound + 1] - top) < HANDLE_PX,
    );
  }

  grab(left, top) {
    this.dragged = this.handleAt(left, top);
    return this.dragged >= 0;
  }

  dragHandle(left, top) {
    const sound = nearestTo(this.map.points, left, top, Infinity, (at) => this.map.visible[at] && this.sounds.isPlayable(at));
    if (sound < 0 || this.pattern.tracks[this.dragged].sound === sound) return;
    this.pattern.tracks[this.dragged].sound = sound;
    this.choose(sound, { silent: this.beat.isPlaying });
    this.beatChanged();
  }

  // --- drawing

  /** Draw what changes while something plays, once a frame. */
  refresh() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      const isPlaying = this.player.playing === this.current && this.current >= 0;
      const step = this.beat.step;
      this.card.draw(isPlaying, this.player.elapsed, this.marks.has(this.current));
      this.panel.draw(this.beat.isPlaying);
      this.panel.light(step);
      this.map.handles = this.byId("beat").hidden
        ? []
        : this.pattern.tracks.flatMap(({ sound, steps }, track) =>
            sound < 0 ? [] : [{ sound, label: String(track + 1), isLit: step >= 0 && steps[step] }],
          );
      this.map.refresh();
      this.hint();
      if (isPlaying || this.beat.isPlaying) this.refresh();
    });
  }

  /** What stands below the map: how to turn the sound on, or what was just switched. */
  hint(text = "") {
    const isSilent = !this.player.isAllowed;
    const how = window.matchMedia("(hover: none)").matches ? "Tap a dot to hear it" : "Click once: then sounds play as you move over them";
    const line = this.byId("hint");
    if (text) {
      clearTimeout(this.hintTimer);
      this.hintTimer = setTimeout(() => {
        this.hintTimer = 0;
        this.hint();
      }, 2500);
      line.textContent = text;
    } else if (!this.hintTimer) line.textContent = isSilent ? how : "";
  }

  restyle() {
    this.legend.draw();
    this.search();
    this.card.show(this.current);
    if (this.current >= 0) this.player.clip(this.current).then((clip) => this.card.hear(this.current, clip));
    this.map.moved();
    this.refresh();
  }

  help() {
    const dialog = this.byId("help");
    fillHelp(dialog, this.sounds, () => {
      dialog.close();
      fillCredits(this.byId("credits"), this.sounds);
      this.byId("credits").showModal();
    });
    dialog.showModal();
  }
}

new Page(JSON.parse(document.getElementById("content").textContent));
