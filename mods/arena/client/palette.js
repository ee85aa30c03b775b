// Colours, in one place. Players are told apart by hue; the own fighter is always blue.

export const GROUND = 0x151a26;
export const TILE = 0x181e2c;
export const GRID = 0x1d2434;
export const LINE = 0x242d42;
export const WALL = 0x39435c;
export const WALL_TOP = 0x5d6a88;
export const WALL_EDGE = 0x7f8dad;
export const HUNTER = 0xe2574c;
export const BULLET = 0xfff3b0;
export const SHIELD = 0x8fe3ff;
export const RAPID = 0xffc94d;
export const HEAL = 0x57d977;
export const CRATE = 0xc58b4a;
export const BLOOD = 0xff6b5e;

const OWN = 0x4da3ff;
const OTHERS = [0xf2a33c, 0xb57bff, 0x4fd1a5, 0xff7eb6, 0xd9e04f, 0x6fe0e8, 0xff8f5a, 0xa3b18a];

export function playerColour(player, own) {
  return player === own ? OWN : OTHERS[player % OTHERS.length];
}
