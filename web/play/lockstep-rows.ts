import type { Client, Lockstep, SlowestInfo } from "tickroom";
import { milliseconds, type Rows } from "./network-rows";

const NONE = "–";

/** What the page knows beside the two. */
export interface Around {
  /** The match is still being set up. */
  readonly isBefore: boolean;
  /** Generations that were computed in the last second. */
  readonly perSecond: number;
  nameOf(player: number): string;
}

/** What the overlay says of a lock-step room: whatever is due comes from the server, and nothing is predicted. */
export function lockstepRows(
  client: Client,
  lockstep: Lockstep,
  { isBefore, perSecond, nameOf }: Around,
): Rows {
  const { generation, told, length, match, framerate, slowest } = lockstep;
  const own = lockstep.checksum(generation);
  const [agreed, sum] = lockstep.agreed;
  const { iterations, iterationMs } = length;
  return [
    ["Generation, computed / told", `${numbered(generation)} / ${numbered(told)}`],
    ["Generations a second", String(perSecond)],
    [
      "Length of a generation",
      iterations > 0 ? `${iterations} × ${iterationMs} ms = ${iterations * iterationMs} ms` : NONE,
    ],
    ["Iterations per command", iterations > 0 ? String(iterations) : NONE],
    ["Commands run after", match ? `${match.delay} generations` : NONE],
    ["Slowest", slowestWords(slowest, nameOf)],
    ["Own checksum", own === undefined ? NONE : hexadecimal(own)],
    ["All agreed", agreed >= 0 ? `${hexadecimal(sum)}, generation ${agreed}` : NONE],
    ["This computer could do", framerate > 0 ? `${framerate} iterations/s` : NONE],
    ["Ping", milliseconds(client.statistics.roundTrip)],
    ["Ping, nearly always below", milliseconds(client.roundTripBound)],
    ["Plays", playsWords(client, lockstep, isBefore)],
  ];
}

/** Whoever is in the setup plays, as soon as there is something to play. */
function playsWords({ player }: Client, { plays, configuration }: Lockstep, isBefore: boolean): string {
  const isSeated = configuration?.players.some(([each]) => each === player) ?? false;
  if (isBefore) return isSeated ? "when the match begins" : "no, watches";
  return plays ? "yes" : "no, watches";
}

function slowestWords({ player, by, value }: SlowestInfo, nameOf: Around["nameOf"]): string {
  if (by === "") return "nobody";
  return `${nameOf(player)}, ${by === "latency" ? milliseconds(value) : `${value} iterations/s`}`;
}

function numbered(generation: number): string {
  return generation < 0 ? NONE : String(generation);
}

function hexadecimal(sum: number): string {
  return sum.toString(16).padStart(8, "0");
}
