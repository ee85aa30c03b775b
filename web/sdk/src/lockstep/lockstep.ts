import { Decoder } from "@msgpack/msgpack";
import { Emitter } from "../emitter.js";
import { ConnectionClosed, RequestError, TickroomError, UsageError } from "../errors.js";
import {
  ClientItemTag,
  type Diverged,
  type History,
  type Master,
  type Match,
  type Packet,
  type Reseed,
  ServerItemTag,
} from "../protocol.generated.js";
import { Backlog } from "./backlog.js";
import { Checksums } from "./checksums.js";
import type { LockstepConnection, LockstepOptions } from "./connection.js";
import { EngineEnded, type EngineHandle, EngineRefused, type RunResult } from "./engine.js";
import { evidenceOf, StateParts } from "./evidence.js";
import { Given } from "./given.js";
import { Inbox } from "./inbox.js";
import { bytesOf, MAX_HISTORY, unpack } from "./packed.js";
import { Schedule } from "./schedule.js";
import { EngineSpeed } from "./speed.js";
import {
  type LockstepEvents,
  type LockstepItem,
  type MatchInfo,
  NOBODY_SLOWS,
  readMaster,
  readMatch,
  readSetup,
  readSlowest,
  type SetupInfo,
  type SlowestInfo,
} from "./told.js";

/** Who watches says its checksum every so many generations. */
const VIEWERS_SAY = 10;
const MAX_UINT16 = 65_535;
/** Statuses of answers that would be others later: too much was asked, or the room stands still. */
const NOT_NOW: ReadonlySet<number> = new Set([429, 503]);
/** What could not be done then is asked again after this (ms). */
const AGAIN = 1_000;

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
  readonly #inbox: Inbox<LockstepItem>;
  readonly #backlog = new Backlog();
  readonly #schedule = new Schedule();
  readonly #speed = new EngineSpeed();
  readonly #given = new Given();
  readonly #sums = new Checksums();
  readonly #state = new StateParts();
  #engine: Promise<EngineHandle> | undefined;
  /** Of a recording: how many times as fast as it was played it is shown. */
  pace = 1;
  /** Whose view who watches sees; -1: everything. */
  sees = -1;
  #configuration: SetupInfo | undefined;
  #slowest: SlowestInfo = NOBODY_SLOWS;
  #length = { iterations: 0, iterationMs: 0 };
  #match: MatchInfo | undefined;
  /** Counts what makes answers of the engine void: each beginning. */
  #epoch = 0;
  #isReady = false;
  #isOver = false;
  #isRunning = false;
  #generation = -1;
  #askedAnew = false;
  /** Counts connections and beginnings: each makes void what is to be asked again. */
  #asking = 0;
  /** What this engine has said of the match as a whole: its result, or why it does not begin. */
  #concluded: readonly [resource: string, body: unknown] | undefined;
  #result = "";
  #timer = 0;
  #answering: Promise<unknown> = Promise.resolve();

  constructor(connection: LockstepConnection, options: LockstepOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#inbox = new Inbox(
      (item) => this.#take(item),
      ([tag]) => tag === ServerItemTag.History || tag === ServerItemTag.Reseed,
      (error) => this.#failed(error),
    );
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
    return this.#backlog.told;
  }

  /** Whether this client has a part in the match; else it watches. */
  get plays(): boolean {
    return this.#match?.players.includes(this.#connection.player) ?? false;
  }

  /** Iterations a second that this computer could do; 0: not known yet. */
  get framerate(): number {
    return this.#speed.framerate;
  }

  /** For whom generations are longer than they would be. */
  get slowest(): SlowestInfo {
    return this.#slowest;
  }

  /** How long the last generation was: so many iterations of so many ms. */
  get length(): { readonly iterations: number; readonly iterationMs: number } {
    return this.#length;
  }

  /** The last generation on which all agreed, and its checksum; -1 and 0 where there is none. */
  get agreed(): readonly [generation: number, checksum: number] {
    return this.#sums.lastAgreed;
  }

  /** The own checksums of the last generations. */
  get checksums(): Readonly<Record<number, number>> {
    return this.#sums.all;
  }

  /** The own checksum of a generation, while it is kept. */
  checksum(generation: number): number | undefined {
    return this.#sums.of(generation);
  }

  /** Gives a command with the next packet; it runs some generations later, on all sides. False: too many wait. */
  command(name: string, body: unknown): boolean {
    return this.#given.add(name, body);
  }

  /** Shows the state once more where nothing is run: as who `sees` sees it now. */
  look(): void {
    if (!this.#isRunning && this.#isReady && !this.#isOver && this.#generation >= 0) void this.#run([]);
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

  /** Loads the engine before any match has begun: what is wrong with it is said now. */
  prepare(): void {
    this.#load().catch((error: unknown) => this.#failed(error));
  }

  /** A connection was made anew. */
  welcomed(): void {
    this.#asking += 1;
    this.#askedAnew = false;
  }

  /** What the server has told. */
  heard(item: LockstepItem): void {
    this.#inbox.put(item);
  }

  /** Settles when all that was told until now has been taken in and answered; what it makes run may be running still. */
  async settled(): Promise<void> {
    await this.#inbox.empty;
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
        this.#configuration = readSetup(item);
        return this.#events.emit("configuration", this.#configuration);
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
      case ServerItemTag.Slowest:
        this.#slowest = readSlowest(item);
        return this.#events.emit("slowest", this.#slowest);
    }
  }

  /** A match begins, or a connection has come back into the same one: what may have been lost is said again. */
  #matched(item: Match): void {
    const match = readMatch(item);
    const generation = item[8];
    this.#slowest = NOBODY_SLOWS; // where there is one it is told next
    const isSame = this.#match?.number === match.number && this.#backlog.received <= generation;
    this.#backlog.told = generation;
    if (!isSame) {
      this.#given.clear();
      this.#begin(match);
      return;
    }
    this.#given.told(generation - match.delay);
    for (const packet of this.#given.packets) this.#connection.say(packet);
    if (this.#concluded) void this.#ask("put", ...this.#concluded);
  }

  #begin(match: MatchInfo): void {
    this.#match = match;
    this.#epoch += 1;
    this.#generation = -1;
    this.#backlog.goTo(-1);
    this.#result = "";
    this.#concluded = undefined;
    this.#asking += 1;
    this.#isReady = this.#isRunning = false;
    this.#given.goBack();
    this.#sums.clear();
    this.#hold();
    this.#events.emit("match", match);
    void this.#beginEngine(match, this.#epoch);
  }

  async #beginEngine({ number, seed, setup }: MatchInfo, epoch: number): Promise<void> {
    try {
      const engine = await this.#load();
      await engine.begin(seed, setup);
    } catch (error) {
      if (epoch !== this.#epoch) return;
      if (!(error instanceof EngineRefused)) return this.#failed(error);
      this.#events.emit("refused", error.message);
      this.#tell("refusal", { match: number, reason: error.message });
      return;
    }
    if (epoch !== this.#epoch) return;
    this.#isReady = true;
    this.#pump();
  }

  /** The engine, which is opened once; where that failed it is tried again with the next match. */
  #load(): Promise<EngineHandle> {
    this.#engine ??= this.#openEngine().catch((error: unknown) => {
      this.#engine = undefined;
      throw error;
    });
    return this.#engine;
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
    if (first === 0 && this.#backlog.received >= 0 && this.#match) this.#begin(this.#match);
    for (const master of masters) this.#receive(master);
  }

  #receive(master: Master): void {
    const [, generation, , , , checked, checksum] = master;
    if (!this.#match || this.#backlog.isKnown(master)) return;
    if (!this.#backlog.isNext(master)) {
      this.#askAnew();
      return;
    }
    if (this.#backlog.length === 0) this.#schedule.arrived(this.#now());
    this.#backlog.add(master);
    if (this.#concluded?.[0] === "refusal") this.#backlog.goTo(generation); // nothing is run of this match
    this.#hold();
    this.#given.told(generation - this.#match.delay);
    if (this.#sums.agreed(checked, checksum)) this.#events.emit("wrong", checked);
    this.#pump();
  }

  /** Something is missing in between: the server is asked for the match from its beginning, once. */
  #askAnew(): void {
    if (this.#askedAnew) return;
    this.#askedAnew = true;
    void this.#ask("get", "match", null);
  }

  #hold(): void {
    this.#connection.holds = this.#match ? [this.#match.number, this.#backlog.received] : [0, -1];
  }

  // Running

  #pump(): void {
    if (this.#isRunning || !this.#isReady || this.#isOver || this.#backlog.length === 0) return;
    const wait = this.#schedule.due - this.#now();
    if (wait > 0 && !this.#isHidden && !this.#backlog.isLong) {
      this.#wakeIn(wait);
      return;
    }
    void this.#run(
      this.#backlog.take(this.#match?.delay ?? 1, (iterations) => this.#speed.batch(iterations)),
    );
  }

  get #isHidden(): boolean {
    return this.#options.hidden?.() ?? false;
  }

  #wakeIn(ms: number): void {
    const timer = ++this.#timer;
    this.#after(ms, () => {
      if (timer === this.#timer) this.#pump();
    });
  }

  #after(ms: number, act: () => void): void {
    (this.#options.setTimeout ?? globalThis.setTimeout)(act, ms);
  }

  async #run(batch: Master[]): Promise<void> {
    const [match, epoch] = [this.#match, this.#epoch];
    this.#isRunning = true;
    const engine = await this.#engine;
    if (!engine || !match || epoch !== this.#epoch) return;
    const isFar = this.#backlog.isLong;
    const ordered = this.#now();
    let result: RunResult;
    try {
      result = await engine.run({
        masters: batch.map(readMaster),
        told: this.#backlog.told,
        interval: match.checksumInterval,
        scenesFor: isFar || this.#isHidden ? undefined : this.plays ? this.#connection.player : this.sees,
        commands: batch.length > 0 ? this.#given.commands : [],
        maxBody: match.maxBody,
      });
    } catch (error) {
      if (epoch === this.#epoch) this.#failed(error);
      return;
    }
    if (epoch !== this.#epoch) return;
    this.#isRunning = false;
    if (batch.length > 0) this.#ran(batch, result, match, ordered);
    else this.#events.emit("ran", { ...result, generation: this.#generation, showMs: 1, showAt: ordered });
    this.#pump();
  }

  #ran(batch: Master[], result: RunResult, match: MatchInfo, ordered: number): void {
    const now = this.#now();
    const [, , iterations, iterationMs] = batch.at(-1) as Master;
    this.#speed.measure(result.iterationMs, batch.length === 1 ? now - ordered : undefined);
    this.#generation = result.generation;
    this.#length = { iterations, iterationMs };
    const shownMs = iterationMs / this.pace;
    const { showAt, part } = this.#schedule.ran(now, iterations * shownMs, this.#backlog);
    for (const [generation, sum] of result.sums) this.#computed(generation, sum);
    if (result.generation + match.delay > this.told) this.#say(result);
    if (this.#backlog.isFarFrom(this.#generation) || batch.length > 1) this.#tellProgress();
    this.#events.emit("ran", { ...result, showMs: shownMs * part, showAt });
    this.#conclude(result.result, match);
  }

  #tellProgress(): void {
    const [generation, told] = [this.#generation, this.told];
    const left = this.#backlog.isFarFrom(generation) ? told - generation : 0;
    this.#events.emit("progress", { generation, told, left });
  }

  #computed(generation: number, checksum: number): void {
    if (this.#sums.computed(generation, checksum)) this.#events.emit("wrong", generation);
  }

  /** The packet of the generation that was just run, with the commands that were given since the one before. */
  #say({ generation, body, used }: RunResult): void {
    if (!this.plays && generation % VIEWERS_SAY !== 0) return;
    const latency = Math.min(MAX_UINT16, Math.round(this.#connection.roundTripBound + this.#speed.orderMs));
    const sent = this.#given.body(generation);
    const commands = new Uint8Array(this.plays ? (sent ?? body) : []);
    const packet: Packet = [
      ClientItemTag.Packet,
      generation,
      latency,
      this.framerate,
      ...this.#sums.last,
      commands,
    ];
    if (this.plays) this.#given.sent(generation, packet, sent ? 0 : used);
    else this.#given.clear();
    this.#connection.say(packet);
  }

  /** The match is over for the engine: the server is told, once. */
  #conclude(result: string, { number }: MatchInfo): void {
    if (result === this.#result || !this.plays) return;
    this.#result = result;
    if (result !== "") this.#tell("result", { match: number, result });
  }

  #tell(resource: "refusal" | "result", body: unknown): void {
    this.#concluded = [resource, body];
    void this.#ask("put", resource, body);
  }

  // Divergence

  /** Sends the state that is asked for, and where nobody is right computes it again. */
  async #answer(asked: Diverged): Promise<void> {
    const [, generation, , wrong] = asked;
    this.#events.emit("diverged", { generation, wrong });
    try {
      const engine = await this.#engine;
      for (const item of engine ? await evidenceOf(engine, asked) : []) this.#connection.say(item);
    } catch (error) {
      this.#failed(error);
    }
  }

  /** The right state replaces ours, with its last part. */
  async #takeState(part: Reseed): Promise<void> {
    let state: Uint8Array | undefined;
    try {
      state = await this.#state.add(part);
    } catch {
      return this.#beginAnew(); // it cannot be unpacked
    }
    if (state === undefined) return;
    const [, generation] = part;
    const [engine, epoch] = [await this.#engine, ++this.#epoch];
    if (!engine) return;
    this.#backlog.goTo(generation);
    this.#isReady = this.#isRunning = false;
    const sum = await engine.load(generation, state);
    if (epoch !== this.#epoch) return;
    if (sum === undefined) return this.#beginAnew();
    this.#sums.goBack(generation);
    this.#given.voidSums();
    this.#computed(generation, sum);
    this.#generation = generation;
    this.#isReady = true;
    this.#hold();
    this.#pump();
  }

  /** The state that came is none, though it was taken for right: the journal of the match has the right one. */
  #beginAnew(): void {
    if (this.#match) this.#begin(this.#match);
    this.#askedAnew = false;
    this.#askAnew();
  }

  /**
   * Asks what the match does not go on without, until it is taken. A question that is lost with its connection, or asked without
   * one, is no mistake: `#matched` says what is to be said again.
   */
  async #ask(verb: "get" | "put", resource: string, body: unknown): Promise<void> {
    const asking = this.#asking;
    try {
      await this.#connection.request(verb, resource, body);
    } catch (error) {
      const isLater =
        error instanceof UsageError || (error instanceof RequestError && NOT_NOW.has(error.status));
      if (isLater) {
        this.#after(AGAIN, () => {
          if (asking === this.#asking && !this.#isOver) void this.#ask(verb, resource, body);
        });
      } else if (!(error instanceof TickroomError)) throw error;
      else if (!(error instanceof ConnectionClosed)) this.#events.emit("error", error);
    }
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
