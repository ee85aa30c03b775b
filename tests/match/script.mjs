// What drives skirmish's engine in node: a player who plays, and somebody who changes the state behind the match's back.
import * as rules from "../../mods/skirmish/client/engine.js";
import { script } from "../browser/skirmish_demo/script.js";

/** How often a player looks, in generations. */
const EVERY = 4;

export function commands(engine, player) {
  return (engine.generation + player) % EVERY === 0 ? script(engine, player, rules, EVERY) : [];
}

export const changes = {
  gold(engine) {
    const [{ realm }] = engine.world.all("realm");
    realm.gold += 1_000;
  },
  health(engine) {
    const [{ body }] = engine.world.all("body");
    body.health -= 1;
  },
};
