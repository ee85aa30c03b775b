import { Decoder } from "@msgpack/msgpack";
import { Emitter } from "../emitter.js";
import { TickroomError } from "../errors.js";
import {
  ClientItemTag,
  type Configuration,
  type Diverged,
  type DumpPart,
  type History,
  type Master,
  type Match,
  type Packet,
  type Rerun,
  type Reseed,
  ServerItemTag,
} from "../protocol.generated.js";
import {
  EngineEnded,
  type EngineHandle,
  EngineRefused,
  type GivenCommand,
  type MasterPacket,
  type RunResult,
} from "./engine.js";
import { bytesOf, joined, MAX_HISTORY, partsOf, unpack } from "./packed.js";

/** With more generations waiting they are run as fast as can be, many at a time. */
const FAR_BEHIND = 8;
/** How long a batch of those may take (ms), and how many generations it may have. */
const BATCH_MS = 50;
const MAX_BATCH = 64;
/** The part of its length for which a generation is shown while others wait. */
const FASTER = 0.9;
/** And while the next one has come late: a little slower rather than stop and go. */
const GENTLY = 1.05;
/** A generation that comes with less than this part of the length to spare is late. */
const LATE = 0.2;
/** Who watches says its checksum every so many generations. */
const VIEWERS_SAY = 10;
/** Bytes of one packet's commands; rooms allow at least so many, unless they were made otherwise. */
const MAX_BODY = 4_096;
/** Commands that may wait for the next packets. */
const MAX_COMMANDS = 256;
const MAX_UINT16 = 65_535;
/** The weight of a new measurement of the engine's speed. */
const SMOOTHING = 1 / 8;

export type LockstepItem = Configuration | Match | Master | History | Diverged | Reseed;
export type LockstepSaid = Packet | DumpPart | Rerun;

/** What a driver needs of a client: `Client` has it. */
export interface LockstepConnection {
  /** The own player's number. */
  readonly player: number;
  /** The round trip that nearly all packets keep to (ms). */
  readonly roundTripBound: number;
  /** The match that the engine runs, and the last generation that it has: said when the connection is made anew. */
  holds: readonly [match: number, generation: number];
  /** Sends an item with the next bundle, which is due now; where there is no connection, nothing. */
  say(item: LockstepSaid): void;
  request(verb: "get" | "put" | "post" | "delete", resource: string, body?: unknown): Promise<unknown>;
}

export interface LockstepOptions {
  /** Makes the room's engine; asked once. */
  readonly engine: () => Promise<EngineHandle>;
  /** Whether nobody looks: generations are run as they come then, and no scenes are made. */
  readonly hidden?: () => boolean;
  /** Local monotonic time in ms. */
  readonly now?: () => number;
  readonly setTimeout?: (act: () => void, ms: number) => unknown;
}

/** The setup of the room. */
export interface SetupInfo {
  readonly revision: number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly players: readonly (readonly [player: number, options: Readonly<Record<string, unknown>>])[];
  readonly ready: readonly number[];
  readonly host: number;
  /** Why the last match could not begin; or empty. */
  readonly refusal: string;
}

/** A match as it was told. */
export interface MatchInfo {
  readonly number: number;
  readonly seed: number;
  readonly setup: unknown;
  readonly delay: number;
  readonly iterationMs: number;
  readonly checksumInterval: number;
  /** The numbers of those who have a part in it. */
  readonly players: readonly number[];
}

/** One generation, or many that were caught up with, has been run. */
export interface RanInfo extends RunResult {
  /** How long an iteration is to be shown (ms). */
  readonly showMs: number;
  /** When the first of the scenes is to be shown (local ms). */
  readonly showAt: number;
}

export interface LockstepEvents {
  configuration: SetupInfo;
  /** A match begins, or is taken up: what was shown before is void. */
  match: MatchInfo;
  ran: RanInfo;
  /** Generations that have been told are run to catch up; `left` of them, or 0 when that is as good as done. */
  progress: { readonly generation: number; readonly told: number; readonly left: number };
  /** The own engine does not begin with this setup. */
  refused: string;
  /** The own state is another one than that of the others, since this generation. */
  wrong: number;
  /** The states differ; `wrong` are the players who are known to be wrong. */
  diverged: { readonly generation: number; readonly wrong: readonly number[] };
  /** The engine is over, and why. */
  ended: string;
  /** Something went wrong that ends no more than itself. */
  error: TickroomError;
}

const decoder = new Decoder();

/**
 * The client of a lock-step room around an engine: masters in, generations run, packets out. A generation is run when the one
 * before has been shown for its length; a client that is behind runs faster, one that is far behind as fast as it can, in
 * batches that keep the page alive. The same in Python: net/client/lockstep.py.
 */
export class Lockstep {
  readonly #connection: LockstepConnection;
  readonly #options: LockstepOptions;
  readonly #events = new Emitter<LockstepEvents>();
  readonly #now: () => number;
  #engine: Promise<EngineHandle> | undefined;
  #configuration: SetupInfo | undefined;
  #match: MatchInfo | undefined;
  /** Counts what makes answers of the engine void: each beginning. */
  #epoch = 0;
  #isReady = false;
  #isOver = false;
  #isRunning = false;
  #waiting: Master[] = [];
  #received = -1;
  #generation = -1;
  #told = -1;
  #commands: GivenCommand[] = [];
  readonly #unacknowledged = new Map<number, Packet>();
  /** Own checksums by generation, and what all agreed on. */
  readonly #sums = new Map<number, number>();
  readonly #agreed = new Map<number, number>();
  #reseed: Uint8Array[] = [];
  #due = 0;
  #lastLength = 0;
  #iterationMs = 0;
  #orderMs = 0;
  #wrongAt = -1;
  #askedAnew = false;
  #result = "";
  #timer = 0;
  /** What was told is taken in in its order, though unpacking takes its time. */
  #inbox: Promise<void> = Promise.resolve();
  #inboxLength = 0;
  #answering: Promise<unknown> = Promise.resolve();

  constructor(connection: LockstepConnection, options: LockstepOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  on<Name extends keyof LockstepEvents>(
    name: Name,
    handler: (detail: LockstepEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, handler);
  }

  get configuration(): SetupInfo | undefined {
    return this.#configuration;
  }

  get match(): MatchInfo | undefined {
    return this.#match;
  }

  /** The last generation that was run, and the last that is known to have been told. */
  get generation(): number {
    return this.#generation;
  }

  get told(): number {
    return this.#told;
  }

  /** Whether this client has a part in the match; else it watches. */
  get plays(): boolean {
    return this.#match?.players.includes(this.#connection.player) ?? false;
  }

  /** Iterations a second that this computer could do; 0: not known yet. */
  get framerate(): number {
    return this.#iterationMs > 0 ? Math.min(MAX_UINT16, Math.round(1000 / this.#iterationMs)) : 0;
  }

  /** The own checksums of the last generations. */
  get checksums(): Readonly<Record<number, number>> {
    return Object.fromEntries(this.#sums);
  }

  /** The own checksum of a generation, while it is kept. */
  checksum(generation: number): number | undefined {
    return this.#sums.get(generation);
  }

  /** Gives a command with the next packet; it runs some generations later, on all sides. False: too many wait. */
  command(name: string, body: unknown): boolean {
    if (this.#commands.length >= MAX_COMMANDS) return false;
    this.#commands.push([name, body]);
    return true;
  }

  /** Changes options of the room, or of a player. Rejects with RequestError. */
  async setup(changes: Readonly<Record<string, unknown>>, player?: number): Promise<void> {
    const where = player === undefined ? "setup" : `setup/${player}`;
    await this.#connection.request("put", where, {
      changes,
      revision: this.#configuration?.revision ?? null,
    });
  }

  /** Commits to the configuration as it is, or withdraws. Rejects with RequestError. */
  async ready(isReady: boolean): Promise<void> {
    await this.#connection.request("put", "ready", isReady);
  }

  /** Begins the match, as the host. Rejects with RequestError. */
  async start(): Promise<void> {
    await this.#connection.request("post", "start");
  }

  /** A connection was made anew. */
  welcomed(): void {
    this.#askedAnew = false;
  }

  /** What the server has told. */
  heard(item: LockstepItem): void {
    if (this.#inboxLength === 0 && item[0] !== ServerItemTag.History && item[0] !== ServerItemTag.Reseed) {
      this.#take(item);
      return;
    }
    this.#inboxLength += 1;
    this.#inbox = this.#inbox.then(async () => {
      try {
        await this.#take(item);
      } catch (error) {
        this.#failed(error);
      } finally {
        this.#inboxLength -= 1;
      }
    });
  }

  /** Settles when all that was told until now has been taken in and answered; what it makes run may be running still. */
  async settled(): Promise<void> {
    await this.#inbox;
    await this.#answering;
  }

  /** Ends the engine; nothing is run any more. */
  close(): void {
    this.#isOver = true;
    this.#epoch += 1;
    void this.#engine?.then(
      (engine) => engine.end(),
      () => undefined,
    );
  }

  #take(item: LockstepItem): void | Promise<void> {
    if (this.#isOver) return;
    switch (item[0]) {
      case ServerItemTag.Configuration:
        return this.#configured(item);
      case ServerItemTag.Match:
        return this.#matched(item);
      case ServerItemTag.Master:
        return this.#receive(item);
      case ServerItemTag.History:
        return this.#history(item);
      case ServerItemTag.Diverged:
        this.#answering = Promise.all([this.#answering, this.#answer(item)]);
        return;
      case ServerItemTag.Reseed:
        return this.#takeState(item);
    }
  }

  #configured([, revision, options, players, ready, host, refusal]: Configuration): void {
    this.#configuration = { revision, options, players, ready, host, refusal };
    this.#events.emit("configuration", this.#configuration);
  }

  /** A match begins, or a connection has come back into the same one: what may have been lost is said again. */
  #matched(item: Match): void {
    const [, number, seed, setup, delay, iterationMs, checksumInterval, , generation] = item;
    const isSame = this.#match?.number === number && this.#received <= generation;
    this.#told = generation;
    if (!isSame) {
      const players = playersOf(setup);
      this.#begin({ number, seed, setup, delay, iterationMs, checksumInterval, players });
      return;
    }
    for (const each of this.#unacknowledged.keys())
      if (each + delay <= generation) this.#unacknowledged.delete(each);
    for (const packet of this.#unacknowledged.values()) this.#connection.say(packet);
  }

  #begin(match: MatchInfo): void {
    this.#match = match;
    this.#epoch += 1;
    this.#generation = this.#received = this.#wrongAt = -1;
    this.#waiting = [];
    this.#commands = [];
    this.#result = "";
    this.#isReady = this.#isRunning = false;
    this.#unacknowledged.clear();
    this.#sums.clear();
    this.#agreed.clear();
    this.#hold();
    this.#events.emit("match", match);
    void this.#beginEngine(match, this.#epoch);
  }

  async #beginEngine({ number, seed, setup }: MatchInfo, epoch: number): Promise<void> {
    try {
      this.#engine ??= this.#openEngine();
      const engine = await this.#engine;
      await engine.begin(seed, setup);
    } catch (error) {
      if (epoch !== this.#epoch) return;
      if (!(error instanceof EngineRefused)) return this.#failed(error);
      this.#events.emit("refused", error.message);
      this.#ask("put", "refusal", { match: number, reason: error.message });
      return;
    }
    if (epoch !== this.#epoch) return;
    this.#isReady = true;
    this.#pump();
  }

  async #openEngine(): Promise<EngineHandle> {
    const engine = await this.#options.engine();
    void engine.ended?.then((why) => this.#failed(new EngineEnded(why)));
    return engine;
  }

  async #history([, first, , data]: History): Promise<void> {
    const epoch = this.#epoch;
    const masters = decoder.decode(await unpack(bytesOf(data), MAX_HISTORY)) as Master[];
    if (epoch !== this.#epoch) return;
    if (first === 0 && this.#received >= 0 && this.#match) this.#begin(this.#match);
    for (const master of masters) this.#receive(master);
  }

  #receive(master: Master): void {
    const [, generation] = master;
    if (!this.#match || generation <= this.#received) return;
    if (generation > this.#received + 1) {
      this.#askAnew();
      return;
    }
    this.#told = Math.max(this.#told, generation);
    this.#received = generation;
    this.#hold();
    if (this.#waiting.length === 0) this.#due = this.#shownUntil(this.#now());
    this.#waiting.push(master);
    this.#unacknowledged.delete(generation - this.#match.delay);
    this.#compare(master);
    this.#pump();
  }

  /** When the generation that comes now may be run: one that comes late makes the next ones a little longer. */
  #shownUntil(now: number): number {
    if (now <= this.#due - LATE * this.#lastLength) return this.#due;
    return Math.max(now, this.#due) + (GENTLY - 1) * this.#lastLength;
  }

  /** What all agreed on is compared with the own checksum: now, or when that is known. */
  #compare([, , , , , generation, checksum]: Master): void {
    if (generation < 0) return;
    remember(this.#agreed, generation, checksum);
    this.#check(generation);
  }

  #check(generation: number): void {
    const [own, agreed] = [this.#sums.get(generation), this.#agreed.get(generation)];
    if (own === undefined || agreed === undefined || own === agreed || this.#wrongAt >= 0) return;
    this.#wrongAt = generation;
    this.#events.emit("wrong", generation);
  }

  /** Something is missing in between: the server is asked for the match from its beginning, once. */
  #askAnew(): void {
    if (this.#askedAnew) return;
    this.#askedAnew = true;
    this.#ask("get", "match", null);
  }

  // Running

  #pump(): void {
    if (this.#isRunning || !this.#isReady || this.#isOver || this.#waiting.length === 0) return;
    const wait = this.#due - this.#now();
    if (wait > 0 && !this.#isHidden && this.#waiting.length <= FAR_BEHIND) {
      this.#wakeIn(wait);
      return;
    }
    void this.#run(this.#takeBatch());
  }

  get #isHidden(): boolean {
    return this.#options.hidden?.() ?? false;
  }

  #wakeIn(ms: number): void {
    const timer = ++this.#timer;
    const wake = () => {
      if (timer === this.#timer) this.#pump();
    };
    (this.#options.setTimeout ?? globalThis.setTimeout)(wake, ms);
  }

  /** One generation; of those that nobody waits for as many as can be run in BATCH_MS. */
  #takeBatch(): Master[] {
    const delay = this.#match?.delay ?? 1;
    const ms = this.#iterationMs * (this.#waiting[0]?.[2] ?? 1);
    const most = Math.max(1, Math.min(MAX_BATCH, ms > 0 ? Math.floor(BATCH_MS / ms) : 4));
    const isFar = this.#waiting.length > FAR_BEHIND;
    let count = 1;
    while (isFar && count < most && (this.#waiting[count]?.[1] ?? Infinity) + delay <= this.#told) count += 1;
    return this.#waiting.splice(0, count);
  }

  async #run(batch: Master[]): Promise<void> {
    const [match, epoch] = [this.#match, this.#epoch];
    this.#isRunning = true;
    const engine = await this.#engine;
    if (!engine || !match || epoch !== this.#epoch) return;
    const isFar = this.#waiting.length > FAR_BEHIND;
    const ordered = this.#now();
    let result: RunResult;
    try {
      result = await engine.run({
        masters: batch.map(packetOf),
        told: this.#told,
        interval: match.checksumInterval,
        scenesFor: isFar || this.#isHidden ? undefined : this.plays ? this.#connection.player : -1,
        commands: this.#commands,
        maxBody: MAX_BODY,
      });
    } catch (error) {
      if (epoch === this.#epoch) this.#failed(error);
      return;
    }
    if (epoch !== this.#epoch) return;
    this.#isRunning = false;
    this.#ran(batch, result, match, ordered);
    this.#pump();
  }

  #ran(batch: Master[], result: RunResult, match: MatchInfo, ordered: number): void {
    const now = this.#now();
    const [, , iterations, iterationMs] = batch.at(-1) as Master;
    this.#measure(result.iterationMs, batch.length === 1 ? now - ordered : this.#orderMs);
    this.#generation = result.generation;
    this.#lastLength = iterations * iterationMs;
    const showAt = Math.max(this.#due, now - this.#lastLength);
    this.#due = this.#nextDue(now);
    for (const [generation, sum] of result.sums) {
      remember(this.#sums, generation, sum);
      this.#check(generation);
    }
    if (result.generation + match.delay > this.#told) this.#say(result);
    if (this.#isFarBehind || batch.length > 1) this.#tellProgress();
    const showMs = iterationMs * (this.#waiting.length > 0 ? FASTER : 1);
    this.#events.emit("ran", { ...result, showMs, showAt });
    this.#conclude(result.result, match);
  }

  get #isFarBehind(): boolean {
    return this.#told - this.#generation > FAR_BEHIND;
  }

  #tellProgress(): void {
    const [generation, told] = [this.#generation, this.#told];
    this.#events.emit("progress", { generation, told, left: this.#isFarBehind ? told - generation : 0 });
  }

  #nextDue(now: number): number {
    const waiting = this.#waiting.length;
    if (waiting > FAR_BEHIND) return now;
    const begun = Math.max(this.#due, now - this.#lastLength);
    return begun + this.#lastLength * (waiting > 0 ? FASTER : 1);
  }

  #measure(iterationMs: number, orderMs: number): void {
    const first = this.#iterationMs === 0;
    this.#iterationMs = first ? iterationMs : mix(this.#iterationMs, iterationMs);
    this.#orderMs = first ? orderMs : mix(this.#orderMs, orderMs);
  }

  /** The packet of the generation that was just run, with the commands that were given since the one before. */
  #say({ generation, body, used }: RunResult): void {
    if (!this.plays && generation % VIEWERS_SAY !== 0) return;
    const [last, sum] = [...this.#sums].at(-1) ?? [-1, 0];
    const latency = Math.min(MAX_UINT16, Math.round(this.#connection.roundTripBound + this.#orderMs));
    const commands = this.plays ? body : new Uint8Array();
    const packet: Packet = [
      ClientItemTag.Packet,
      generation,
      latency,
      this.framerate,
      last,
      sum,
      new Uint8Array(commands),
    ];
    this.#commands.splice(0, used);
    if (this.plays) this.#unacknowledged.set(generation, packet);
    this.#connection.say(packet);
  }

  /** The match is over for the engine: the server is told, once. */
  #conclude(result: string, { number }: MatchInfo): void {
    if (result === this.#result || !this.plays) return;
    this.#result = result;
    if (result !== "") this.#ask("put", "result", { match: number, result });
  }

  #hold(): void {
    this.#connection.holds = this.#match ? [this.#match.number, this.#received] : [0, -1];
  }

  // Divergence

  /** Sends the state that is asked for, and where nobody is right computes it again. */
  async #answer([, generation, confirmed, wrong, dump, rerun]: Diverged): Promise<void> {
    this.#events.emit("diverged", { generation, wrong });
    try {
      const engine = await this.#engine;
      const state = dump ? await engine?.dump(generation) : undefined;
      const again = rerun ? await engine?.again(confirmed, generation) : undefined;
      if (again !== undefined) this.#connection.say([ClientItemTag.Rerun, generation, again]);
      if (state === undefined) return;
      const parts = await partsOf(state);
      for (const [place, data] of parts.entries()) {
        this.#connection.say([ClientItemTag.DumpPart, generation, place, parts.length, data]);
      }
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The right state, in parts; with the last one it replaces ours. */
  async #takeState([, generation, place, count, data]: Reseed): Promise<void> {
    if (place === 0) this.#reseed = [];
    if (place !== this.#reseed.length) return;
    this.#reseed.push(bytesOf(data));
    if (this.#reseed.length < count) return;
    const state = await joined(this.#reseed);
    this.#reseed = [];
    const [engine, epoch] = [await this.#engine, ++this.#epoch];
    if (!engine) return;
    this.#waiting = [];
    this.#isReady = this.#isRunning = false;
    const sum = await engine.load(generation, state);
    if (epoch !== this.#epoch) return;
    for (const each of this.#sums.keys()) if (each > generation) this.#sums.delete(each);
    remember(this.#sums, generation, sum);
    this.#generation = this.#received = generation;
    this.#wrongAt = -1;
    this.#isReady = true;
    this.#hold();
    this.#pump();
  }

  #ask(verb: "get" | "put", resource: string, body: unknown): void {
    this.#connection.request(verb, resource, body).catch((error: unknown) => {
      if (error instanceof TickroomError) this.#events.emit("error", error);
      else throw error;
    });
  }

  #failed(error: unknown): void {
    if (this.#isOver) return;
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof EngineEnded) {
      this.#isOver = true;
      this.#events.emit("ended", message);
    } else {
      this.#events.emit("error", new TickroomError(message, { cause: error }));
    }
  }
}

/** Who has a part in a match, as its setup says. */
function playersOf(setup: unknown): number[] {
  const players = (setup as { players?: unknown } | null)?.players;
  if (!Array.isArray(players)) return [];
  return players
    .map((each) => (each as { player?: unknown }).player)
    .filter((player) => typeof player === "number");
}

function packetOf([, generation, iterations, iterationMs, bodies]: Master): MasterPacket {
  return {
    generation,
    iterations,
    iteration_ms: iterationMs,
    bodies: bodies.map(([player, body]) => [player, bytesOf(body)] as const),
  };
}

/** Checksums of so many generations are kept. */
const KEPT = 64;

function remember(sums: Map<number, number>, generation: number, sum: number): void {
  sums.set(generation, sum);
  for (const each of sums.keys()) {
    if (sums.size <= KEPT) return;
    sums.delete(each);
  }
}

function mix(before: number, now: number): number {
  return before + (now - before) * SMOOTHING;
}
