// A whole lock-step game for pages: whoever clicks or presses a key goes a step, and who is at the goal first wins. Nothing of it is
// installed on the server:
//
//   curl -F engine=@race.js -F 'room={"name": "Race", "max_players": 4}' http://127.0.0.1:7373/create
//
// answers the address (`join_url`) that the players open. docs/lockstep.md says what each function is for.

const GOAL = 20;

export function create() {
  let steps = {};
  return {
    init(_seed, { players }) {
      if (players.length < 2) throw { refused: "a race takes two" };
      steps = Object.fromEntries(players.map(({ player }) => [player, 0]));
    },
    // A body may be any bytes: a player's own program may have sent it. What throws here ends the game for everybody.
    step({ bodies }) {
      for (const [player, body] of bodies) if (body.length > 0 && player in steps) steps[player] += 1;
    },
    checksum() {
      return Object.entries(steps).reduce((sum, [player, count]) => Math.imul(sum, 31) + player * 7 + count, 1) >>> 0;
    },
    dump() {
      return { steps: { ...steps } };
    },
    load(dump) {
      steps = { ...dump.steps };
    },
    scene() {
      const lanes = Object.entries(steps);
      const shapes = lanes.flatMap(([player, count], lane) => [
        { shape: "box", x: 20 + (count * 400) / GOAL, y: 40 + lane * 60, w: 40, h: 40, colour: "#4a8" },
        { shape: "text", x: 230, y: 72 + lane * 60, h: 16, text: `Player #${player}: ${count}`, colour: "#888" },
      ]);
      return { width: 460, height: 30 + lanes.length * 60, shapes };
    },
    // The pages show names in place of "Player #0".
    result() {
      const winner = Object.keys(steps).find((player) => steps[player] >= GOAL);
      return winner === undefined ? "" : `Player #${winner} wins.`;
    },
  };
}

/** Commands as they travel; at most one step a generation, however often somebody clicks. */
export function encodeCommands(commands) {
  return new Uint8Array(commands.length > 0 ? [1] : []);
}
