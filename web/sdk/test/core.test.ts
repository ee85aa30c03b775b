import assert from "node:assert/strict";
import { test } from "node:test";
import { CODECS, type CodecName } from "../src/codec.js";
import { ClientCore } from "../src/core.js";
import { ProtocolError, UsageError } from "../src/errors.js";
import type { PlayerRecord, ServerItem } from "../src/protocol.generated.js";
import { bundle, entity, frame, sent, welcome } from "./fixtures.js";

/** A core that was welcomed at local time 0, when the server's clock said 10,000 and its tick was 200. */
function welcomed(codec: CodecName = "msgpack"): ClientCore {
  const core = new ClientCore(CODECS[codec]);
  core.connected("secret");
  core.receive(frame(welcome(200, 10_000), codec), 0);
  core.receive(frame([2, 0, 10_010], codec), 20);
  core.takeOutgoing();
  return core;
}

function tell(core: ClientCore, tick: number, ...items: ServerItem[]) {
  return core.receive(frame(bundle(tick, tick * 50, items)), (tick - 200) * 50 + 10);
}

test("the hello carries the version, the token and the last tick seen", () => {
  const core = new ClientCore(CODECS.json);
  assert.deepEqual(sent(core.connected("secret")), [1, 1, "secret", "", -1, -1, 0, -1]);
  core.receive(frame(welcome(200, 10_000), "json"), 0);
  core.receive(frame(bundle(207, 10_350, []), "json"), 360);
  core.disconnected();
  assert.deepEqual(sent(core.connected("secret")), [1, 1, "secret", "", 207, 10_350, 0, -1]);
});

test("the welcome names the game, and the clock is synced five times, one answer at a time", () => {
  const core = new ClientCore(CODECS.msgpack);
  core.connected("secret");
  const events = core.receive(frame(welcome(200, 10_000)), 0);
  assert.deepEqual(
    events.map((event) => event.type),
    ["welcome", "room", "roster"],
  );
  assert.equal(core.game?.title, "Test game");
  assert.equal(core.roster[0]?.name, "Ann");
  let syncs = 0;
  for (let now = 0; ; now += 20) {
    const frames = core.takeOutgoing();
    if (frames.length === 0) break;
    syncs += frames.length;
    assert.deepEqual(sent(frames[0]), [2, now]);
    core.receive(frame([2, now, 10_010 + now]), now + 20);
  }
  assert.equal(syncs, 5);
  assert.equal(core.statistics.roundTrip, 20);
});

test("one bundle goes out a tick, with the input and the last tick applied", () => {
  const core = welcomed();
  core.takeBundle(20);
  core.inputs.hold("up");
  tell(core, 201, [1, 201, []]);
  const first = core.takeBundle(70);
  assert.deepEqual(sent(first), [3, 202, 201, [[1, 202, 1, 1, [0, 0]]]]);
  assert.equal(core.takeBundle(75), undefined);
  const second = [1, 203, 1, 0, [0, 0], 0, [1, 1, 1, 0, 0, 0]];
  assert.deepEqual(
    sent(core.takeBundle(120)),
    [3, 203, 201, [second]],
    "what is not confirmed is told again",
  );
  assert.ok(core.untilNextTick(120) <= 50);
});

test("in a room that stands still a sign of life goes out once a second, without an input", () => {
  const core = welcomed();
  tell(core, 201, [1, 201, []]);
  core.inputs.hold("up");
  let bundles = 0;
  let inputs = 0;
  for (let now = 60; now < 5060; now += 50) {
    core.receive(frame(bundle(201, 10_000 + now - 10, [])), now);
    const out = core.takeBundle(now);
    if (!out) continue;
    bundles += 1;
    inputs += (sent(out)[3] as unknown[][]).filter((item) => item[0] === 1).length;
  }
  assert.ok(bundles >= 5 && bundles <= 12, `${bundles} bundles`);
  assert.ok(inputs <= 6, `${inputs} inputs`);
});

test("a ping goes out once a second and its answer measures the round trip", () => {
  const core = welcomed();
  let pings = 0;
  for (let now = 30; now < 5030; now += 10) {
    const out = core.takeBundle(now);
    for (const item of out ? (sent(out)[3] as unknown[][]) : []) if (item[0] === 4) pings += 1;
  }
  assert.ok(pings >= 4 && pings <= 5, `${pings} pings in 5 s`);
  for (let n = 0; n < 60; n++) tell(core, 300 + n, [8, (100 + n) * 50 - 90, 10_000 + (100 + n) * 50 - 45]);
  assert.ok(Math.abs(core.statistics.roundTrip - 55) < 1, `${core.statistics.roundTrip}`);
});

test("snapshot and diffs give the view what to draw, later than they came", () => {
  const core = welcomed();
  tell(core, 200, [1, 200, [entity(0, 1, 0, 0)]]);
  for (let tick = 201; tick < 260; tick++) {
    tell(core, tick, [2, tick - 1, tick, [], [], [0, (tick - 200) * 4, 0], [], [], [], []]);
    core.view((tick - 200) * 50 + 15);
  }
  const view = core.view(3000);
  assert.ok(view);
  const drawn = view.entities.get(1);
  assert.ok(drawn);
  assert.ok(
    Math.abs(drawn.x - (-100 + (view.tick - 200) * 2)) < 1e-6,
    "it is where it was at the drawn tick",
  );
  assert.ok(view.tick > 256 && view.tick < 259);
});

test("a diff of an unknown base makes it ask for a snapshot, once, and play on with that", () => {
  const core = welcomed();
  tell(core, 200, [1, 200, []]);
  const events = tell(core, 202, [2, 201, 202, [], [], [], [], [], [], []]);
  assert.deepEqual(
    events.map((event) => event.type),
    ["resync", "bundle"],
  );
  tell(core, 203, [2, 202, 203, [], [], [], [], [], [], []]);
  const out = sent(core.takeBundle(200));
  assert.equal(out[2], 200, "the tick that could not be applied is not acknowledged");
  assert.deepEqual(
    (out[3] as unknown[][]).filter((item) => item[0] === 3).map((item) => item.slice(2)),
    [["get", "snapshot", null]],
  );
  tell(core, 204, [1, 204, [entity(0, 1, 0, 0)]]);
  assert.equal(core.latest().length, 1);
  assert.equal(sent(core.takeBundle(260))[2], 204);
});

test("events, roster, room state, notices and answers come out by name", () => {
  const core = welcomed();
  const chat = core.send("chat", { text: "hi" });
  const question = core.request("get", "roster");
  const events = tell(
    core,
    201,
    [4, 0, 201, [7, 4]],
    [
      5,
      true,
      [
        [0, "p-0", "Ann", true, -1],
        [1, "p-1", "Bob", false, 2],
      ],
      [],
    ],
    [6, "running.paused", "Ann asked for it"],
    [9, "Welcome!"],
    [7, chat, 403, "You are muted."],
    [7, question, 200, [1]],
  );
  assert.deepEqual(events.slice(0, 6), [
    { type: "event", detail: { name: "Died", tick: 201, body: { victim: 7, x: 1 } } },
    { type: "roster", detail: core.roster },
    { type: "room", detail: { state: "running.paused", detail: "Ann asked for it" } },
    { type: "notice", detail: "Welcome!" },
    { type: "refused", detail: { id: chat, command: "chat", status: 403, reason: "You are muted." } },
    { type: "answer", detail: { id: question, status: 200, body: [1] } },
  ]);
  assert.equal(core.roster[1]?.name, "Bob");
});

test("many commands are spread over bundles that the server takes", () => {
  const core = welcomed();
  for (let n = 0; n < 200; n++) core.send("chat", { text: `${n}` });
  const counts: number[] = [];
  for (let now = 60; counts.reduce((sum, count) => sum + count, 0) < 200; now += 50) {
    const items = sent(core.takeBundle(now))[3] as unknown[][];
    assert.ok(items.length <= 64);
    counts.push(items.filter((item) => item[0] === 2).length);
  }
  assert.equal(counts.length, 4);
});

test("a bundle stays below the size that the server takes", () => {
  const core = welcomed();
  for (let n = 0; n < 5; n++) core.send("chat", { text: "x".repeat(6000) });
  for (const now of [60, 110, 160]) {
    assert.ok((core.takeBundle(now) as Uint8Array).length <= 16_384);
  }
});

test("what cannot be sent is refused where it is said", () => {
  const core = welcomed();
  assert.throws(() => core.send("fly", {}), /no command named fly/);
  assert.throws(() => core.send("chat", { text: "x".repeat(20_000) }), /bytes/);
  for (let n = 0; n < 256; n++) core.send("chat", {});
  assert.throws(() => core.send("chat", {}), /Too much/);
  core.disconnected();
  assert.throws(() => core.send("chat", {}), UsageError);
});

test("a server that speaks before its welcome, or welcomes twice, breaks the protocol", () => {
  const core = new ClientCore(CODECS.msgpack);
  core.connected("secret");
  assert.throws(() => core.receive(frame(bundle(1, 50, [])), 0), ProtocolError);
  assert.throws(() => welcomed().receive(frame(welcome(200, 10_000)), 0), ProtocolError);
  assert.throws(() => tell(welcomed(), 201, [4, 9, 201, []]), /event 9/);
});

test("a reconnect starts the scene anew and keeps what the player holds", () => {
  const core = welcomed();
  core.inputs.hold("fire");
  tell(core, 200, [1, 200, [entity(0, 1, 0, 0)]]);
  core.takeBundle(60);
  core.disconnected();
  assert.equal(core.takeBundle(1000), undefined);
  assert.equal(core.latest().length, 1, "the last picture stays");
  core.connected("secret");
  core.receive(frame(welcome(5, 250)), 2000);
  assert.equal(core.latest().length, 0);
  const [, tick, ack, items] = sent(core.takeBundle(2060));
  assert.deepEqual([tick, ack], [6, -1]);
  assert.equal((items as unknown[][])[0]?.[2], 0b100);
});

/** What goes out next of the game's calls, as [id, resource, body]. */
function calls(core: ClientCore, now: number): unknown[][] {
  const items = sent(core.takeBundle(now))[3] as unknown[][];
  return items.filter((item) => item[0] === 3).map((item) => [item[1], item[3], item[4]]);
}

test("an open call is sent again on each connection, as it was, until it is answered or forgotten", () => {
  const core = welcomed();
  const again = (now: number) => {
    core.disconnected();
    core.connected("secret");
    core.receive(frame(welcome(200, 10_000)), now);
    return calls(core, now + 60);
  };
  const body = { item: "bread" };
  const first = core.call("buy", body);
  assert.deepEqual(calls(core, 60), [[first, "rpc/buy", { item: "bread" }]]);
  body.item = "crown";
  assert.deepEqual(again(1000), [[first, "rpc/buy", { item: "bread" }]]);
  const second = core.call("sell", {});
  core.receive(frame(bundle(202, 10_100, [[7, first, 200, null]])), 1100);
  assert.deepEqual(again(2000), [[second, "rpc/sell", {}]]);
  core.forgetCall(second);
  assert.deepEqual(again(3000), []);
});

test("the second answer to a call that was sent again is nothing", () => {
  const core = welcomed();
  const first = core.call("buy", {});
  core.takeBundle(60);
  core.disconnected();
  core.connected("secret");
  core.receive(frame(welcome(200, 10_000)), 1000);
  core.takeBundle(1060);
  const answers = (tick: number) =>
    core
      .receive(frame(bundle(tick, 10_100, [[7, first, 200, 1]])), 1100)
      .filter((event) => event.type === "answer").length;
  assert.deepEqual([answers(202), answers(203)], [1, 0]);
});

test("a command that was refused is not sent again", () => {
  const core = welcomed();
  const ids = [1, 2, 3].map(() => core.send("chat", {}));
  core.takeBundle(60);
  core.receive(frame(bundle(101, 10_050, [[7, ids[1] as number, 429, "too many commands in one tick"]])), 70);
  core.disconnected();
  core.connected("secret");
  core.receive(frame(welcome(200, 10_000)), 1000);
  const items = sent(core.takeBundle(1060))[3] as unknown[][];
  assert.deepEqual(
    items.filter((item) => item[0] === 2).map((item) => item[1]),
    [ids[0], ids[2]],
  );
});

test("no more calls are open than the server takes", () => {
  const core = welcomed();
  for (let n = 0; n < 16; n++) core.call("buy", {});
  assert.throws(() => core.call("buy", {}), /16 calls wait/);
});

/** Another connection, on which so much has been heard before. */
function welcomeAgain(core: ClientCore, now: number, heard: { input?: number; id?: number }): void {
  core.disconnected();
  core.connected("secret");
  core.receive(frame(welcome(200, 10_000, 0, heard)), now);
}

test("ids go on above the last that was heard from the seat, and never back", () => {
  const core = new ClientCore(CODECS.msgpack);
  welcomeAgain(core, 0, { id: 41 });
  assert.equal(core.request("get", "roster"), 42);
  welcomeAgain(core, 100, { id: 40 });
  assert.equal(core.request("get", "roster"), 43);
});

test("commands that the server does not keep go out again, under their ids and before new ones", () => {
  const core = welcomed();
  const commands = (now: number) =>
    (sent(core.takeBundle(now))[3] as unknown[][]).filter(([tag]) => tag === 2).map(([, id, , n]) => [id, n]);
  const [kept, heard, lost] = [0, 1, 2].map((n) => core.send("chat", n)) as [number, number, number];
  assert.equal(commands(60).length, 3);
  core.receive(frame(bundle(202, 10_100, [], kept)), 70);
  const waiting = core.send("chat", 3);
  welcomeAgain(core, 1000, { id: heard });
  const later = core.send("chat", 4);
  assert.deepEqual(commands(1060), [
    [heard, 1],
    [lost, 2],
    [waiting, 3],
    [later, 4],
  ]);
  assert.deepEqual(commands(1120), []);
});

test("a press that the server has not heard is told again, once; ticks go on above what it has heard", () => {
  const core = welcomed();
  const input = (now: number) => (sent(core.takeBundle(now))[3] as number[][]).find(([tag]) => tag === 1);
  const tap = (key: string) => {
    core.inputs.hold(key);
    core.inputs.release(key);
  };
  tap("up");
  const [, heard] = input(60) as number[];
  tap("down");
  input(120);
  welcomeAgain(core, 1000, { input: heard as number });
  const [, tick, , pressed] = input(1060) as number[];
  assert.deepEqual([pressed, (tick as number) > (heard as number)], [0b10, true]);
  assert.equal(input(1120)?.[3], 0);
  welcomeAgain(core, 2000, { input: 900 });
  assert.ok((input(2060)?.[1] as number) > 900);
});

test("each welcome brings the token for the next hello", () => {
  const core = welcomed();
  assert.equal(core.token, "token after 200");
});

test("a roster's changes are merged into what is known", () => {
  const core = welcomed();
  const player = (number: number, name: string): PlayerRecord => [number, `p-${number}`, name, true, -1];
  tell(core, 201, [5, true, [player(2, "Cid"), player(0, "Ann")], []]);
  tell(core, 202, [5, false, [player(1, "Bob"), player(0, "Anne")], [2]]);
  assert.deepEqual(
    core.roster.map(({ name }) => name),
    ["Anne", "Bob"],
  );
});

test("a line of chat comes out as it was typed", () => {
  const events = tell(welcomed(), 201, [10, 1, "near", "<b>hi</b>", "Bob"]);
  const said = { player: 1, channel: "near", text: "<b>hi</b>", name: "Bob" };
  assert.deepEqual(events[0], { type: "said", detail: said });
});

test("chunks and changed tiles come out by name", () => {
  const core = welcomed();
  const chunk = tell(core, 201, [11, 0, 1, 2, 3, 99, new Uint8Array([1, 2])]);
  assert.deepEqual(chunk[0]?.type, "chunk");
  const tiles = tell(core, 202, [12, 0, 1, 2, 3, 99, 100, [70_000, 5, 8, 0]]);
  assert.deepEqual(tiles[0], {
    type: "tiles",
    detail: {
      regionX: 0,
      regionY: 1,
      x: 2,
      y: 3,
      base: 99,
      version: 100,
      cells: new Map([
        [70_000, 5],
        [8, 0],
      ]),
    },
  });
});

test("a pong that waited for the server's disk with its bundle says nothing of the way", () => {
  const core = welcomed();
  const before = core.statistics.roundTrip;
  tell(core, 201, [6, "running.paused.storage", "The disk is full."]);
  core.receive(frame(bundle(202, 10_100, [[8, 60, 10_100]])), 5_000);
  assert.equal(core.statistics.roundTrip, before);
  tell(core, 300, [6, "running.iterating", ""], [8, 5_000, 15_000]);
  core.receive(frame(bundle(301, 15_050, [[8, 5_000, 15_000]])), 5_950);
  assert.ok(core.statistics.roundTrip > before + 50, "what comes after it counts again");
});
