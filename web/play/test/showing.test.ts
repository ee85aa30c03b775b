import assert from "node:assert/strict";
import { test } from "node:test";
import { Showing } from "../showing";

/** The scenes that are shown at a time. */
function shown(showing: Showing<string>, now: number): unknown[] {
  return showing.at(now).moments.map(({ scene }) => scene);
}

test("each scene is shown for its time, and what is between two of them is said", () => {
  const showing = new Showing<string>();
  showing.add(["a", "b"], 50, "news");
  assert.deepEqual(shown(showing, 1000), ["a"]);
  assert.equal(showing.at(1025).part, 0.5);
  const { moments, part } = showing.at(1060);
  assert.deepEqual(
    moments.map(({ scene, news }) => [scene, news]),
    [["b", "news"]],
  );
  assert.equal(part, 0.2);
  assert.equal(showing.at(1200).part, 1, "nothing follows: it stands still");
});

test("after a wait it goes on at its own pace, and does not hurry after the time that was lost", () => {
  const showing = new Showing<string>();
  showing.add(["a"], 50, "");
  shown(showing, 1000);
  showing.add(["b", "c", "d"], 50, "");
  assert.deepEqual(shown(showing, 3000), ["b"]);
  assert.deepEqual(shown(showing, 3049), []);
  assert.deepEqual(shown(showing, 3050), ["c"]);
});

test("a page that was away passes over what it has missed, and misses no news of it", () => {
  const showing = new Showing<string>();
  for (let generation = 0; generation < 30; generation += 1)
    showing.add([generation, generation], 50, `${generation}`);
  const { moments } = showing.at(1000);
  assert.equal(moments.length, 57);
  assert.equal(moments.filter(({ news }) => news !== undefined).length, 28);
});
