import { ServerClock } from "./clock.js";
import type { Codec, Frame } from "./codec.js";
import { ProtocolError, UsageError } from "./errors.js";
import type { CoreEvent, PlaybackInfo } from "./events.js";
import { Inputs } from "./inputs.js";
import type { LockstepSaid } from "./lockstep/told.js";
import { Outbox, type Verb } from "./outbox.js";
import { Pace } from "./pace.js";
import { Prediction, type PredictionHost } from "./prediction/prediction.js";
import {
  type Answer,
  type ClientBundle,
  type ClientItem,
  ClientItemTag,
  ClientMessageTag,
  type Playback,
  PROTOCOL_VERSION,
  type ServerBundle,
  type ServerItem,
  ServerItemTag,
  type ServerMessage,
  ServerMessageTag,
  STANDSTILL,
  type SyncReply,
  type Welcome,
} from "./protocol.generated.js";
import { mergedRoster, readPlayback, told } from "./reading.js";
import { OutOfStep, Scene, type SceneEntity } from "./scene.js";
import { type Game, type Player, readGame, readPlayer } from "./schema.js";
import { PART_EVERY, Speech } from "./speech.js";
import { Timeline } from "./timeline.js";

/** Clock-sync pings sent after the welcome; the server takes 8. */
const SYNCS = 5;
/** A picture that is older (ms) is not taken to have gone on. */
const LONGEST_FRAME = 50;
/** The time between two pings during play (ms). */
const PING_EVERY = 1000;
/** While the room stands still, a bundle without an input goes out this often (ms). */
const KEEP_ALIVE = 1000;
const MAX_TICK_RATE = 128;
/** A snapshot that was asked for and did not come is asked for again after this (ms). */
const ASK_AGAIN = 2000;

/** The scene at one moment. Its map and entities are valid until the next view is made. */
export interface View {
  /** The server time that is drawn (ms). */
  readonly time: number;
  /** The tick that is drawn, with its fraction. */
  readonly tick: number;
  readonly entities: ReadonlyMap<number, SceneEntity>;
  /** Those of them that are predicted, by id. */
  readonly predicted: ReadonlySet<number>;
}

/** What a client knows of itself and its server, for a head-up display. */
export interface Statistics {
  readonly roundTrip: number;
  readonly jitter: number;
  readonly delay: number;
  readonly tickRate: number;
  /** How much earlier than its tick the newest input came that the server told of (ms). */
  readonly inputLead: number;
}

interface Joined {
  readonly info: { readonly player: number; readonly tickRate: number; readonly model: string };
  readonly game: Game;
  readonly scene: Scene;
  readonly timeline: Timeline;
}

/**
 * The client's side of the protocol with no socket and no clock in it: frames in, events out, and a bundle whenever one
 * is due. Times are local milliseconds of any one monotonic clock. One core lives over all reconnects of its player.
 */
export class ClientCore {
  readonly inputs = new Inputs();
  readonly prediction: Prediction;
  readonly #codec: Codec;
  readonly #fingerprint: string;
  #clock = new ServerClock();
  #joined: Joined | undefined;
  #open = false;
  #outgoing: Frame[] = [];
  readonly #outbox: Outbox;
  readonly #speech = new Speech();
  #roster: readonly Player[] = [];
  #token = "";
  /** Tick and server time of the last bundle, over all connections: what was told since has been missed. */
  #seen: readonly [tick: number, time: number] = [-1, -1];
  #applied = -1;
  /** The tick of the last bundle on this connection. */
  #heard = -1;
  #roomState = "";
  /** Before this bundle: it may have been written before the room stood still, and its Pong would tell of the wait as of the way. */
  #stoodStill = false;
  #lastBundleTick = -1;
  /** When own ticks are due, and their numbers. */
  readonly #pace = new Pace();
  /** The tick that was drawn last, with its fraction, and when. */
  #drawn: { readonly tick: number; readonly at: number } | undefined;
  #bundleAt = Number.NEGATIVE_INFINITY;
  #syncsLeft = 0;
  #pingedAt = Number.NEGATIVE_INFINITY;
  #askedAt = Number.NEGATIVE_INFINITY;
  #playback: PlaybackInfo | undefined;
  /** The match that a lock-step engine runs, and the last generation that it has: said with the hello. */
  holds: readonly [match: number, generation: number] = [0, -1];

  /**
   * `fingerprint` is that of the rules that it will predict by, or empty; then `now` is the clock of all times here, as a predictor
   * answers by itself.
   */
  constructor(codec: Codec, fingerprint = "", now: () => number = () => 0) {
    this.#codec = codec;
    this.#fingerprint = fingerprint;
    this.prediction = new Prediction(fingerprint !== "", now);
    this.#outbox = new Outbox(codec);
  }

  /** What opens the seat next: the token of the last welcome, or empty. */
  get token(): string {
    return this.#token;
  }

  get subprotocol(): string {
    return this.#codec.subprotocol;
  }

  /** Whether the server has welcomed us on the present connection. */
  get open(): boolean {
    return this.#open;
  }

  get game(): Game | undefined {
    return this.#joined?.game;
  }

  /** The own player's number, or -1. */
  get player(): number {
    return this.#joined?.info.player ?? -1;
  }

  /** For a viewer: what is watched, and how. */
  get playback(): PlaybackInfo | undefined {
    return this.#playback;
  }

  /** Whether the room is one in which clients compute the game. */
  get isLockstep(): boolean {
    return this.#joined?.info.model === "lockstep";
  }

  /** What nearly all round trips keep to (ms). */
  get roundTripBound(): number {
    return this.#clock.roundTripBound;
  }

  get roster(): readonly Player[] {
    return this.#roster;
  }

  get statistics(): Statistics {
    return {
      roundTrip: this.#clock.roundTrip,
      jitter: this.#joined?.timeline.jitter ?? 0,
      delay: this.#joined?.timeline.delay ?? 0,
      tickRate: this.#joined?.info.tickRate ?? 0,
      inputLead: this.#pace.lead,
    };
  }

  /** A new connection stands: the hello that opens the conversation. `token` is of the join, or of the last welcome. */
  connected(token: string): Frame {
    this.disconnected();
    this.#outgoing = [];
    this.#clock = new ServerClock();
    return this.#codec.encode([
      ClientMessageTag.Hello,
      PROTOCOL_VERSION,
      token,
      this.#fingerprint,
      ...this.#seen,
      ...this.holds,
    ]);
  }

  /** The connection is gone; what was seen last stays to be drawn, commands wait for the next connection. */
  disconnected(): void {
    this.#open = false;
    this.#outbox.lost();
    this.#speech.clear();
  }

  /** Takes a frame in. Throws ProtocolError, after which the connection is of no more use. */
  receive(frame: Frame | ArrayBuffer, now: number): CoreEvent[] {
    const message: ServerMessage = this.#codec.decode(frame);
    if (message[0] === ServerMessageTag.Welcome) {
      const events = this.#welcome(message, now);
      this.prediction.welcomed(asFrame(frame), message, this.#predictionHost());
      return events;
    }
    if (!this.#joined || !this.#open) throw new ProtocolError("The server spoke before its welcome.");
    if (message[0] === ServerMessageTag.SyncReply) return this.#syncReply(message, now);
    const events = this.#bundle(this.#joined, message, now);
    this.prediction.heard(asFrame(frame), message);
    return events;
  }

  /** Frames that are to be sent at once, taken. */
  takeOutgoing(): Frame[] {
    const frames = this.#outgoing;
    this.#outgoing = [];
    return frames;
  }

  /** The bundle of the present tick, or nothing when that one has gone out already; a sign of life in a paused room. */
  takeBundle(now: number): Frame | undefined {
    if (!this.#joined || !this.#open) return undefined;
    if (this.player < 0 || this.isLockstep) return this.#takeSpokenBundle(now);
    const before = this.#pace.tick;
    const tick = this.#pace.isDue(now) ? this.#pace.next(now) : before;
    const isNew = tick > before;
    if (!isNew && now - this.#bundleAt < KEEP_ALIVE) return undefined;
    this.#bundleAt = now;
    this.#lastBundleTick = tick;
    const items: ClientItem[] = isNew ? [this.inputs.take(tick, this.#joined.game, this.#seenTick(now))] : [];
    if (Math.abs(now - this.#pingedAt) >= PING_EVERY) {
      this.#pingedAt = now;
      items.push([ClientItemTag.Ping, now]);
    }
    items.push(...this.#outbox.take());
    const bundle: ClientBundle = [ClientMessageTag.ClientBundle, this.#lastBundleTick, this.#applied, items];
    const frame = this.#codec.encode(bundle);
    this.prediction.said(frame, bundle, now);
    return frame;
  }

  /** The tick that the player sees: the drawn one, gone on evenly since, so that the moments of frames do not show in it. */
  #seenTick(now: number): number | undefined {
    if (!this.#drawn || !this.#joined) return undefined;
    return (
      this.#drawn.tick + (Math.min(now - this.#drawn.at, LONGEST_FRAME) * this.#joined.info.tickRate) / 1000
    );
  }

  /** The tick of the own inputs, with its fraction. */
  ownTick(now: number): number {
    return this.#joined ? this.#pace.tickAt(now) : 0;
  }

  /** Who has no inputs speaks when there is something to say, and to show that it is there. */
  #takeSpokenBundle(now: number): Frame | undefined {
    const said = this.#speech.take(now);
    const isSilent = said.length === 0 && this.#outbox.isEmpty;
    if (isSilent && now - this.#bundleAt < KEEP_ALIVE) return undefined;
    this.#bundleAt = now;
    this.#lastBundleTick += 1;
    const items: ClientItem[] = [...said];
    if (Math.abs(now - this.#pingedAt) >= PING_EVERY) {
      this.#pingedAt = now;
      items.push([ClientItemTag.Ping, now]);
    }
    if (said.length === 0) items.push(...this.#outbox.take());
    return this.#codec.encode([ClientMessageTag.ClientBundle, this.#lastBundleTick, this.#applied, items]);
  }

  /** Says what a lock-step client says, with the next bundle; nothing where there is no connection. */
  say(item: LockstepSaid): void {
    if (this.#open) this.#speech.say(item);
  }

  /** How long until the next tick begins (ms), at least 1. */
  untilNextTick(now: number): number {
    if (!this.#joined) return 1000;
    if (this.isLockstep) return this.#speech.isUrgent || !this.#outbox.isEmpty ? 1 : PART_EVERY;
    if (this.player < 0) return 1000 / this.#joined.info.tickRate;
    return Math.max(1, this.#pace.due - now);
  }

  /** Gives a command of the game's to the next bundle; its id. Throws UsageError. */
  send(command: string, body: unknown): number {
    if (this.game && !this.game.commands.includes(command)) {
      throw new UsageError(`The game has no command named ${command}.`);
    }
    this.#checkOpen();
    return this.#outbox.command(command, body);
  }

  /** Gives a question to the next bundle; the id of the `answer` to come. Throws UsageError. */
  request(verb: Verb, resource: string, body: unknown = null): number {
    this.#checkOpen();
    return this.#outbox.request(verb, resource, body);
  }

  /**
   * Gives a call of the game's rpc to the next bundle; the id of the `answer` to come. Until that is there or the call is
   * forgotten, each new connection sends it again under the same id: it runs once. Throws UsageError.
   */
  call(name: string, body: unknown): number {
    this.#checkOpen();
    return this.#outbox.call(name, body);
  }

  /** Nobody waits for this call any more: it is not sent again. */
  forgetCall(id: number): void {
    this.#outbox.forgetCall(id);
  }

  /** The scene to draw at `now`, or nothing before the first welcome. */
  view(now: number): View | undefined {
    if (!this.#joined) return undefined;
    const { timeline, scene } = this.#joined;
    const time = timeline.draw(this.#clock.toServer(now));
    const tick = timeline.tickAt(time);
    this.#drawn = { tick, at: now };
    const entities = scene.view(tick);
    this.prediction.draw(entities, now);
    return { time, tick, entities, predicted: this.prediction.ids };
  }

  /** The newest state that the server told, which is ahead of the view. */
  latest(): SceneEntity[] {
    return this.#joined ? [...this.#joined.scene.entities()] : [];
  }

  #predictionHost(): PredictionHost {
    const { game, info } = this.#joined as Joined;
    const context = { game, player: info.player, tickRate: info.tickRate, latest: () => this.latest() };
    return {
      context,
      ownTick: (now) => this.ownTick(now),
      known: (id) => this.#joined?.scene.byId(id),
      askForSnapshot: () => this.#outbox.askForSnapshot(),
    };
  }

  #checkOpen(): void {
    if (!this.#open) throw new UsageError("There is no connection to send this over.");
  }

  #welcome(welcome: Welcome, now: number): CoreEvent[] {
    if (this.#open) throw new ProtocolError("The server welcomed us twice.");
    const [, , roomId, model, playerId, player, tickRate, tick, serverTime, , fingerprint, prediction] =
      welcome;
    const [, , , , , , , , , , , , state, schema, roster, token, lastInput, lastId] = welcome;
    if (tickRate < 1 || tickRate > MAX_TICK_RATE) {
      throw new ProtocolError(`There is no tick rate of ${tickRate} Hz.`);
    }
    const game = readGame(schema);
    this.inputs.use(game);
    this.#joined = {
      info: { player, tickRate, model },
      game,
      scene: new Scene(game, tickRate),
      timeline: new Timeline(tickRate),
    };
    this.#joined.timeline.observe(tick, serverTime, serverTime);
    this.#open = true;
    this.#roomState = state;
    this.#token = token;
    this.#outbox.resume(lastId);
    this.inputs.sendAgain(lastInput);
    this.#applied = -1;
    this.#pace.start(tickRate, tick, now, lastInput);
    this.#drawn = undefined;
    this.#heard = -1;
    this.#lastBundleTick = lastInput;
    this.#askedAt = Number.NEGATIVE_INFINITY;
    this.#pingedAt = now;
    this.#clock.add(now, serverTime, serverTime, now);
    this.#syncsLeft = SYNCS;
    this.#sync(now);
    this.#roster = roster.map(readPlayer);
    const info = { roomId, model, playerId, player, tickRate, tick, fingerprint, prediction, game };
    return [
      { type: "welcome", detail: info },
      { type: "room", detail: { state, detail: "" } },
      { type: "roster", detail: this.#roster },
    ];
  }

  #sync(now: number): void {
    this.#syncsLeft -= 1;
    this.#outgoing.push(this.#codec.encode([ClientMessageTag.Sync, now]));
  }

  #syncReply([, sent, serverTime]: SyncReply, now: number): CoreEvent[] {
    if (this.#syncsLeft === SYNCS - 1) this.#clock = new ServerClock();
    this.#clock.add(sent, serverTime, serverTime, now);
    if (this.#syncsLeft > 0) this.#sync(now);
    return [];
  }

  #bundle(before: Joined, bundle: ServerBundle, now: number): CoreEvent[] {
    const [, tick, serverTime, lastInput, lastId, inputLead, items] = bundle;
    // of what is watched the ticks may: whoever plays it goes back
    if (tick < this.#heard && before.info.player >= 0) {
      throw new ProtocolError("The server's ticks run backwards.");
    }
    this.#heard = tick;
    const joined = before.info.player < 0 ? this.#watched(before, items, tick) : before;
    // what stands still, or goes slowly, is shown in several bundles: only a new tick says when it was
    if (joined.info.player >= 0 || tick !== this.#seen[0] || joined !== before) {
      joined.timeline.observe(tick, serverTime, this.#clock.toServer(now));
    }
    this.#seen = [tick, serverTime];
    this.inputs.acknowledge(lastInput);
    if (joined.info.player >= 0 && !this.isLockstep && this.#pace.heard(tick, lastInput, inputLead, now)) {
      this.inputs.sendAgain(lastInput);
    }
    this.#outbox.confirm(lastId);
    const events: CoreEvent[] = [];
    this.#stoodStill = this.#roomState === STANDSTILL;
    let inStep = true;
    for (const item of items) {
      try {
        events.push(...this.#item(joined, item, serverTime, now));
      } catch (error) {
        if (!(error instanceof OutOfStep)) throw error;
        inStep = false;
        events.push(...this.#askForSnapshot(error.message, now));
      }
    }
    if (inStep) this.#applied = tick;
    events.push({ type: "bundle", detail: tick });
    return events;
  }

  /** What a viewer's bundle says of the show counts for the whole of it: after a jump the scene begins anew. */
  #watched(joined: Joined, items: readonly ServerItem[], tick: number): Joined {
    const told = items.find((item): item is Playback => item[0] === ServerItemTag.Playback);
    if (!told) {
      joined.timeline.play(this.#playback?.speed ?? 1, tick);
      return joined;
    }
    const before = this.#playback;
    const playback = readPlayback(told);
    this.#playback = playback;
    const isSame = before?.jumps === playback.jumps && before.speed === playback.speed;
    const { game, info } = joined;
    if (before?.jumps !== playback.jumps) {
      this.#joined = {
        game,
        info,
        scene: new Scene(game, info.tickRate),
        timeline: new Timeline(info.tickRate),
      };
    } else if (!isSame) this.#joined = { ...joined };
    const now = this.#joined ?? joined;
    now.timeline.play(playback.speed, tick);
    return now;
  }

  #item(joined: Joined, item: ServerItem, serverTime: number, now: number): CoreEvent[] {
    switch (item[0]) {
      case ServerItemTag.Snapshot:
        joined.scene.applySnapshot(item);
        this.#askedAt = Number.NEGATIVE_INFINITY;
        return [];
      case ServerItemTag.Diff:
        joined.scene.applyDiff(item);
        return [];
      case ServerItemTag.Private:
        joined.scene.applyPrivate(item);
        return [];
      case ServerItemTag.Roster:
        this.#roster = mergedRoster(this.#roster, item);
        return [{ type: "roster", detail: this.#roster }];
      case ServerItemTag.Answer:
        return this.#answer(item);
      case ServerItemTag.Pong:
        if (!this.#stoodStill) this.#clock.add(item[1], item[2], serverTime, now);
        return [];
      default: {
        if (item[0] === ServerItemTag.RoomState) this.#roomState = item[1];
        const event = told(joined.game, item);
        if (event.type === "lockstep" && !this.isLockstep) {
          throw new ProtocolError("The server spoke of a lock-step match, and this is none.");
        }
        return event.type === "event" && this.prediction.foretold(event.detail) ? [] : [event];
      }
    }
  }

  #answer([, id, status, body]: Answer): CoreEvent[] {
    const answered = this.#outbox.answered(id);
    if (answered === "known") return [];
    if (answered === "asked") return [{ type: "answer", detail: { id, status, body } }];
    return [
      {
        type: "refused",
        detail: {
          id,
          command: answered.refused,
          status,
          reason: typeof body === "string" ? body : JSON.stringify(body),
        },
      },
    ];
  }

  #askForSnapshot(reason: string, now: number): CoreEvent[] {
    if (now - this.#askedAt < ASK_AGAIN) return [];
    this.#askedAt = now;
    this.#outbox.askForSnapshot();
    return [{ type: "resync", detail: reason }];
  }
}

function asFrame(frame: Frame | ArrayBuffer): Frame {
  return frame instanceof ArrayBuffer ? new Uint8Array(frame) : frame;
}
