// Plays a pattern in time: steps are handed to the audio clock shortly before they sound.

import { startClip } from "./audio.mjs";
import { STEPS, stepSeconds } from "./pattern.mjs";

const AHEAD_S = 0.2;
const AHEAD_HIDDEN_S = 1.4;
/** A page in the background is woken once a second only. */
const WAKE_MS = 30;
const FIRST_S = 0.06;
const TAIL_S = 1.5;
const VOLUME_OF_FOUR = 0.6;
const RENDER_RATE = 44100;

export class BeatPlayer {
  #timer = 0;
  #clips = new Map();
  #voices = new Set();
  #next = 0;
  #nextTime = 0;
  #times = [];
  #output = null;

  constructor(audio, pattern) {
    this.audio = audio;
    this.pattern = pattern;
  }

  get isPlaying() {
    return this.#timer !== 0;
  }

  async start() {
    if (this.isPlaying) return;
    this.#timer = -1;
    this.audio.allow();
    await this.load();
    if (this.#timer !== -1 || !this.audio.context) return;
    this.#next = 0;
    this.#nextTime = this.audio.context.currentTime + FIRST_S;
    this.#times = [];
    this.#timer = setInterval(() => this.#schedule(), WAKE_MS);
    this.#schedule();
  }

  stop() {
    if (this.#timer > 0) clearInterval(this.#timer);
    this.#timer = 0;
    for (const voice of this.#voices) voice.stop();
    this.#voices.clear();
  }

  /** Decode the sounds of all tracks. */
  async load() {
    const sounds = this.pattern.tracks.map((track) => track.sound).filter((sound) => sound >= 0);
    const clips = await Promise.all(sounds.map((sound) => this.audio.clip(sound)));
    sounds.forEach((sound, at) => this.#clips.set(sound, clips[at]));
  }

  /** The step that is heard now; -1 while none is. */
  get step() {
    if (!this.isPlaying || !this.audio.context) return -1;
    const now = this.audio.context.currentTime;
    while (this.#times.length > 1 && this.#times[1].time <= now) this.#times.shift();
    return this.#times.length && this.#times[0].time <= now ? this.#times[0].step : -1;
  }

  /** So many bars as samples, one array a channel. */
  async render(bars) {
    await this.load();
    const length = stepSeconds(this.pattern.bpm);
    const seconds = bars * STEPS * length + TAIL_S;
    const context = new OfflineAudioContext(2, Math.ceil(seconds * RENDER_RATE), RENDER_RATE);
    const output = quieter(context, context.destination);
    for (let step = 0; step < bars * STEPS; step += 1) {
      this.#sound(context, output, step, step * length, () => {});
    }
    const rendered = await context.startRendering();
    return [0, 1].map((channel) => rendered.getChannelData(channel));
  }

  #schedule() {
    const { context } = this.audio;
    const output = (this.#output ??= quieter(context, this.audio.output));
    const until = context.currentTime + (document.hidden ? AHEAD_HIDDEN_S : AHEAD_S);
    while (this.#nextTime < until) {
      if (this.#nextTime >= context.currentTime) this.#play(context, output);
      this.#next = (this.#next + 1) % STEPS;
      this.#nextTime += stepSeconds(this.pattern.bpm);
    }
  }

  /** Hand the next step to the clock. One that is late already is left out: the others stay in time. */
  #play(context, output) {
    this.#times.push({ step: this.#next, time: this.#nextTime });
    this.#sound(context, output, this.#next, this.#nextTime, (voice) => {
      this.#voices.add(voice);
      voice.onended = () => this.#voices.delete(voice);
    });
  }

  #sound(context, output, step, time, keep) {
    for (const sound of this.pattern.soundsAt(step)) {
      const clip = this.#clips.get(sound);
      if (clip) keep(startClip(context, output, clip, time));
    }
  }
}

/** Room for four sounds at once. */
function quieter(context, output) {
  const gain = context.createGain();
  gain.gain.value = VOLUME_OF_FOUR;
  gain.connect(output);
  return gain;
}
