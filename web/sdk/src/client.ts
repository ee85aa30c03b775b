import { backoff } from "./backoff.js";
import { CODECS, type CodecName, type Frame } from "./codec.js";
import { type Conditions, Network, PERFECT } from "./conditions.js";
import { ClientCore, type Statistics, type View } from "./core.js";
import { Emitter } from "./emitter.js";
import { ConnectionClosed, HttpError, ProtocolError, TickroomError, UsageError } from "./errors.js";
import type { ClientEvents, ConnectionState, CoreEvent, PlaybackInfo } from "./events.js";
import { Lobby, type SeatTicket } from "./lobby.js";
import type { LockstepSaid } from "./lockstep/told.js";
import { type SeatMemory, sessionMemory } from "./memory.js";
import type { Verb } from "./outbox.js";
import type { LoadPredictor, Prediction } from "./prediction/prediction.js";
import type { PredictionStatistics } from "./prediction/status.js";
import { CloseReason } from "./protocol.generated.js";
import { CALL_TIMEOUT, type CallOptions, Questions } from "./questions.js";
import type { SceneEntity } from "./scene.js";
import type { Game, Player } from "./schema.js";
import { neverBack, SimulatedSocket } from "./simulated-socket.js";

export interface ClientOptions {
  /** The server's address; its pages' own origin by default, in a browser. */
  readonly url?: string | URL;
  readonly room: string;
  /** The player's name; the server gives a guest's to who has none. */
  readonly name?: string;
  /** A random UUID that is the player's secret: games that keep what players have know the player by it (`guestSecret`). */
  readonly guest?: string;
  /** The player's JSON Web Token, where the server has accounts, or what gives a fresh one; used for the join alone. */
  readonly account?: string | (() => string | Promise<string>);
  /** Watch, without a seat: what the room lets everybody see. `name`, `guest` and `account` are not used then. */
  readonly watch?: boolean;
  /** An earlier `token`: back to that seat, and to no new one when it is gone. */
  readonly token?: string;
  /**
   * Where the seat is kept; the page's sessionStorage by itself, so that a page that is loaded again has its seat again, and
   * joins anew when that is gone. Null: nowhere.
   */
  readonly memory?: SeatMemory | null;
  /** `msgpack`, or `json` to read along in the browser's network view. */
  readonly codec?: CodecName;
  /** How many attempts in a row to reconnect before giving up; 60 by itself, some 2 minutes. */
  readonly attempts?: number;
  /** The fingerprint of the rules that this client predicts by; without one it does not (`predict`). */
  readonly fingerprint?: string;
  /** A bad network to simulate between this client and the server, as one of `NETWORKS`; for debugging. */
  readonly conditions?: Conditions;
  /** Of the simulated network: the same one brings the same jitter, stalls and cuts. */
  readonly seed?: number;
  /** Local monotonic time in ms. */
  readonly now?: () => number;
  readonly random?: () => number;
  /** For a runtime without a WebSocket of its own. */
  readonly webSocket?: typeof WebSocket;
}

/** A connection over which nothing came for this long is taken for dead (ms). */
const SILENCE = 8_000;
/** A connection that stood for this long was a good one: the next back-off begins anew (ms). */
const STEADY = 5_000;
/** Attempts in a row that take longer, on average, than a seat is kept (60 s). */
const ATTEMPTS = 60;
/** How long giving up the seat may take (ms). */
const LEAVE_TIMEOUT = 1_000;
const SEAT_GONE: ReadonlySet<number> = new Set([
  CloseReason.BAD_TOKEN,
  CloseReason.REPLACED,
  CloseReason.ROOM_ENDED,
  CloseReason.ROOM_FAILED,
  CloseReason.KICKED,
  CloseReason.LEFT,
]);
/** A normal closure, by the WebSocket protocol. */
const NORMAL = 1000;

/**
 * A player's client: it joins a room, keeps the connection (and makes it anew when it is lost), sends the inputs once a
 * tick and keeps the scene to draw. All of the protocol is in `ClientCore`; this is its socket and its timers.
 */
export class Client {
  readonly #options: ClientOptions;
  readonly #core: ClientCore;
  readonly #lobby: Lobby;
  readonly #base: URL;
  readonly #events = new Emitter<ClientEvents>();
  readonly #questions = new Questions();
  readonly #now: () => number;
  readonly #memory: SeatMemory | null;
  readonly #network: Network;
  readonly #networkTime: () => number;
  #socket: SimulatedSocket | undefined;
  #token: string;
  /** Whether the token is one that was kept by an earlier page, and has opened nothing yet. */
  #isRemembered: boolean;
  #state: ConnectionState = { status: "idle" };
  #attempt = 0;
  /** For how long the server said that it is away (ms). */
  #away = 0;
  #heardAt = 0;
  #openSince = Number.POSITIVE_INFINITY;
  #tickTimer: ReturnType<typeof setTimeout> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#core = new ClientCore(CODECS[options.codec ?? "msgpack"], options.fingerprint, this.#now);
    this.#core.prediction.onEvent = (event) => this.#events.emit("event", event);
    this.#core.prediction.onStatus = (status) => this.#events.emit("prediction", status);
    this.#network = new Network(options.conditions ?? PERFECT, options.seed);
    this.#networkTime = neverBack(this.#now);
    this.#base = new URL(options.url ?? globalThis.location.origin);
    this.#lobby = new Lobby(this.#base);
    this.#memory = options.memory === undefined ? sessionMemory(this.#base) : options.memory;
    this.#token = options.token || this.#memory?.get(this.#place) || "";
    this.#isRemembered = !options.token;
  }

  /** Under which the token is kept. */
  get #place(): string {
    return this.#options.watch ? `watch/${this.#options.room}` : this.#options.room;
  }

  /** Calls `handler` on every such event; gives back the function that ends it. */
  on<Name extends keyof ClientEvents>(name: Name, handler: (detail: ClientEvents[Name]) => void): () => void {
    return this.#events.on(name, handler);
  }

  get connection(): ConnectionState {
    return this.#state;
  }

  get game(): Game | undefined {
    return this.#core.game;
  }

  /** The own player's number, or -1 before the welcome. */
  get player(): number {
    return this.#core.player;
  }

  /** For a viewer: what is watched, and how. */
  get playback(): PlaybackInfo | undefined {
    return this.#core.playback;
  }

  get players(): readonly Player[] {
    return this.#core.roster;
  }

  /** What the player holds: set it at any time, it goes out with the next tick. */
  get inputs(): ClientCore["inputs"] {
    return this.#core.inputs;
  }

  /** Round trip, jitter, view delay (ms) and tick rate (Hz). */
  get statistics(): Statistics {
    return this.#core.statistics;
  }

  /** Whether the own moves are drawn ahead of the server, and why not. */
  get prediction(): Prediction["status"] {
    return this.#core.prediction.status;
  }

  /** The tick of the own inputs, with its fraction. */
  get tick(): number {
    return this.#core.ownTick(this.#now());
  }

  get predictionStatistics(): PredictionStatistics {
    return this.#core.prediction.statistics;
  }

  /** After the welcome: loads what predicts, and turns prediction on when it is there. The `prediction` event says how it goes. */
  predict(load: LoadPredictor): Promise<void> {
    return this.#core.prediction.load(load);
  }

  /** The network that is simulated between this client and the server: `PERFECT` for none. May be set at any time. */
  get conditions(): Conditions {
    return this.#network.conditions;
  }

  set conditions(conditions: Conditions) {
    this.#network.conditions = conditions;
    this.#socket?.changed();
  }

  /** Joins, if there is no seat to come back to, and connects. Rejects with HttpError or ConnectionClosed once it has given up. */
  async open(): Promise<void> {
    if (this.#state.status !== "idle") throw new UsageError("This client has been opened already.");
    if (!this.#token) await this.#join();
    await this.#firstWelcome();
  }

  /** The scene to draw now (`time` local ms), or nothing before the first welcome. Valid until the next call. */
  view(time: number = this.#now()): View | undefined {
    return this.#core.view(time);
  }

  /** The newest state the server told: for logic and bots; draw `view` instead. */
  latest(): SceneEntity[] {
    return this.#core.latest();
  }

  /** Sends a command of the game's with the next bundle; a `refused` event names its id if it is refused. */
  send(command: string, body: unknown = {}): number {
    return this.#core.send(command, body);
  }

  /** Asks the server over the connection; rejects with RequestError when the status is 400 or more. */
  request(verb: Verb, resource: string, body: unknown = null): Promise<unknown> {
    const id = this.#core.request(verb, resource, body);
    if (this.#core.isLockstep) this.#sendBundle(this.#now());
    return this.#questions.asked(id);
  }

  /**
   * Calls an rpc of the game's; what it gives back. An open call is sent again after a reconnect, and runs once. Rejects
   * with CallError (status and sentence; 408 when no answer came in time: it may have run), with UsageError when there is
   * no connection now, and with what closed the client.
   */
  async call(
    name: string,
    body: unknown = {},
    { timeout = CALL_TIMEOUT }: CallOptions = {},
  ): Promise<unknown> {
    const id = this.#core.call(name, body);
    return this.#questions.called(id, name, timeout, () => this.#core.forgetCall(id));
  }

  /** What nearly all round trips keep to (ms). */
  get roundTripBound(): number {
    return this.#core.roundTripBound;
  }

  /** For a lock-step engine: the match that it runs (0: none), and the last generation that it has. */
  get holds(): readonly [match: number, generation: number] {
    return this.#core.holds;
  }

  set holds(holds: readonly [match: number, generation: number]) {
    this.#core.holds = holds;
  }

  /** Says what a lock-step client says, at once; nothing where there is no connection. */
  say(item: LockstepSaid): void {
    this.#core.say(item);
    this.#sendBundle(this.#now());
  }

  /** Tries again now, instead of after the wait; also after the client has given up. */
  reconnect(): void {
    if (this.#state.status !== "waiting" && this.#state.status !== "closed") return;
    clearTimeout(this.#retryTimer);
    if (this.#state.status === "closed") this.#attempt = 0;
    this.#connect();
  }

  /** Gives up the seat for good, and closes; settles when that is done or has taken `LEAVE_TIMEOUT`. */
  async leave(): Promise<void> {
    if (this.#core.open) {
      const gone = new Promise<void>((resolve) => {
        this.on("connection", (state) => state.status === "closed" && resolve());
        setTimeout(resolve, LEAVE_TIMEOUT);
      });
      this.#core.request("delete", "seat");
      await gone;
    }
    this.#memory?.forget(this.#place);
    this.close();
  }

  /** Closes the connection; the seat is kept for a while, for whoever holds the token. */
  close(): void {
    if (this.#state.status === "closed") return;
    this.#drop(NORMAL);
    this.#finish(new ConnectionClosed(CloseReason.LEFT));
  }

  /** `isTemporary` says of what error the client tries again later. */
  async #join(isTemporary: (error: TickroomError) => boolean = () => false): Promise<void> {
    this.#become({ status: "joining" });
    try {
      const seat = await this.#takeSeat();
      this.#isRemembered = false;
      this.#keep(seat.token);
      this.#events.emit("joined", { token: seat.token, playerId: seat.player_id, roomId: seat.room_id });
    } catch (error) {
      if (error instanceof TickroomError) {
        if (isTemporary(error)) this.#lost(error);
        else this.#closed(error);
      }
      throw error;
    }
  }

  async #takeSeat(): Promise<SeatTicket> {
    const { room, name, guest, account, watch } = this.#options;
    if (watch) return this.#lobby.watch(room);
    const jwt = typeof account === "function" ? await account() : account;
    return this.#lobby.join(room, name, guest, jwt);
  }

  #firstWelcome(): Promise<void> {
    return new Promise((resolve, reject) => {
      const ends = [
        this.on("welcome", () => settle(resolve)),
        this.on("connection", (state) => {
          if (state.status === "closed") settle(() => reject(state.error));
        }),
      ];
      const settle = (outcome: () => void) => {
        for (const end of ends) end();
        outcome();
      };
      this.#connect();
    });
  }

  #connect(): void {
    const WebSocketClass = this.#options.webSocket ?? WebSocket;
    const { room, watch } = this.#options;
    const address = new URL(`/rooms/${encodeURIComponent(room)}/${watch ? "watch" : "socket"}`, this.#base);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    this.#become({ status: "connecting", attempt: this.#attempt });
    const open = () => {
      const socket = new WebSocketClass(address, this.#core.subprotocol);
      socket.binaryType = "arraybuffer";
      return socket;
    };
    const socket = new SimulatedSocket(this.#network, open, this.#networkTime);
    this.#socket = socket;
    this.#heardAt = this.#now();
    this.#schedule();
    socket.onopen = () => this.#write(this.#core.connected(this.#token));
    socket.onmessage = (message) => this.#received(message.data);
    socket.onclose = ({ code, reason }) => {
      if (socket === this.#socket) this.#lost(new ConnectionClosed(code, reason));
    };
  }

  #received(frame: string | ArrayBuffer): void {
    const now = this.#now();
    this.#heardAt = now;
    let events: CoreEvent[];
    try {
      events = this.#core.receive(frame, now);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#events.emit("error", error);
      this.#drop(CloseReason.MALFORMED);
      this.#lost(error);
      return;
    }
    for (const frame of this.#core.takeOutgoing()) this.#write(frame);
    for (const event of events) this.#handle(event);
    // In a background tab timers all but stand still, but messages still come: they keep the connection alive.
    this.#sendBundle(now);
  }

  #handle(event: CoreEvent): void {
    if (event.type === "welcome") {
      this.#isRemembered = false;
      this.#keep(this.#core.token); // before the first bundle goes out, which voids the one before
      this.#openSince = this.#now();
      this.#schedule();
      this.#become({ status: "open" });
    }
    if (event.type === "answer") this.#questions.answered(event.detail);
    if (event.type === "away") this.#away = event.detail;
    this.#events.emit(event.type, event.detail as never);
  }

  #keep(token: string): void {
    this.#token = token;
    this.#memory?.keep(this.#place, token);
    this.#events.emit("token", token);
  }

  #schedule(): void {
    clearTimeout(this.#tickTimer);
    this.#tickTimer = setTimeout(() => this.#beat(), this.#core.untilNextTick(this.#now()));
  }

  #beat(): void {
    const now = this.#now();
    if (now - this.#heardAt > SILENCE) {
      this.#drop(NORMAL);
      this.#lost(new ConnectionClosed(1006, "Nothing was heard from the server for too long."));
      return;
    }
    this.#sendBundle(now);
    this.#schedule();
  }

  #sendBundle(now: number): void {
    const bundle = this.#core.takeBundle(now);
    if (bundle !== undefined) this.#write(bundle);
  }

  #write(frame: Frame): void {
    if (this.#socket?.readyState === 1) this.#socket.send(frame);
  }

  #drop(code: number): void {
    const socket = this.#socket;
    this.#socket = undefined;
    clearTimeout(this.#tickTimer);
    clearTimeout(this.#retryTimer);
    if (socket && socket.readyState <= 1) socket.close(code);
  }

  #lost(error: TickroomError): void {
    clearTimeout(this.#tickTimer);
    this.#socket = undefined;
    this.#core.disconnected();
    this.#questions.connectionLost(error);
    if (this.#away > 0 || this.#now() - this.#openSince > STEADY) this.#attempt = 0;
    this.#openSince = Number.POSITIVE_INFINITY;
    this.#attempt += 1;
    // a viewer's place lives as long as the server does
    const isPlaceGone =
      this.#options.watch && error instanceof ConnectionClosed && error.code === CloseReason.BAD_TOKEN;
    if (isPlaceGone || (this.#isRemembered && isSeatGone(error))) {
      void this.#joinAnew();
      return;
    }
    const isFinal = error instanceof ConnectionClosed && error.final;
    if (isFinal || this.#attempt > (this.#options.attempts ?? ATTEMPTS)) {
      this.#closed(error);
      return;
    }
    const wait = backoff(this.#attempt, (this.#options.random ?? Math.random)(), this.#away);
    this.#away = 0;
    this.#become({ status: "waiting", attempt: this.#attempt, retryAt: this.#now() + wait, error });
    this.#retryTimer = setTimeout(() => void this.#retry(), wait);
  }

  /** The seat of an earlier page is gone: that needs no words, a new one is to be had. */
  async #joinAnew(): Promise<void> {
    // A server that has been restarted has for a while nothing that is old enough to be watched.
    const { watch } = this.#options;
    const isTooEarly = (error: TickroomError) => error instanceof HttpError && error.status === 503;
    if (!watch) this.#attempt = 0;
    try {
      await this.#join((error) => watch === true && isTooEarly(error));
    } catch (error) {
      if (!(error instanceof TickroomError)) throw error;
      return; // it has closed the client, or waits
    }
    if (this.#state.status === "joining") this.#connect();
  }

  /** Browsers do not say why a WebSocket was refused, so the lobby is asked whether the room is still there. */
  async #retry(): Promise<void> {
    if (this.#attempt > 1) {
      try {
        await this.#lobby.room(this.#options.room);
      } catch (error) {
        if (this.#state.status !== "waiting") return;
        if (!(error instanceof HttpError)) throw error;
        if (error.status === 404 || error.status === 410) this.#closed(error);
        else this.#lost(error);
        return;
      }
    }
    if (this.#state.status === "waiting") this.#connect();
  }

  #closed(error: TickroomError): void {
    if (isSeatGone(error)) this.#memory?.forget(this.#place);
    this.#finish(error);
  }

  #finish(error: TickroomError): void {
    this.#core.disconnected();
    this.#core.prediction.close();
    this.#questions.closed(error);
    this.#become({ status: "closed", error });
  }

  #become(state: ConnectionState): void {
    this.#state = state;
    this.#events.emit("connection", state);
  }
}

/** Whether what closed a connection leaves nothing to come back to. */
function isSeatGone(error: TickroomError): boolean {
  if (error instanceof HttpError) return error.status === 404 || error.status === 410;
  return error instanceof ConnectionClosed && SEAT_GONE.has(error.code);
}

/** Joins a room and connects: `await connect({ url, room, name })`. */
export async function connect(options: ClientOptions): Promise<Client> {
  const client = new Client(options);
  await client.open();
  return client;
}
