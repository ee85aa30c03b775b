// Colours, in one place. Players are told apart by hue; the own fighter is always blue.

export const GROUND = 0x171b26;
export const GRID = 0x202637;
export const WALL = 0x3b4458;
export const WALL_TOP = 0x56617b;
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
