// The outline of a sound on a small canvas, and how far it has played.

/** Draw the outline; `played` is the share that was heard, 0 to 1. */
export function drawWaveform(canvas, buffer, begin, played, colour, quiet) {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(canvas.clientWidth * ratio));
  const height = Math.max(1, Math.round(canvas.clientHeight * ratio));
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const paint = canvas.getContext("2d");
  paint.clearRect(0, 0, width, height);
  if (!buffer) return;
  const samples = buffer.getChannelData(0).subarray(Math.round(begin * buffer.sampleRate));
  const bar = Math.max(2, Math.round(2 * ratio));
  const bars = Math.floor(width / (bar * 1.5));
  for (let at = 0; at < bars; at += 1) {
    const part = samples.subarray(
      Math.floor((at * samples.length) / bars),
      Math.max(1, Math.floor(((at + 1) * samples.length) / bars)),
    );
    let peak = 0;
    for (const value of part) peak = Math.max(peak, Math.abs(value));
    const tall = Math.max(bar, peak * height);
    paint.fillStyle = played > 0 && at / bars <= played ? colour : quiet;
    paint.fillRect(at * bar * 1.5, (height - tall) / 2, bar, tall);
  }
}
