import type { Bindings } from "./bindings";

const SOURCE = "keyboard";

/** Keys go to the game while nobody types into a field. */
export function listenToKeyboard(bindings: Bindings, signal: AbortSignal): void {
  window.addEventListener("keydown", (event) => pressed(bindings, event), { signal });
  window.addEventListener("keyup", (event) => released(bindings, event), { signal });
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
  if (!bindings.has(event.code) || event.ctrlKey || event.metaKey || isMeantFor(event.target, event.code))
    return;
  // Space and the arrows would scroll the page.
  event.preventDefault();
  if (!event.repeat) bindings.press(SOURCE, event.code);
}

function released(bindings: Bindings, event: KeyboardEvent): void {
  bindings.release(SOURCE, event.code);
  // macOS does not tell of keys that go up while the command key is down.
  if (event.key === "Meta") bindings.releaseAll();
}

/** Whether a key is for the element that has the focus: one is typing into it, or about to press it. */
export function isMeantFor(target: EventTarget | null, code: string): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("input, textarea, select, dialog")) return true;
  return (code === "Space" || code === "Enter") && target.closest("button, a") !== null;
}
