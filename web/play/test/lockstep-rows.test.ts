import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client, Lockstep } from "tickroom";
import { lockstepRows } from "../lockstep-rows";

const CLIENT = { player: 1, statistics: { roundTrip: 20 }, roundTripBound: 40 } as unknown as Client;

/** The rows of a match, or of what precedes one. */
function rows(more: object, isBefore = false): Map<string, string> {
  const lockstep = {
    generation: -1,
    told: -1,
    plays: false,
    length: { iterations: 0, iterationMs: 0 },
    match: undefined,
    framerate: 0,
    slowest: { player: -1, by: "", value: 0 },
    checksum: () => undefined,
    agreed: [-1, 0],
    configuration: {
      players: [
        [0, {}],
        [1, {}],
      ],
    },
    ...more,
  } as unknown as Lockstep;
  const around = { isBefore, perSecond: 10, nameOf: (player: number) => `Player ${player}` };
  const told = lockstepRows(CLIENT, lockstep, around);
  assert.equal(new Set(told.map(([name]) => name)).size, told.length, "each row has a name of its own");
  return new Map(told);
}

test("who is in the setup plays when the match begins; who is in neither watches", () => {
  assert.equal(rows({}, true).get("Plays"), "when the match begins");
  assert.equal(rows({ configuration: { players: [[0, {}]] } }, true).get("Plays"), "no, watches");
  assert.equal(rows({}).get("Plays"), "no, watches");
  assert.equal(rows({ plays: true }).get("Plays"), "yes");
});

test("what is not known yet is a dash", () => {
  assert.equal(rows({}, true).get("Generation, computed / told"), "– / –");
  const running = rows({ generation: 7, told: 9, length: { iterations: 2, iterationMs: 50 } });
  assert.equal(running.get("Generation, computed / told"), "7 / 9");
  assert.equal(running.get("Length of a generation"), "2 × 50 ms = 100 ms");
});
