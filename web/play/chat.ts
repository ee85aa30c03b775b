import { type Client, type Game, RequestError, TickroomError } from "tickroom";
import { byId, element } from "../common/dom";
import { type Line, overlap, readHistory, readTyped } from "./chat-lines";
import { isMeantFor } from "./keyboard";

/** Lines that are kept; older ones go. */
const KEPT = 50;
/** How long a line is seen while the chat is closed: its fading included (ms). */
const SHOWN_FOR = 10_000;

/**
 * The room's chat, the same in every game. Enter opens it (where the game has no use for that key), Enter sends, Esc closes.
 * All of it is text: nothing that somebody typed is ever markup.
 */
export class Chat {
  readonly #client: Client;
  /** Lines that came while the history was asked for. */
  #since: Line[] | undefined;

  constructor(client: Client) {
    this.#client = client;
    client.on("welcome", () => void this.#load());
    client.on("said", (line) => this.#said(line));
  }

  /** Takes the page's keys and buttons, until `signal`. */
  listen(game: Game, signal: AbortSignal): void {
    const isTaken = new Set(Object.values(game.bindings).flat());
    const [button, text] = [byId("talk"), textField()];
    window.addEventListener("keydown", (event) => !isTaken.has(event.code) && opens(event), { signal });
    // otherwise the press takes the focus, and with it closes what the click is to close
    button.addEventListener("mousedown", (event) => event.preventDefault(), { signal });
    button.addEventListener("click", () => (isOpen() ? close() : open()), { signal });
    byId("chat-form").addEventListener("submit", (event) => void this.#submitted(event), { signal });
    text.addEventListener("keydown", typed, { signal });
    text.addEventListener("blur", () => isOpen() && text.value === "" && shut(), { signal });
    signal.addEventListener("abort", shut);
  }

  #said(line: Line): void {
    this.#since?.push(line);
    this.#show(line);
  }

  /** The lines that were said before; again after each reconnect. */
  async #load(): Promise<void> {
    const since: Line[] = [];
    this.#since = since;
    try {
      const history = readHistory(await this.#client.request("get", "chat"));
      if (this.#since !== since) return;
      byId("chat-lines").replaceChildren();
      for (const line of history.slice(0, history.length - overlap(history, since))) this.#show(line, true);
      for (const line of since) this.#show(line);
      this.#since = undefined;
    } catch (error) {
      if (!(error instanceof TickroomError)) throw error;
      // of a connection that was lost the page tells already, and the next one asks anew
      if (error instanceof RequestError) problem(error.message);
    }
  }

  async #submitted(event: Event): Promise<void> {
    event.preventDefault();
    const field = textField();
    const words = field.value.trim();
    field.value = "";
    close();
    if (words === "") return;
    const line = readTyped(words);
    try {
      if (typeof line === "string") throw new TickroomError(line);
      await this.#client.request("post", "chat", line);
    } catch (error) {
      if (!(error instanceof TickroomError)) throw error;
      problem(error.message);
      if (!isOpen()) field.value = words;
    }
  }

  #show({ player, name, channel, text }: Line, isOld = false): void {
    const where = channel === "room" ? "" : ` (${channel})`;
    const who = element("span", { className: "who" }, element("bdi", {}, name), `${where}: `);
    add(
      element("p", { className: player === this.#client.player ? "own" : "" }, who, element("bdi", {}, text)),
      isOld,
    );
  }
}

function textField(): HTMLInputElement {
  return byId("chat-text") as HTMLInputElement;
}

function isOpen(): boolean {
  return !byId("chat-form").hidden;
}

function opens(event: KeyboardEvent): void {
  if (event.key !== "Enter" || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
  if (byId("chat").hidden || isMeantFor(event.target, "Enter")) return;
  event.preventDefault();
  open();
}

function typed(event: KeyboardEvent): void {
  // a game's own view may listen to the window: this key is not for it
  event.stopPropagation();
  if (event.key === "Escape" && !event.isComposing) close();
}

function open(): void {
  byId("chat").classList.add("open");
  byId("chat-form").hidden = false;
  textField().focus({ preventScroll: true });
  textField().select();
  scrollToEnd();
}

/** Back to the game. */
function close(): void {
  shut();
  byId("canvas").focus({ preventScroll: true });
}

function shut(): void {
  byId("chat").classList.remove("open");
  byId("chat-form").hidden = true;
}

/** Why a line was not said. */
function problem(sentence: string): void {
  add(element("p", { className: "bad" }, sentence));
}

function add(line: HTMLElement, isOld = false): void {
  const lines = byId("chat-lines");
  lines.append(line);
  while (lines.childElementCount > KEPT) lines.firstElementChild?.remove();
  scrollToEnd();
  if (isOld) line.classList.add("old");
  else setTimeout(() => line.classList.add("old"), SHOWN_FOR);
}

function scrollToEnd(): void {
  const lines = byId("chat-lines");
  lines.scrollTop = lines.scrollHeight;
}
