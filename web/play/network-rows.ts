import type { Client } from "tickroom";
import { wordsFor } from "./overlay";
import type { Predicting } from "./predicting";

export type Rows = (readonly [name: string, value: string])[];

/** What the overlay says of a room that the server computes. `computed` entities are drawn as predicted. */
export function networkRows(
  client: Client,
  predicting: Predicting,
  drawnTick: number,
  computed: number,
): Rows {
  const { roundTrip, jitter, delay, tickRate, inputLead } = client.statistics;
  const { error, corrected, pending, lateness, hint } = client.predictionStatistics;
  const status = predicting.status(client);
  const isOn = status.state === "on";
  return [
    ["Prediction", isOn ? onWords(hint, computed) : wordsFor(status)],
    ["Error", isOn && computed > 0 ? `${error.toFixed(2)} units` : "–"],
    ["Corrections", isOn ? String(corrected) : "–"],
    ["Pending inputs", isOn ? String(pending) : "–"],
    ["Engine answers in", isOn ? milliseconds(lateness) : "–"],
    ["Ping", milliseconds(roundTrip)],
    ["Jitter", milliseconds(jitter)],
    ["Inputs come early by", milliseconds(inputLead)],
    ["Buffer (others are drawn)", `${milliseconds(delay)} late`],
    ["Tick, own / drawn of others", `${client.tick.toFixed(0)} / ${drawnTick.toFixed(0)}`],
    ["Tick rate", `${tickRate} Hz`],
  ];
}

function onWords(hint: string, computed: number): string {
  if (computed === 0) return "on, with nothing here to compute";
  return hint === "" ? "on" : `on, but ${hint}`;
}

export function milliseconds(value: number): string {
  return `${Math.round(value)} ms`;
}
