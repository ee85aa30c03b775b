import type { Game } from "tickroom";
import { byId } from "../common/dom";
import { isMeantFor } from "./keyboard";

const HELP_KEYS = ["h", "?"];

/** The button and the keys that show how to play. A key that the game has bound is the game's. */
export function offerHelp(game: Game, toggle: () => void, signal: AbortSignal): void {
  const taken = new Set(Object.values(game.bindings).flat());
  byId("help").addEventListener("click", toggle, { signal });
  window.addEventListener(
    "keydown",
    (event) => {
      if (event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
      if (!HELP_KEYS.includes(event.key.toLowerCase()) || taken.has(event.code)) return;
      if (!isMeantFor(event.target, event.code)) toggle();
    },
    { signal },
  );
}
