// Plays sounds. A browser lets a page sound only after the first click, tap or key.

const KEPT = 64;
/** Decoded sounds that are kept: some 50 MB at most. */
const FADE_S = 0.012;
const LATEST_ONSET_S = 0.06;
const ONSET = 0.004;
/** Share of the peak from which on a sound has begun: what an encoder puts before it is left out. */
const VOLUME = 0.9;

export class SoundPlayer {
  #context = null;
  #output = null;
  #decoded = new Map();
  #voice = null;
  #request = 0;
  #text = null;

  constructor(sounds, onChange) {
    this.sounds = sounds;
    this.onChange = onChange;
    this.playing = -1;
  }

  /** Called in the handler of a click, tap or key: sound is allowed from then on. */
  allow() {
    this.#open();
    if (this.#context && this.#context.state !== "running") {
      this.#context.resume().then(this.onChange, () => {});
    }
  }

  get isAllowed() {
    return this.#context !== null && this.#context.state === "running";
  }

  get context() {
    return this.#context;
  }

  get output() {
    return this.#output;
  }

  /** Play one sound; the one that plays ends. A newer call replaces one that still waits. */
  async play(sound) {
    this.#open();
    const request = (this.#request += 1);
    const clip = await this.clip(sound);
    if (request !== this.#request || !clip || !this.#context) return;
    this.#end();
    const gain = this.#context.createGain();
    gain.connect(this.#output);
    const source = startClip(this.#context, gain, clip, 0);
    this.#voice = { source, gain, startedAt: this.#context.currentTime };
    this.playing = sound;
    source.onended = () => {
      if (this.#voice?.source === source) this.#forget();
    };
    this.onChange();
  }

  stop() {
    this.#request += 1;
    this.#end();
    this.#forget();
  }

  /** Seconds since the sound that plays began; 0 where none does. */
  get elapsed() {
    return this.#voice && this.#context ? this.#context.currentTime - this.#voice.startedAt : 0;
  }

  /** The decoded sound and where it begins in it; null where it cannot be played. */
  async clip(sound) {
    if (!this.sounds.isPlayable(sound)) return null;
    const known = this.#decoded.get(sound);
    if (known) {
      this.#decoded.delete(sound);
      this.#decoded.set(sound, known);
      return known;
    }
    this.#open();
    if (!this.#context) return null;
    const clip = this.#decode(sound).catch(() => null);
    this.#decoded.set(sound, clip);
    if (this.#decoded.size > KEPT) this.#decoded.delete(this.#decoded.keys().next().value);
    return clip;
  }

  async #decode(sound) {
    const text = await this.#audioText();
    const coded = atob(text.slice(this.sounds.audio[sound], this.sounds.audio[sound + 1]));
    const bytes = Uint8Array.from(coded, (char) => char.charCodeAt(0));
    const buffer = await this.#context.decodeAudioData(bytes.buffer);
    return { buffer, begin: onsetOf(buffer) };
  }

  /** The sounds in base64, at the end of the page: while it loads, the map is there already. */
  async #audioText() {
    if (this.#text === null) {
      if (document.readyState === "loading") {
        await new Promise((ready) => document.addEventListener("DOMContentLoaded", ready, { once: true }));
      }
      this.#text = document.getElementById("audio").textContent;
    }
    return this.#text;
  }

  #open() {
    if (this.#context || !window.AudioContext) return;
    this.#context = new AudioContext({ latencyHint: "interactive" });
    this.#output = this.#context.createGain();
    this.#output.gain.value = VOLUME;
    this.#output.connect(this.#context.destination);
    this.#context.onstatechange = this.onChange;
  }

  #end() {
    if (!this.#voice) return;
    const { source, gain } = this.#voice;
    const now = this.#context.currentTime;
    gain.gain.setValueAtTime(1, now);
    gain.gain.linearRampToValueAtTime(0, now + FADE_S);
    source.stop(now + FADE_S);
    this.#voice = null;
  }

  #forget() {
    this.#voice = null;
    this.playing = -1;
    this.onChange();
  }
}

/** Start a clip at a time of the context; 0 is now. */
export function startClip(context, output, clip, when) {
  const source = context.createBufferSource();
  source.buffer = clip.buffer;
  source.connect(output);
  source.start(when, clip.begin);
  return source;
}

/** Seconds of a decoded sound before it begins. */
export function onsetOf(buffer) {
  const samples = buffer.getChannelData(0);
  let peak = 0;
  for (let at = 0; at < samples.length; at += 1) peak = Math.max(peak, Math.abs(samples[at]));
  const last = Math.min(samples.length, Math.round(LATEST_ONSET_S * buffer.sampleRate));
  for (let at = 0; at < last; at += 1) {
    if (Math.abs(samples[at]) > ONSET * peak) return at / buffer.sampleRate;
  }
  return 0;
}
