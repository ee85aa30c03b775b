import type { PredictionStatus } from "tickroom";
import { byId } from "../common/dom";

/** How long a sentence stays that says why there is no prediction (ms). */
const REASON_TIME = 15_000;
const MEGABYTE = 1_000_000;

/** A line below ping and frames: how far the engine is loaded, or why it will not be; nothing once prediction is on. */
export class PredictionLine {
  #shown: PredictionStatus["state"] | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  show(status: PredictionStatus): void {
    if (status.state === "loading") showProgress(status.loaded, status.total);
    if (status.state === this.#shown) return;
    this.#shown = status.state;
    byId("prediction").hidden = status.state !== "loading";
    clearTimeout(this.#timer);
    this.#say(status);
  }

  /** What is said is heard by who sees nothing too: once, not with every byte. */
  #say(status: PredictionStatus): void {
    const text = byId("prediction-text");
    text.classList.toggle("visually-hidden", status.state !== "failed");
    if (status.state === "loading")
      text.textContent = "Loading the engine: your own moves will show at once.";
    else if (status.state === "on") text.textContent = "Your own moves show at once now.";
    else text.textContent = status.state === "failed" ? `Playing without prediction: ${status.reason}` : "";
    if (status.state === "failed") {
      this.#timer = setTimeout(() => {
        text.classList.add("visually-hidden");
      }, REASON_TIME);
    }
  }
}

function showProgress(loaded: number, total: number): void {
  const bar = byId("prediction-progress") as HTMLProgressElement;
  const isComing = loaded < total;
  if (isComing) bar.value = loaded / total;
  else bar.removeAttribute("value"); // it moves to and fro: how long starting takes nobody knows
  byId("prediction-bytes").textContent = isComing
    ? `${megabytes(loaded)} of ${megabytes(total)} MB`
    : `${total > 0 ? "Starting" : "Loading"} the engine…`;
}

function megabytes(bytes: number): string {
  return (bytes / MEGABYTE).toFixed(1);
}
