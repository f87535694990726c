// Two dialogs: the keys, and who made the sounds.

import { element } from "./elements.mjs";
import { creditParts } from "./sound_card.mjs";
import { counted } from "./sounds.mjs";

const KEYS = [
  ["arrows, h j k l", "walk to the next sound in that direction"],
  ["space", "play or stop"],
  ["n, N", "most similar sound, and back"],
  ["f", "mark a sound, or take the mark away"],
  ["/", "search; esc clears it"],
  ["a", "sounds play as you move: on or off"],
  ["shift + arrows, H J K L", "move the map"],
  ["+, −, 0", "zoom in, zoom out, whole map"],
  ["b", "to the beat and back"],
  ["p", "play or stop the beat"],
  ["r", "other sounds for the beat"],
  ["1 to 4", "use the current sound in the beat"],
  ["t", "light or dark"],
  ["?", "this help"],
];
const POINTER = [
  ["touch: tap", "hear a sound"],
  ["touch: hold, then move", "hear all that you pass"],
  ["drag a numbered dot", "choose another sound for the beat"],
  ["drag, pinch, wheel", "move and zoom the map"],
  ["mouse over a dot", "hear it"],
];

export function fillHelp(dialog, sounds, showCredits) {
  const rows = (pairs) =>
    pairs.map(([keys, text]) => element("tr", {}, element("th", { scope: "row" }, keys), element("td", {}, text)));
  const hasTouch = window.matchMedia("(hover: none)").matches;
  const credits = element("button", { type: "button", onclick: showCredits }, "Credits of the sounds");
  dialog.replaceChildren(
    element("h2", { id: "help-title" }, "A map of sound"),
    element("p", {}, `Sounds that are alike lie side by side. There are ${counted(sounds.size, "sound")} here, of up to ${sounds.seconds} s each; all of this is in one file.`),
    element("table", {}, element("tbody", {}, ...(hasTouch ? rows([...POINTER, ...KEYS]) : rows([...KEYS, ...POINTER])))),
    element("div", { class: "buttons" }, ...(sounds.credits.length ? [credits] : []), closeButton(dialog)),
  );
}

export function fillCredits(dialog, sounds) {
  const names = sounds.credits.map(() => []);
  sounds.credit.forEach((at, sound) => at >= 0 && names[at].push(sounds.name[sound]));
  dialog.replaceChildren(
    element("h2", { id: "credits-title" }, "Credits"),
    element(
      "ul",
      { class: "credits", tabIndex: 0 },
      ...sounds.credits.map((credit, at) =>
        element("li", {}, element("p", {}, ...creditParts(credit)), element("p", { class: "folder", dir: "auto" }, names[at].join(", "))),
      ),
    ),
    element("div", { class: "buttons" }, closeButton(dialog)),
  );
}

/** The names of the marked sounds, to copy and to send back. */
export function fillMarked(dialog, marks) {
  const list = element("textarea", { value: marks.text, readOnly: true, rows: 10, "aria-label": "Marked sounds", spellcheck: false });
  const copy = element(
    "button",
    {
      type: "button",
      onclick: async () => {
        list.select();
        try {
          await navigator.clipboard.writeText(marks.text);
        } catch {
          document.execCommand("copy");
        }
        copy.textContent = "Copied";
      },
    },
    "Copy",
  );
  dialog.replaceChildren(
    element("h2", { id: "marked-title" }, counted(marks.size, "marked sound")),
    list,
    element("div", { class: "buttons" }, copy, closeButton(dialog)),
  );
}

function closeButton(dialog) {
  return element("button", { type: "button", class: "main", autofocus: true, onclick: () => dialog.close() }, "Close");
}
