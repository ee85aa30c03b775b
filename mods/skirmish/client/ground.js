// The land: painted once onto a canvas of 16 pixels a cell.

import { SIDE } from "./camera.js";

const GRASS = ["#6a9a4b", "#68974a", "#6c9c4d"];
const BLADES = ["#5b8a40", "#7aab57", "#86b562"];

export function paintGround({ size, ground }) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size * SIDE;
  const painter = canvas.getContext("2d");
  const at = (x, y) => (x < 0 || y < 0 || x >= size || y >= size ? "#" : ground[y * size + x]);
  const dice = numbers(size * 7919);
  for (let y = 0; y < size; y += 1) for (let x = 0; x < size; x += 1) paintGrass(painter, x, y, dice);
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      if (at(x, y) === ",") paintSoft(painter, x, y, at, ",", "#a58a5c", "#b3986a", dice);
      if (at(x, y) === "~") paintSoft(painter, x, y, at, "~", "#3f78b8", "#5a94d0", dice, "#d8c78e");
    }
  }
  for (let y = 0; y < size; y += 1) for (let x = 0; x < size; x += 1) if (at(x, y) === "#") paintRock(painter, x, y, dice);
  return canvas;
}

/** Numbers in [0, 1) for looks only: the rules never see them. */
function numbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function paintGrass(painter, x, y, dice) {
  painter.fillStyle = GRASS[Math.floor(dice() * GRASS.length)];
  painter.fillRect(x * SIDE, y * SIDE, SIDE, SIDE);
  for (let blade = 0; blade < 9; blade += 1) {
    painter.fillStyle = BLADES[Math.floor(dice() * BLADES.length)];
    painter.fillRect(x * SIDE + Math.floor(dice() * SIDE), y * SIDE + Math.floor(dice() * SIDE), 1, 2);
  }
  if (dice() < 0.03) {
    painter.fillStyle = dice() < 0.5 ? "#f2e6a0" : "#e0a8c0";
    painter.fillRect(x * SIDE + 3 + Math.floor(dice() * 10), y * SIDE + 3 + Math.floor(dice() * 10), 2, 2);
  }
}

/** A patch whose outer corners are round; with a shore where one is given. */
function paintSoft(painter, x, y, at, letter, dark, light, dice, shore = undefined) {
  const [left, top] = [x * SIDE, y * SIDE];
  const beside = { n: at(x, y - 1), s: at(x, y + 1), w: at(x - 1, y), e: at(x + 1, y) };
  const same = (way) => beside[way] === letter;
  const corners = [["n", "w"], ["n", "e"], ["s", "e"], ["s", "w"]].map(([a, b]) => (same(a) || same(b) ? 0 : 7));
  if (shore) {
    painter.fillStyle = shore;
    painter.beginPath();
    painter.roundRect(left - 1.5, top - 1.5, SIDE + 3, SIDE + 3, corners);
    painter.fill();
    // neighbours have been painted already: give them their water back
    painter.fillStyle = dark;
    if (same("w")) painter.fillRect(left - 2, top, 2, SIDE);
    if (same("n")) painter.fillRect(left, top - 2, SIDE, 2);
    if (same("n") && same("w") && at(x - 1, y - 1) === letter) painter.fillRect(left - 2, top - 2, 2, 2);
    if (same("n") && same("e") && at(x + 1, y - 1) === letter) painter.fillRect(left + SIDE, top - 2, 2, 2);
  }
  painter.fillStyle = dark;
  painter.beginPath();
  painter.roundRect(left, top, SIDE, SIDE, corners);
  painter.fill();
  painter.fillStyle = light;
  for (let speck = 0; speck < 5; speck += 1) {
    const wide = letter === "~" ? 4 : 1;
    painter.fillRect(left + 1 + Math.floor(dice() * (SIDE - 1 - wide)), top + Math.floor(dice() * SIDE), wide, 1);
  }
}

function paintRock(painter, x, y, dice) {
  const [left, top] = [x * SIDE, y * SIDE];
  painter.fillStyle = "#5d6352";
  painter.fillRect(left, top + 2, SIDE, SIDE - 2);
  for (const [part, colour] of [[1, "#6f6a68"], [0.8, "#857f7a"], [0.5, "#9b958e"]]) {
    painter.fillStyle = colour;
    painter.beginPath();
    const [wide, high] = [8 * part, 7.4 * part];
    painter.ellipse(left + 8 - (1 - part) * 4 + dice(), top + 8 - (1 - part) * 5, wide, high, dice(), 0, 2 * Math.PI);
    painter.fill();
  }
}
