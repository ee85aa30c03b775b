import assert from "node:assert/strict";
import { test } from "node:test";
import type { Player } from "tickroom";
import { Names } from "../names";

function seat(player: number, name: string): Player {
  return { player, player_id: `p${player}`, name, connected: true, team: 0 };
}

test("who has left a match keeps the name, until another has the number", () => {
  const names = new Names();
  assert.deepEqual(names.update([seat(0, "Ada"), seat(1, "Ben")]), []);
  assert.deepEqual(names.update([seat(0, "Ada")]), [1]);
  assert.deepEqual(names.update([seat(0, "Ada")]), [], "it is news once");
  assert.equal(names.of(1), "Ben");
  names.update([seat(0, "Ada"), seat(1, "Cleo")]);
  assert.equal(names.of(1), "Cleo");
  assert.equal(names.of(7), "Player 7");
});

test("names stand in place of numbers where a sentence means a player's number, and nowhere else", () => {
  const names = new Names();
  names.update([seat(0, "Ada $&"), seat(12, "Ben")]);
  assert.equal(names.in("Player #0 wins, player #12 is second."), "Ada $& wins, Ben is second.");
  assert.equal(
    names.in("Player 1 wins. Player #3, Player #123456."),
    "Player 1 wins. Player 3, Player #123456.",
  );
});
