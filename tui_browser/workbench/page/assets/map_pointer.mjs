// Mouse, pen and fingers on the map: hover, tap, drag, pinch, wheel, and drag after holding still.

const MOVED_PX = 6;
const HOLD_MS = 280;
const TWICE_MS = 320;
const WHEEL = 0.0016;
const PINCH_WHEEL = 0.012;

/**
 * Report what a person does on `canvas` to `on`: hover, tap, pan, zoom (also by a double tap), grab (whether a handle was taken),
 * drag, drop. */
export function watchPointers(canvas, on) {
  const down = new Map();
  let mode = "";
  let start = [0, 0];
  let holding = 0;
  let tapped = { time: -TWICE_MS, place: [0, 0] };

  const place = (event) => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const middleAndSpread = () => {
    const [one, other] = [...down.values()];
    return [(one[0] + other[0]) / 2, (one[1] + other[1]) / 2, Math.hypot(one[0] - other[0], one[1] - other[1])];
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (event.button > 0) return;
    canvas.setPointerCapture(event.pointerId);
    down.set(event.pointerId, place(event));
    clearTimeout(holding);
    if (down.size === 2) {
      mode = "pinch";
      return;
    }
    start = place(event);
    mode = on.grab(...start) ? "drag" : "press";
    if (mode === "press" && event.timeStamp - tapped.time < TWICE_MS && apart(start, tapped.place) < 4 * MOVED_PX) {
      on.zoom(2, ...start);
    }
    if (mode === "press" && event.pointerType !== "mouse") {
      holding = setTimeout(() => {
        if (mode !== "press") return;
        mode = "listen";
        on.hover(...start);
      }, HOLD_MS);
    }
  });

  canvas.addEventListener("pointermove", (event) => {
    const now = place(event);
    const before = down.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse" || event.pointerType === "pen") on.hover(...now);
      return;
    }
    if (mode === "pinch" && down.size === 2) {
      const [left, top, spread] = middleAndSpread();
      down.set(event.pointerId, now);
      const [newLeft, newTop, newSpread] = middleAndSpread();
      on.pan(newLeft - left, newTop - top);
      if (spread > 0 && newSpread > 0) on.zoom(newSpread / spread, newLeft, newTop);
      return;
    }
    down.set(event.pointerId, now);
    if (mode === "press" && apart(now, start) > MOVED_PX) {
      clearTimeout(holding);
      mode = "pan";
      on.pan(now[0] - start[0], now[1] - start[1]);
    } else if (mode === "pan") {
      on.pan(now[0] - before[0], now[1] - before[1]);
    } else if (mode === "drag") {
      on.drag(...now);
    } else if (mode === "listen") {
      on.hover(...now);
    }
  });

  const release = (event) => {
    if (!down.delete(event.pointerId)) return;
    clearTimeout(holding);
    if (mode === "press" && event.type === "pointerup") {
      tapped = { time: event.timeStamp, place: place(event) };
      on.tap(...tapped.place, event.pointerType);
    }
    if (mode === "drag") on.drop();
    mode = down.size ? "pan" : "";
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      const lines = event.deltaMode === 1 ? 20 : 1;
      const speed = event.ctrlKey ? PINCH_WHEEL : WHEEL;
      on.zoom(Math.exp(-event.deltaY * lines * speed), ...place(event));
    },
    { passive: false },
  );
}

function apart(one, other) {
  return Math.hypot(one[0] - other[0], one[1] - other[1]);
}
