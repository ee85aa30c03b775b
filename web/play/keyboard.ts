import type { Bindings } from "./bindings";

const SOURCE = "keyboard";

/** Keys go to the game while nobody types into a field. */
export function listenToKeyboard(bindings: Bindings, signal: AbortSignal): void {
  window.addEventListener("keydown", (event) => pressed(bindings, event), { signal });
  window.addEventListener("keyup", (event) => bindings.release(SOURCE, event.code), { signal });
  window.addEventListener("blur", () => bindings.releaseAll(), { signal });
  document.addEventListener(
    "visibilitychange",
    () => {
      if (document.hidden) bindings.releaseAll();
    },
    { signal },
  );
}

function pressed(bindings: Bindings, event: KeyboardEvent): void {
  if (!bindings.has(event.code) || event.ctrlKey || event.metaKey || isTyping(event.target)) return;
  // Space and the arrows would scroll the page, or press the button that was clicked last.
  event.preventDefault();
  if (!event.repeat) bindings.press(SOURCE, event.code);
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, dialog") !== null;
}
