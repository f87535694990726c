// Keys of the whole page. A field, a list and the steps of the beat have keys of their own.

/** Call the commands of `on` for keys that no element took. */
export function watchKeys(on) {
  const commands = {
    ArrowLeft: () => on.walk(-1, 0), h: () => on.walk(-1, 0),
    ArrowRight: () => on.walk(1, 0), l: () => on.walk(1, 0),
    ArrowUp: () => on.walk(0, -1), k: () => on.walk(0, -1),
    ArrowDown: () => on.walk(0, 1), j: () => on.walk(0, 1),
    H: () => on.pan(1, 0), L: () => on.pan(-1, 0), K: () => on.pan(0, 1), J: () => on.pan(0, -1),
    "shift ArrowLeft": () => on.pan(1, 0), "shift ArrowRight": () => on.pan(-1, 0),
    "shift ArrowUp": () => on.pan(0, 1), "shift ArrowDown": () => on.pan(0, -1),
    " ": on.play, n: () => on.similar(1), N: () => on.similar(-1),
    "/": on.search, Escape: on.escape, a: on.toggleHover, f: on.mark,
    "+": () => on.zoom(1), "=": () => on.zoom(1), "-": () => on.zoom(-1), 0: on.fit,
    b: on.toBeat, p: on.playBeat, r: on.shuffle, t: on.theme, "?": on.help,
    1: () => on.assign(0), 2: () => on.assign(1), 3: () => on.assign(2), 4: () => on.assign(3),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    const inField = event.target.closest("input, textarea, select") !== null;
    if (inField && event.key !== "Escape") return;
    if (event.key === " " && event.target.closest("button, a, summary")) return;
    const name = event.shiftKey && event.key.startsWith("Arrow") ? `shift ${event.key}` : event.key;
    const command = commands[name];
    if (!command) return;
    event.preventDefault();
    command();
  });
}
