/**
 * Copies text to the clipboard; whether that worked. The clipboard API needs a secure context, which a game on a local
 * network (plain http) is not: there the old way is taken.
 */
export async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard && window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
    }
  }
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "offscreen";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
}

/** Makes a button copy a link, as it is by then, when it is pressed, and say so for a moment. */
export function copiesLink(button: HTMLButtonElement, link: () => string): HTMLButtonElement {
  const label = button.textContent;
  button.addEventListener("click", async () => {
    const text = link();
    button.textContent = (await copyText(text)) ? "Link copied" : text;
    setTimeout(() => {
      button.textContent = label;
    }, 2500);
  });
  return button;
}
