import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Client, type ClientOptions } from "../src/client.js";
import type { Frame } from "../src/codec.js";
import {
  CallError,
  ConnectionClosed,
  HttpError,
  ProtocolError,
  type RequestError,
  UsageError,
} from "../src/errors.js";
import type { ConnectionState } from "../src/events.js";
import type { SeatMemory } from "../src/memory.js";
import type { ServerMessage } from "../src/protocol.generated.js";
import { bundle, entity, frame, sent, welcome } from "./fixtures.js";

/** A WebSocket without a network: the test is the server. */
class FakeSocket {
  static all: FakeSocket[] = [];
  static opened: ((socket: FakeSocket) => void) | undefined;
  readyState = 0;
  binaryType = "";
  sent: unknown[][] = [];
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: unknown }) => void) | null = null;
  onclose: ((closed: { code: number; reason: string }) => void) | null = null;

  constructor(
    readonly url: URL,
    readonly protocol: string,
  ) {
    FakeSocket.all.push(this);
    queueMicrotask(() => FakeSocket.opened?.(this));
  }

  send(data: Frame): void {
    this.sent.push(sent(data));
  }

  close(code: number): void {
    this.readyState = 3;
    this.closedBy = code;
  }
  closedBy: number | undefined;

  accept(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  say(message: ServerMessage): void {
    const bytes = frame(message) as Uint8Array<ArrayBuffer>;
    this.onmessage?.({ data: bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) });
  }

  end(code: number, reason = ""): void {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
}

/** Answers of the HTTP side, by method and path. */
let answers: Record<string, { status: number; body: unknown }>;
const realFetch = globalThis.fetch;
let clients: Client[] = [];

beforeEach(() => {
  FakeSocket.all = [];
  FakeSocket.opened = (socket) => {
    socket.accept();
    socket.say(welcome(200, 10_000));
  };
  clients = [];
  answers = {
    "POST /join/room": {
      status: 200,
      body: { token: "secret", player_id: "p-0", room_id: "room", socket_url: "" },
    },
    "GET /rooms/room": { status: 200, body: { room_id: "room" } },
  };
  globalThis.fetch = async (url, request) => {
    const answer = answers[`${request?.method} ${new URL(String(url)).pathname}`];
    if (!answer) throw new TypeError("no such host");
    return new Response(JSON.stringify(answer.body), { status: answer.status });
  };
});

afterEach(() => {
  for (const client of clients) client.close();
  globalThis.fetch = realFetch;
});

function make(options: Partial<ClientOptions> = {}): Client {
  const client = new Client({
    url: "http://server.test",
    room: "room",
    name: "Ann",
    random: () => 0,
    webSocket: FakeSocket as unknown as typeof WebSocket,
    ...options,
  });
  clients.push(client);
  return client;
}

/** Resolves with the next connection state that `wanted` likes. */
function becomes<Status extends ConnectionState["status"]>(client: Client, status: Status) {
  return new Promise<Extract<ConnectionState, { status: Status }>>((resolve) => {
    const stop = client.on("connection", (state) => {
      if (state.status !== status) return;
      stop();
      resolve(state as Extract<ConnectionState, { status: Status }>);
    });
  });
}

test("it joins by the lobby, keeps the token out of the address, and says hello with it", async () => {
  const client = make();
  const tokens: string[] = [];
  client.on("joined", ({ token }) => tokens.push(token));
  await client.open();
  const [socket] = FakeSocket.all;
  assert.equal(String(socket?.url), "ws://server.test/rooms/room/socket");
  assert.equal(socket?.protocol, "tickroom.v1");
  assert.deepEqual(socket?.sent[0]?.slice(0, 3), [1, 1, "secret"]);
  assert.deepEqual(tokens, ["secret"]);
  assert.equal(client.connection.status, "open");
  assert.equal(client.game?.title, "Test game");
});

test("a guest's secret goes to the lobby beside the name", async () => {
  const bodies: unknown[] = [];
  const answer = globalThis.fetch;
  globalThis.fetch = (url, request) => {
    bodies.push(JSON.parse(String(request?.body)));
    return answer(url, request);
  };
  await make({ guest: "6f1e5c5e-4c1c-4f0e-9d0a-3d6f2f1f7a10" }).open();
  assert.deepEqual(bodies, [{ username: "Ann", guest: "6f1e5c5e-4c1c-4f0e-9d0a-3d6f2f1f7a10" }]);
});

test("with a token it goes straight to its seat, over TLS where the pages are", async () => {
  answers = {};
  await make({ token: "kept", url: "https://server.test" }).open();
  assert.equal(String(FakeSocket.all[0]?.url), "wss://server.test/rooms/room/socket");
  assert.deepEqual(FakeSocket.all[0]?.sent[0]?.slice(0, 3), [1, 1, "kept"]);
});

test("a refused join carries the server's own sentence", async () => {
  answers["POST /join/room"] = { status: 409, body: { title: "Conflict", detail: "all 2 seats are taken" } };
  await assert.rejects(make().open(), (error: HttpError) => {
    assert.deepEqual([error.status, error.message], [409, "all 2 seats are taken"]);
    return error instanceof HttpError;
  });
  answers = {};
  await assert.rejects(make().open(), /cannot be reached/);
});

test("bundles that come make it answer, and what they say comes out", async () => {
  const client = make();
  await client.open();
  const socket = FakeSocket.all[0] as FakeSocket;
  client.inputs.hold("fire");
  socket.say(
    bundle(201, 10_050, [
      [1, 201, [entity(0, 1, 0, 0)]],
      [9, "Hello, Ann"],
    ]),
  );
  assert.equal(client.latest().length, 1);
  const out = socket.sent.find((message) => message[0] === 3);
  assert.ok(out, "a bundle of its own went out");
});

test("a lost connection comes back to the same seat, with what was held", async () => {
  const client = make();
  await client.open();
  const waiting = becomes(client, "waiting");
  const open = becomes(client, "open");
  FakeSocket.all[0]?.end(1006);
  assert.equal((await waiting).error.message, "The connection was lost.");
  await open;
  assert.equal(FakeSocket.all.length, 2);
  assert.deepEqual(FakeSocket.all[1]?.sent[0], [1, 1, "token after 200", "", -1, -1, 0, -1]);
});

/** A tab's memory of its seats. */
function tab(seats: Record<string, string> = {}) {
  const memory: SeatMemory = {
    get: (room) => seats[room] ?? "",
    keep: (room, token) => {
      seats[room] = token;
    },
    forget: (room) => {
      delete seats[room];
    },
  };
  return { seats, memory };
}

test("the next token is kept before a bundle goes out, and a page that is loaded again has its seat again", async () => {
  const { seats, memory } = tab();
  const kept: unknown[] = [];
  const client = make({ memory });
  client.on("token", (token) => {
    const bundles = FakeSocket.all[0]?.sent.filter(([tag]) => tag === 3) ?? [];
    kept.push([token, seats.room, bundles.length]);
  });
  await client.open();
  assert.deepEqual(kept, [
    ["secret", "secret", 0],
    ["token after 200", "token after 200", 0],
  ]);
  client.close();
  delete answers["POST /join/room"];
  await make({ memory }).open();
  assert.equal(FakeSocket.all[1]?.sent[0]?.[2], "token after 200");
});

test("a page whose seat is gone meanwhile joins anew; one that was told a token does not", async () => {
  const { seats, memory } = tab({ room: "old" });
  const accepted = FakeSocket.opened;
  FakeSocket.opened = (socket) => {
    FakeSocket.opened = accepted;
    socket.accept();
    socket.end(4004);
  };
  await make({ memory }).open();
  assert.deepEqual(
    FakeSocket.all.map((socket) => socket.sent[0]?.[2]),
    ["old", "secret"],
  );
  assert.equal(seats.room, "token after 200");
  FakeSocket.opened = (socket) => {
    socket.accept();
    socket.end(4004);
  };
  await assert.rejects(make({ memory, token: "told" }).open(), ConnectionClosed);
  assert.equal(seats.room, undefined, "what opens nothing is not kept");
});

test("who leaves, or was replaced or removed, is not remembered; who closes the client or loses the line is", async () => {
  for (const [code, remembered] of [
    [4007, false],
    [4010, false],
    [4008, false],
    [1001, true],
    [4014, true],
  ] as const) {
    const { seats, memory } = tab();
    const client = make({ memory });
    await client.open();
    FakeSocket.all.at(-1)?.end(code);
    assert.equal(seats.room !== undefined, remembered, `closed with ${code}`);
    client.close();
    assert.equal(seats.room !== undefined, remembered, `closed with ${code}, then by itself`);
  }
  const { seats, memory } = tab();
  const client = make({ memory });
  await client.open();
  client.close();
  assert.equal(seats.room, "token after 200");
});

test("a server that says when it is back is left alone until then", async () => {
  const client = make({ random: () => 0.5 });
  await client.open();
  const waiting = becomes(client, "waiting");
  const before = performance.now();
  FakeSocket.all[0]?.say(bundle(201, 10_050, [[13, 4000]]));
  FakeSocket.all[0]?.end(1001);
  const { attempt, retryAt } = await waiting;
  assert.equal(attempt, 1);
  assert.ok(retryAt >= before + 4000 + 500 && retryAt <= performance.now() + 4000 + 500);
});

test("the server's reason for closing is what the player reads", async () => {
  const client = make();
  await client.open();
  const waiting = becomes(client, "waiting");
  FakeSocket.all[0]?.end(1001, "The server is stopping; come back soon.");
  const { error } = await waiting;
  assert.ok(error instanceof ConnectionClosed);
  assert.deepEqual(
    [error.code, error.final, error.message],
    [1001, false, "The server is stopping; come back soon."],
  );
});

test("what another attempt cannot mend ends it: kicked, ended, replaced, a bad token", async () => {
  for (const code of [4001, 4004, 4007, 4008, 4009, 4010, 4013]) {
    const client = make();
    await client.open();
    const closed = becomes(client, "closed");
    FakeSocket.all.at(-1)?.end(code);
    assert.match((await closed).error.message, /\.$/);
  }
  assert.equal(FakeSocket.all.length, 7, "none of them tried again");
});

test("a viewer whose place is gone asks for another, and waits while there is nothing old enough to be shown", async () => {
  answers["POST /rooms/room/watch"] = { status: 200, body: { token: "place" } };
  const client = make({ watch: true });
  await client.open();
  answers["POST /rooms/room/watch"] = { status: 503, body: { detail: "This room can be watched in 7 s." } };
  const accepted = FakeSocket.opened;
  FakeSocket.opened = (socket) => {
    socket.accept();
    socket.end(4004);
  };
  const waits = becomes(client, "waiting");
  FakeSocket.all[0]?.end(4004);
  assert.equal((await waits).error.message, "This room can be watched in 7 s.");
  const open = becomes(client, "open");
  FakeSocket.opened = (socket) => {
    FakeSocket.opened = accepted;
    socket.accept();
    socket.end(4004);
  };
  answers["POST /rooms/room/watch"] = { status: 200, body: { token: "another place" } };
  await open;
  assert.equal(FakeSocket.all.at(-1)?.sent[0]?.[2], "another place");
});

test("when the room is gone after a restart, the lobby says so and it ends", async () => {
  const client = make();
  await client.open();
  FakeSocket.opened = (socket) => socket.end(1006);
  answers["GET /rooms/room"] = { status: 404, body: { detail: "There is no room 'room'." } };
  const closed = becomes(client, "closed");
  FakeSocket.all[0]?.end(1006);
  assert.equal((await closed).error.message, "There is no room 'room'.");
});

test("while the server is down it keeps trying, gives up in the end, and tries again when told to", async () => {
  const client = make({ attempts: 4 });
  await client.open();
  FakeSocket.opened = (socket) => socket.end(1006);
  delete answers["GET /rooms/room"];
  const closed = becomes(client, "closed");
  FakeSocket.all[0]?.end(1006);
  assert.match((await closed).error.message, /cannot be reached/);
  FakeSocket.opened = (socket) => {
    socket.accept();
    socket.say(welcome(1, 50));
  };
  const open = becomes(client, "open");
  client.reconnect();
  await open;
});

test("a server that breaks the protocol is left, said so, and tried again", async () => {
  const client = make();
  await client.open();
  const errors: Error[] = [];
  client.on("error", (error) => errors.push(error));
  const open = becomes(client, "open");
  FakeSocket.all[0]?.onmessage?.({ data: new Uint8Array([0xc1]).buffer });
  await open;
  assert.ok(errors[0] instanceof ProtocolError);
  assert.equal(FakeSocket.all[0]?.closedBy, 4000);
});

test("requests are answered, refused, or fail with the connection", async () => {
  const client = make();
  await client.open();
  const socket = FakeSocket.all[0] as FakeSocket;
  const [first, second, third] = [
    client.request("get", "roster"),
    client.request("get", "x"),
    client.request("get", "room"),
  ];
  socket.say(
    bundle(201, 10_050, [
      [7, 1, 200, ["Ann"]],
      [7, 2, 404, "there is no 'x'"],
    ]),
  );
  assert.deepEqual(await first, ["Ann"]);
  await assert.rejects(
    second,
    (error: RequestError) => error.status === 404 && error.message === "there is no 'x'",
  );
  socket.end(4010);
  await assert.rejects(third, ConnectionClosed);
});

/** The ids of the calls that have come in over a connection, once there are some. */
async function calls(socket: FakeSocket | undefined): Promise<unknown[]> {
  while (callsSoFar(socket).length === 0) await new Promise((resolve) => setImmediate(resolve));
  return callsSoFar(socket);
}

function callsSoFar(socket: FakeSocket | undefined): unknown[] {
  const items = (socket?.sent ?? [])
    .filter(([tag]) => tag === 3)
    .flatMap((message) => message[3] as unknown[][]);
  return items.filter((item) => item[0] === 3 && String(item[3]).startsWith("rpc/")).map((item) => item[1]);
}

test("a call outlives a lost connection: sent again under its id, answered on the next", async () => {
  const client = make();
  await client.open();
  const bought = client.call("buy", { item: "bread" });
  assert.deepEqual(await calls(FakeSocket.all[0]), [1]);
  const open = becomes(client, "open");
  FakeSocket.all[0]?.end(1006);
  await open;
  const [, second] = FakeSocket.all;
  assert.deepEqual(await calls(second), [1]);
  second?.say(bundle(202, 10_100, [[7, 1, 200, { gold: 3 }]]));
  assert.deepEqual(await bought, { gold: 3 });
});

test("a call that is refused, late, or of a client that is closed says so", async () => {
  const client = make();
  await assert.rejects(client.call("buy"), UsageError);
  await client.open();
  const [socket] = FakeSocket.all;
  const refused = client.call("buy", { item: "crown" });
  const late = client.call("buy", {}, { timeout: 1 });
  const open = client.call("buy");
  socket?.say(bundle(201, 10_050, [[7, 1, 409, "too dear"]]));
  await assert.rejects(refused, (error: CallError) => {
    assert.deepEqual([error.call, error.status, error.message], ["buy", 409, "too dear"]);
    return error instanceof CallError;
  });
  await assert.rejects(late, (error: CallError) => error instanceof CallError && error.status === 408);
  socket?.end(4010, "Be nice.");
  await assert.rejects(open, (error) => error instanceof ConnectionClosed && error.message === "Be nice.");
});

test("leaving gives the seat up before the connection closes", async () => {
  const client = make();
  await client.open();
  const socket = FakeSocket.all[0] as FakeSocket;
  const left = client.leave();
  socket.say(bundle(205, 10_250, []));
  socket.say(bundle(206, 10_300, []));
  const asked = () =>
    socket.sent.some((message) => message[0] === 3 && JSON.stringify(message[3]).includes('"seat"'));
  while (!asked()) await new Promise((resolve) => setImmediate(resolve));
  socket.end(4012);
  await left;
  assert.equal(client.connection.status, "closed");
});
