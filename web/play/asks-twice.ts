/** For so long a button that asks for a second click does (ms). */
const ASKS_FOR = 5_000;

/** A button that does it with a second click only: the first one changes its words for a while. */
export function asksTwice(button: HTMLElement, question: string, act: () => void): void {
  const words = button.dataset.words ?? button.textContent ?? "";
  button.dataset.words = button.textContent = words;
  let timer = 0;
  const isAsking = () => button.textContent === question;
  const rest = () => {
    window.clearTimeout(timer);
    button.textContent = words;
  };
  button.onclick = () => {
    if (isAsking()) {
      rest();
      act();
      return;
    }
    button.textContent = question;
    timer = window.setTimeout(rest, ASKS_FOR);
  };
}
