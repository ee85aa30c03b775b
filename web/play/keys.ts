import type { Game } from "tickroom";

const DIRECTIONS = ["up", "left", "down", "right"] as const;
/** What is written on them, where that is not the code's own end. */
const WORDS: Readonly<Record<string, string>> = {
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Pointer0: "click",
  Pointer1: "middle click",
  Pointer2: "right click",
  Comma: ",",
  Period: ".",
  Slash: "/",
};
/** Codes of devices that show by themselves what they do, or have nothing written on them. */
const OTHERS = /^(Gamepad|Touch)/;

/** How to play a game that says nothing of it: its keys by their own names, with what presses them. Empty where it has none. */
export function keysOf({ keys, axes, bindings }: Game): string {
  const isBound = (key: string) => (bindings[key] ?? []).some((code) => !OTHERS.test(code));
  const moves = DIRECTIONS.every(isBound) ? ways(bindings) : "";
  const others = keys.filter(
    (key) => isBound(key) && !(moves && (DIRECTIONS as readonly string[]).includes(key)),
  );
  return [
    ...(moves ? [`${moves}: move`] : []),
    ...(axes.includes("aim_x") ? ["mouse: aim"] : []),
    ...others.map((key) => `${wordsOf(bindings[key] ?? [])}: ${key.replaceAll("_", " ")}`),
  ].join(" · ");
}

/** The four directions by the first code of each, by the second of each ... */
function ways(bindings: Game["bindings"]): string {
  const codes = DIRECTIONS.map((key) => (bindings[key] ?? []).filter((code) => !OTHERS.test(code)));
  const most = Math.max(...codes.map(({ length }) => length));
  const sets = Array.from({ length: most }, (_, place) =>
    codes.flatMap((each) => each.slice(place, place + 1)).map(wordOf),
  );
  return sets.map((each) => each.join(" ")).join(" or ");
}

function wordsOf(codes: readonly string[]): string {
  return [...new Set(codes.filter((code) => !OTHERS.test(code)).map(wordOf))].join(" or ");
}

/** `KeyW` -> `W`, `Digit1` -> `1`, `ShiftLeft` -> `Shift`. */
function wordOf(code: string): string {
  return (
    WORDS[code] ??
    code.replace(/^(Key|Digit)(?=.$)/, "").replace(/^(Shift|Control|Alt|Meta)(Left|Right)$/, "$1")
  );
}
