// A Colyseus room with interest management: every client has a StateView of what is near its player.
// usage: node server.js    TRUTH=FILE writes where everybody is after each tick: uint32 tick and count, then columns
// of uint32 ids, float32 x, float32 y.
import { openSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { Room, Server } from "@colyseus/core";
import { StateView, schema, t } from "@colyseus/schema";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { Body, Eye, SIDE, gridOf, npcs } from "./crowd.js";

const TICK_RATE = 20;
const PERIOD = 1000 / TICK_RATE; // ms
const MOVE = 0; // the number of the one message that clients send: [tick, held keys]
const place = () => t.quantized({ min: 0, max: SIDE, bits: 16 });

const Entity = schema({ x: place(), y: place() }, "Entity");
const State = schema({ tick: t.uint32(), entities: t.map(Entity).view() }, "State");
const truth = process.env.TRUTH ? openSync(process.env.TRUTH, "w") : null;

class CrowdRoom extends Room {
  onCreate() {
    this.autoDispose = false;
    this.seatReservationTimeout = 60; // s: the load reserves all seats first, and then takes them
    this.bodies = npcs();
    this.eyes = new Map();
    this.setState(new State());
    this.state.tick = 0;
    for (const body of this.bodies) this.show(body);
    this.onMessage(MOVE, (client, [, held]) => {
      this.eyes.get(client.sessionId).body.held = held;
    });
    // One timer for both: with the two that Colyseus has by default some ticks are never sent.
    this.patchRate = null;
    let due = performance.now() + PERIOD;
    const loop = () => {
      this.clock.tick();
      this.step();
      this.broadcastPatch();
      due = Math.max(due + PERIOD, performance.now());
      setTimeout(loop, Math.max(0, due - performance.now()));
    };
    setTimeout(loop, PERIOD);
  }

  onJoin(client) {
    const body = new Body(this.bodies.length, false);
    this.bodies.push(body);
    this.show(body);
    client.view = new StateView();
    this.eyes.set(client.sessionId, new Eye(body, client.view));
  }

  onLeave(client) {
    const { body } = this.eyes.get(client.sessionId);
    this.eyes.delete(client.sessionId);
    this.bodies.splice(this.bodies.indexOf(body), 1);
    this.state.entities.delete(String(body.id));
    body.entity = null;
  }

  show(body) {
    body.entity = new Entity();
    body.entity.x = body.x;
    body.entity.y = body.y;
    this.state.entities.set(String(body.id), body.entity);
  }

  step() {
    const tick = ++this.state.tick;
    for (const body of this.bodies) {
      body.step(tick, 1 / TICK_RATE);
      body.entity.x = body.x;
      body.entity.y = body.y;
    }
    const grid = gridOf(this.bodies);
    for (const eye of this.eyes.values()) eye.look(grid);
    if (truth !== null) writeTruth(tick, this.bodies);
  }
}

function writeTruth(tick, bodies) {
  const columns = new ArrayBuffer(8 + 12 * bodies.length);
  new Uint32Array(columns, 0, 2).set([tick, bodies.length]);
  new Uint32Array(columns, 8, bodies.length).set(bodies.map((body) => body.id));
  new Float32Array(columns, 8 + 4 * bodies.length, bodies.length).set(bodies.map((body) => body.x));
  new Float32Array(columns, 8 + 8 * bodies.length, bodies.length).set(bodies.map((body) => body.y));
  writeSync(truth, new Uint8Array(columns));
}

const http = createServer();
const server = new Server({ transport: new WebSocketTransport({ server: http }), greet: false });
server.define("crowd", CrowdRoom);
await server.listen(0, "127.0.0.1");
console.log(`ready at http://127.0.0.1:${http.address().port}`);
