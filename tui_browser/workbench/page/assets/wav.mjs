// A WAV file of samples: 16 bit, the channels side by side.

/** The bytes of a WAV; `channels` are arrays of equal length, -1 to 1. */
export function wavBytes(channels, rate) {
  const frames = channels[0].length;
  const size = frames * channels.length * 2;
  const bytes = new DataView(new ArrayBuffer(44 + size));
  const text = (at, word) => [...word].forEach((char, index) => bytes.setUint8(at + index, char.charCodeAt(0)));
  text(0, "RIFF");
  bytes.setUint32(4, 36 + size, true);
  text(8, "WAVEfmt ");
  bytes.setUint32(16, 16, true);
  bytes.setUint16(20, 1, true);
  bytes.setUint16(22, channels.length, true);
  bytes.setUint32(24, rate, true);
  bytes.setUint32(28, rate * channels.length * 2, true);
  bytes.setUint16(32, channels.length * 2, true);
  bytes.setUint16(34, 16, true);
  text(36, "data");
  bytes.setUint32(40, size, true);
  let at = 44;
  for (let frame = 0; frame < frames; frame += 1) {
    for (const samples of channels) {
      const value = Math.max(-1, Math.min(1, samples[frame]));
      bytes.setInt16(at, Math.round(value * 32767), true);
      at += 2;
    }
  }
  return bytes.buffer;
}
