import assert from "node:assert/strict";
import { test } from "node:test";
import type { Game } from "tickroom";
import { keysOf } from "../keys";

function game(bindings: Record<string, string[]>, axes: string[] = []): Game {
  return { keys: Object.keys(bindings), axes, bindings } as unknown as Game;
}

test("a game that says nothing of how it is played is told by its bindings", () => {
  const leap = {
    up: ["KeyW", "ArrowUp"],
    down: ["KeyS", "ArrowDown"],
    left: ["KeyA", "ArrowLeft"],
    right: ["KeyD", "ArrowRight"],
    leap: ["Space", "Pointer0", "Gamepad7"],
    take_off: ["ShiftLeft", "ShiftRight", "Digit1"],
  };
  const moves = "W A S D or ↑ ← ↓ →: move";
  const others = "Space or click: leap · Shift or 1: take off";
  assert.equal(keysOf(game(leap)), `${moves} · ${others}`);
  assert.equal(keysOf(game(leap, ["aim_x", "aim_y"])), `${moves} · mouse: aim · ${others}`);
});

test("single directions are keys like any other, and what no key presses is not told", () => {
  assert.equal(
    keysOf(game({ left: ["KeyA"], right: ["KeyD"], fire: ["Gamepad0"], wait: [] })),
    "A: left · D: right",
  );
  assert.equal(keysOf(game({})), "");
});
