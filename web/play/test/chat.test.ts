import assert from "node:assert/strict";
import { test } from "node:test";
import { type Line, overlap, readHistory, readTyped } from "../chat-lines";

test("what is typed goes to the room, or where it says", () => {
  assert.deepEqual(readTyped("hello / all"), { channel: "room", text: "hello / all" });
  assert.deepEqual(readTyped("/near psst"), { channel: "near", text: "psst" });
  assert.deepEqual(readTyped("/team   go  left"), { channel: "team", text: "go  left" });
  assert.deepEqual(readTyped("/room all"), { channel: "room", text: "all" });
});

test("a channel that is not there, or nothing to say, is said", () => {
  assert.match(String(readTyped("/shout hey")), /no \/shout/);
  assert.match(String(readTyped("/")), /there are \/near and \/team/);
  assert.match(String(readTyped("/near")), /something after \/near/);
});

test("the history is read, and what is none is refused", () => {
  const line = { player: -1, name: "Ann", channel: "room", text: "<b>" };
  assert.deepEqual(readHistory([[10, -1, "room", "<b>", "Ann"]]), [line]);
  for (const wrong of [null, [1], [[10, "1", "room", "x", "Ann"]], [[9, 1, "room", "x", "Ann"]]]) {
    assert.throws(() => readHistory(wrong), /could not be read/);
  }
});

test("lines that came while the history was on its way are shown once", () => {
  const line = (text: string, channel = "room"): Line => ({ player: 1, name: "Ann", channel, text });
  const history = [line("a"), line("b"), line("b"), line("c")];
  assert.equal(overlap(history, []), 0);
  assert.equal(overlap(history, [line("d")]), 0);
  assert.equal(overlap(history, [line("c"), line("d")]), 1);
  assert.equal(overlap(history, [line("b"), line("secret", "near"), line("c"), line("d")]), 2);
  assert.equal(overlap([], [line("a")]), 0);
  // who left in between is nobody in the history, and the same in name
  assert.equal(overlap([{ ...line("a"), player: -1 }], [line("a")]), 1);
});
