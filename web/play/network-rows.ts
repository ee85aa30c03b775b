import type { Client } from "tickroom";
import { wordsFor } from "./overlay";
import type { Predicting } from "./predicting";

const NONE = "–";

export type Rows = (readonly [name: string, value: string])[];

/** What is on the screen: the tick of what is not predicted, and how many entities are. */
export interface Drawn {
  readonly tick: number;
  readonly predicted: number;
}

/** How long ago the server was heard (ms), and whether that is too long. */
export interface Heard {
  readonly since: number;
  readonly isSilent: boolean;
}

/** What the overlay says of a room that the server computes. */
export function networkRows(client: Client, predicting: Predicting, drawn: Drawn, heard: Heard): Rows {
  const isViewer = client.player < 0;
  const { delay, tickRate } = client.statistics;
  const ticks = isViewer ? drawn.tick.toFixed(0) : `${client.tick.toFixed(0)} / ${drawn.tick.toFixed(0)}`;
  return [
    ...(isViewer ? [] : predictionRows(client, predicting, drawn.predicted, heard.isSilent)),
    ...connectionRows(client, heard),
    [isViewer ? "Buffer" : "Buffer (others are drawn)", `${milliseconds(delay)} late`],
    [isViewer ? "Tick, drawn" : "Tick, own / drawn of others", ticks],
    ["Tick rate", `${tickRate} Hz`],
  ];
}

function predictionRows(client: Client, predicting: Predicting, predicted: number, isSilent: boolean): Rows {
  const { error, corrected, pending, lateness, hint } = client.predictionStatistics;
  const status = predicting.status(client);
  const isOn = status.state === "on";
  const computes = isOn && predicted > 0;
  return [
    ["Prediction", isOn ? onWords(hint, predicted, isSilent) : wordsFor(status)],
    ["Error", computes ? `${error.toFixed(2)} units` : NONE],
    ["Corrections", computes ? String(corrected) : NONE],
    ["Pending inputs", isOn ? String(pending) : NONE],
    ["Engine answers in", isOn ? milliseconds(lateness) : NONE],
    ["Inputs come early by", milliseconds(client.statistics.inputLead)],
  ];
}

function connectionRows(client: Client, { since, isSilent }: Heard): Rows {
  const { roundTrip, jitter } = client.statistics;
  return [
    ["Server was heard", `${ago(since)} ago`],
    ["Ping", isSilent ? NONE : milliseconds(roundTrip)],
    ["Jitter", milliseconds(jitter)],
  ];
}

function onWords(hint: string, computed: number, isSilent: boolean): string {
  if (isSilent) return "waits for the server";
  if (computed === 0) return "on, with nothing here to compute";
  return hint === "" ? "on" : `on, but ${hint}`;
}

/** In tens of ms: it is read while it changes. */
function ago(since: number): string {
  return since < 1000 ? milliseconds(Math.round(since / 10) * 10) : `${(since / 1000).toFixed(1)} s`;
}

export function milliseconds(value: number): string {
  return `${Math.round(value)} ms`;
}
