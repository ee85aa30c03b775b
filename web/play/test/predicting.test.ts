import assert from "node:assert/strict";
import { test } from "node:test";
import type { Client, PredictionEntry, PredictionStatus } from "tickroom";
import { wordsFor } from "../overlay";
import { Predicting } from "../predicting";

const RULES: PredictionEntry = {
  engine: "/assets/engine/abc.json",
  archives: ["/rules/1.zip", "/games/arena/rules/2.zip"],
  module: "tickroom_mods.arena.shared",
  fingerprint: "f00d",
  predictor: "",
  reason: "",
};

/** A client whose prediction stands so, and what was asked of it. */
function client(prediction: PredictionStatus = { state: "off", reason: "not yet" }) {
  const asked: string[] = [];
  const fake = { prediction, predict: async () => void asked.push("predict") };
  return { asked, client: fake as unknown as Client };
}

test("a page that can predict says so in its hello, and begins once", async () => {
  const predicting = new Predicting(RULES, {});
  assert.equal(predicting.fingerprint, "f00d");
  const idle = client();
  await predicting.begin(idle.client);
  assert.deepEqual(idle.asked, ["predict"]);
  const on = client({ state: "on" });
  await predicting.begin(on.client);
  assert.deepEqual(on.asked, []);
  assert.deepEqual(predicting.status(on.client), { state: "on" });
});

test("what stands in the way is said in the page's words, and nothing is loaded", async () => {
  const cases: [PredictionEntry | null, { watch?: boolean }, RegExp][] = [
    [null, {}, /nothing that could be predicted/],
    [{ ...RULES, engine: "", reason: "It is not built here." }, {}, /not built here/],
    [RULES, { watch: true }, /watches/],
  ];
  for (const [entry, options, words] of cases) {
    const predicting = new Predicting(entry, options);
    const idle = client();
    await predicting.begin(idle.client);
    assert.deepEqual(idle.asked, []);
    assert.deepEqual([predicting.fingerprint, predicting.isOffered], ["", false]);
    assert.match(wordsFor(predicting.status(idle.client)), words);
  }
});

test("who does not want it loads nothing", () => {
  const predicting = new Predicting(RULES, {}, false);
  assert.deepEqual([predicting.fingerprint, predicting.isOffered], ["", true]);
  assert.match(wordsFor(predicting.status(client().client)), /switched off/);
});

test("a game's own predictor needs no engine", () => {
  const own = { ...RULES, engine: "", predictor: "/games/sliders/1/predictor.js" };
  assert.equal(new Predicting(own, {}).fingerprint, "f00d");
});

test("how far the engine is loaded is said in per cent", () => {
  assert.equal(wordsFor({ state: "loading", loaded: 1, total: 4 }), "loading, 25 %");
  assert.equal(wordsFor({ state: "loading", loaded: 0, total: 0 }), "loading");
  assert.match(wordsFor({ state: "loading", loaded: 4, total: 4 }), /starting the engine/);
  assert.equal(wordsFor({ state: "failed", reason: "No." }), "failed: No.");
});
