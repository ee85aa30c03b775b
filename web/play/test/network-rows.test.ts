import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client } from "tickroom";
import { Hearing } from "../hearing";
import { networkRows } from "../network-rows";
import { Predicting } from "../predicting";

const RULES = {
  engine: "/e.json",
  archives: [],
  module: "m",
  fingerprint: "f00d",
  predictor: "",
  reason: "",
};
const CLIENT = {
  player: 0,
  prediction: { state: "on" },
  tick: 12.4,
  statistics: { roundTrip: 40, jitter: 5, delay: 100, tickRate: 30, inputLead: 20 },
  predictionStatistics: { error: 0.5, corrected: 3, pending: 4, lateness: 6, hint: "" },
} as unknown as Client;

/** The rows while that many entities are predicted. */
function rows(predicted: number, since = 30, isSilent = false, client = CLIENT): Map<string, string> {
  const predicting = new Predicting(RULES, {});
  return new Map(networkRows(client, predicting, { tick: 9, predicted }, { since, isSilent }));
}

test("a server is silent after two seconds, or three ticks where those are longer", () => {
  const hearing = new Hearing(1_000);
  assert.deepEqual([hearing.silence(3_000, 30), hearing.silence(3_001, 30)], [0, 2_001]);
  assert.deepEqual([hearing.silence(3_900, 1), hearing.silence(4_100, 1)], [0, 3_100]);
  hearing.heard(4_700);
  assert.deepEqual([hearing.since(4_800), hearing.silence(4_800, 30)], [100, 0]);
});

test("of a silent server the overlay gives no ping, and prediction waits", () => {
  const heard = rows(1);
  assert.equal(heard.get("Prediction"), "on");
  assert.equal(heard.get("Server was heard"), "30 ms ago");
  const silent = rows(1, 3_210, true);
  assert.equal(silent.get("Prediction"), "waits for the server");
  assert.equal(silent.get("Server was heard"), "3.2 s ago");
  assert.equal(silent.get("Ping"), "–");
});

test("where nothing is predicted there is no error to be told", () => {
  const nothing = rows(0);
  assert.equal(nothing.get("Prediction"), "on, with nothing here to compute");
  assert.deepEqual([nothing.get("Error"), nothing.get("Corrections")], ["–", "–"]);
});

test("who watches is told of the network, and of no prediction", () => {
  const watching = rows(0, 30, false, { ...CLIENT, player: -1 } as Client);
  assert.equal(watching.get("Tick, drawn"), "9");
  assert.ok(
    ![...watching.keys()].some((name) => /predict|input|own/i.test(name)),
    [...watching.keys()].join(),
  );
});
