// A player who gathers, trains, builds a little, and marches: for pages and for node, which find the engine in different places.

/** The commands of a player in the engine's generation; `rules` is the engine's module. Who looks `every` so many marches at each tenth. */
export function script(engine, player, { HALL, KINDS, WORKER }, every = 20) {
  const { things, deposits, realms, size } = engine.scene(player);
  const own = things.filter((thing) => thing.owner === player);
  const hall = own.find((thing) => thing.kind === HALL);
  const idle = own.filter((thing) => thing.kind === WORKER && thing.verb === 0);
  const soldiers = own.filter((thing) => thing.kind > WORKER && thing.kind < HALL);
  const realm = realms.find((each) => each.player === player);
  const commands = [];
  if (!hall) return commands;
  const x = Math.floor(hall.x / 256);
  const y = Math.floor(hall.y / 256);
  const away = ({ cell }) => ((cell % size) - x) ** 2 + (Math.floor(cell / size) - y) ** 2;
  const near = (what) => deposits.filter((each) => each.what === what).sort((a, b) => away(a) - away(b))[0]?.id;
  idle.forEach(({ id }, place) => {
    const target = near((id + place) % 2 ? 1 : 2);
    if (target) commands.push(["gather", { units: [id], target }]);
  });
  if (own.length < 24 && hall.training.length < 2) commands.push(["train", { building: hall.id, kind: "worker" }]);
  const workers = own.filter((thing) => thing.kind === WORKER);
  const wanted = realm.room - realm.used < 3 ? "house" : own.some((thing) => thing.kind === 6) ? "" : "barracks";
  const building = own.some((thing) => thing.left > 0);
  if (wanted && !building && workers.length) {
    const turn = engine.generation / 20;
    const [across, down] = [Math.round(7 * Math.cos(turn)), Math.round(7 * Math.sin(turn))];
    const body = { units: workers.slice(-2).map(({ id }) => id), kind: wanted, x: x + across, y: y + down };
    if (body.x > 0 && body.y > 0) commands.push(["build", body]);
  }
  for (const barracks of own.filter((thing) => KINDS[thing.kind].name === "barracks" && thing.left === 0)) {
    if (barracks.training.length < 2) commands.push(["train", { building: barracks.id, kind: ["spearman", "archer", "knight"][engine.generation % 3] }]);
  }
  if (soldiers.length > 7 && engine.generation % (10 * every) < every) {
    const foe = things.find((thing) => thing.owner !== player && thing.kind === HALL);
    const body = { x: Math.floor((foe?.x ?? 0) / 256), y: Math.floor((foe?.y ?? 0) / 256) };
    commands.push(["advance", { units: soldiers.slice(0, 200).map(({ id }) => id).sort((a, b) => a - b), ...body }]);
  }
  return commands;
}
