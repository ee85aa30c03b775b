import type { Client, ConnectionState } from "tickroom";
import { byId } from "../common/dom";

/** Says on the page that the connection is lost, why, and when the next attempt is. */
export class ConnectionNotice {
  readonly #client: Client;
  #timer: ReturnType<typeof setInterval> | undefined;
  #reasons: string[] = [];

  constructor(client: Client) {
    this.#client = client;
    byId("retry").onclick = () => client.reconnect();
  }

  show(state: ConnectionState): void {
    clearInterval(this.#timer);
    if (state.status === "waiting") {
      this.#remember(state.error.message);
      this.#say(() => waiting(state.retryAt));
      this.#timer = setInterval(() => this.#say(() => waiting(state.retryAt)), 500);
    } else if (state.status === "connecting" && state.attempt > 0) this.#say(() => "Trying again…");
    else if (state.status === "open" || state.status === "closed") this.hide();
  }

  hide(): void {
    clearInterval(this.#timer);
    this.#reasons = [];
    byId("connection").hidden = true;
  }

  /** Why it was lost at first, and why the last attempt failed. */
  #remember(reason: string): void {
    const [first = reason] = this.#reasons;
    this.#reasons = first === reason ? [first] : [first, reason];
  }

  #say(next: () => string): void {
    byId("connection").hidden = false;
    const text = [...this.#reasons, next()].join(" ");
    const shown = byId("connection-text");
    if (shown.textContent !== text) shown.textContent = text;
    byId("retry").hidden = this.#client.connection.status !== "waiting";
  }
}

function waiting(retryAt: number): string {
  const seconds = Math.ceil((retryAt - performance.now()) / 1000);
  return seconds > 1 ? `Trying again in ${seconds} s.` : "Trying again…";
}
