import type { Network, Path } from "./conditions.js";

type Sent = string | Uint8Array;
type Received = string | ArrayBuffer;
type Closed = { readonly code: number; readonly reason: string };

/** Bytes on each direction. A browser's WebSocket can make nobody wait: with more the connection is taken for lost. */
const CAPACITY = 4 * 1024 * 1024;
/** Longer times are looked at again (ms). */
const LONGEST_REST = 60_000;
const CONNECTING = 0;
const OPEN = 1;
const CLOSED = 3;
const NORMAL = 1000;
const ABNORMAL = 1006;
const NEVER = Number.POSITIVE_INFINITY;
const NO_ROOM = "The simulated network has no room for more.";

/** A clock that stands still where `clock` runs back, so that what is on its way does not wait until it is as late again (ms). */
export function neverBack(clock: () => number): () => number {
  let [before, time] = [clock(), 0];
  return () => {
    const now = clock();
    time += Math.max(0, now - before);
    before = now;
    return time;
  };
}

/**
 * A WebSocket with a simulated network in it, as much of one as the client uses. Where the network is perfect everything
 * passes at once; frames that wait keep their order. The WebSocket's own handshake is delayed by its two round trips.
 */
export class SimulatedSocket {
  onopen: (() => void) | null = null;
  onmessage: ((message: { data: Received }) => void) | null = null;
  onclose: ((closed: Closed) => void) | null = null;
  readonly #network: Network;
  readonly #now: () => number;
  readonly #open: () => WebSocket;
  #socket: WebSocket | undefined;
  #path: Path<Sent, Received> | undefined;
  #readyState = CONNECTING;
  /** How the real connection ended: told when all that came before has arrived. */
  #ended: Closed | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `open` makes the real WebSocket, which gives array buffers; `now` is a monotonic clock in ms. */
  constructor(network: Network, open: () => WebSocket, now: () => number) {
    this.#network = network;
    this.#open = open;
    this.#now = now;
    const handshake = 4 * network.conditions.latency;
    const isAway = now() < network.backAt;
    if (isAway) this.#timer = setTimeout(() => this.#cut("The simulated network is away."), handshake);
    else if (handshake > 0) this.#timer = setTimeout(() => this.#connect(), handshake);
    else this.#connect();
  }

  get readyState(): number {
    return this.#readyState;
  }

  send(frame: Sent): void {
    const path = this.#path;
    if (this.#readyState !== OPEN || !path) return;
    if (path.up.full) {
      queueMicrotask(() => this.#cut(NO_ROOM)); // never inside of a call of the client's
      return;
    }
    path.up.push(this.#now(), frame, frame.length);
    this.#sendDue(path);
    this.#rest();
  }

  /** Closes at once; what is still on its way is lost, and `onclose` is not called. */
  close(code: number): void {
    this.#end();
    this.#socket?.close(code);
  }

  /** The network is another from now on: its `conditions` have changed. */
  changed(): void {
    this.#path?.change(this.#network.conditions, this.#now());
    this.#rest();
  }

  /** Nothing gets through either way for so long (ms), and then all at once. */
  stall(milliseconds: number): void {
    const now = this.#now();
    this.#path?.up.stall(now, milliseconds);
    this.#path?.down.stall(now, milliseconds);
  }

  #connect(): void {
    const socket = this.#open();
    this.#socket = socket;
    socket.onopen = () => {
      this.#path = this.#network.path(this.#now(), CAPACITY);
      this.#readyState = OPEN;
      this.onopen?.();
      this.#rest();
    };
    socket.onmessage = ({ data }) => this.#received(data as Received);
    socket.onclose = ({ code, reason }) => {
      this.#ended = { code, reason };
      this.#pass();
    };
  }

  #received(data: Received): void {
    const path = this.#path;
    if (!path) return;
    if (path.down.full) {
      this.#cut(NO_ROOM);
      return;
    }
    path.down.push(this.#now(), data, typeof data === "string" ? data.length : data.byteLength);
    this.#pass();
  }

  /** Hands on what is due, ends what has ended, and comes back for the rest. */
  #pass(): void {
    const path = this.#path;
    if (path && this.#now() >= path.cutAt) {
      this.#network.lost(this.#now());
      this.#cut("The simulated network has cut the connection.");
      return;
    }
    if (path) {
      this.#sendDue(path);
      this.#readDue(path);
    }
    if (this.#ended && this.#readyState !== CLOSED && (!path || path.down.nextDue === NEVER)) {
      this.#end();
      this.onclose?.(this.#ended);
    }
    this.#rest();
  }

  #sendDue({ up }: Path<Sent, Received>): void {
    const now = this.#now();
    for (let frame = up.take(now); frame !== undefined; frame = up.take(now)) {
      if (this.#socket?.readyState === OPEN) this.#socket.send(frame as Uint8Array<ArrayBuffer>);
    }
  }

  #readDue({ down }: Path<Sent, Received>): void {
    const now = this.#now();
    for (let data = down.take(now); data !== undefined; data = down.take(now)) this.onmessage?.({ data });
  }

  /** Until something is due. */
  #rest(): void {
    clearTimeout(this.#timer);
    const path = this.#path;
    if (!path || this.#readyState === CLOSED) return;
    const due = Math.min(path.up.nextDue, path.down.nextDue, path.cutAt);
    if (due === NEVER) return;
    this.#timer = setTimeout(() => this.#pass(), Math.min(Math.max(0, due - this.#now()), LONGEST_REST));
  }

  #cut(reason: string): void {
    if (this.#readyState === CLOSED) return;
    this.close(NORMAL); // a page cannot reset a connection; to the server it is one that ends
    this.onclose?.({ code: ABNORMAL, reason });
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#readyState = CLOSED;
    this.#path?.up.clear();
    this.#path?.down.clear();
    const socket = this.#socket;
    if (socket) {
      socket.onopen = null;
      socket.onmessage = null;
      socket.onclose = null;
    }
  }
}
