import type { Codec } from "./codec.js";
import { UsageError } from "./errors.js";
import { type ClientItem, ClientItemTag, MAX_ITEMS, MAX_MESSAGE_BYTES } from "./protocol.generated.js";

export type Verb = "get" | "put" | "post" | "delete";

/** Commands and requests that may wait for the next bundles. */
const MAX_WAITING = 256;
/** Open calls of one player that the server takes. */
const MAX_CALLS = 16;
/** What a bundle's own fields and its input may take of a message. */
const RESERVED_BYTES = 512;
/** Items that every bundle may have of its own: input, ping, a request for a snapshot. */
const RESERVED_ITEMS = 3;

interface Waiting {
  readonly item: ClientItem;
  readonly size: number;
}

/** An answer of the server's, by what was asked: a command's refusal, or the answer to a question; "known" says nothing new. */
export type Answered = { readonly refused: string } | "asked" | "known";

/** Commands, questions and calls on their way to the server, over all connections. Ids ascend. */
export class Outbox {
  readonly #codec: Codec;
  #waiting: Waiting[] = [];
  /** Commands that were sent and that the server does not keep yet, in the order of their ids. */
  #unconfirmed: Waiting[] = [];
  /** Names of commands by id, for the refusal of one. */
  readonly #commands = new Map<number, string>();
  /** Calls without an answer, in their order: they outlive a connection. */
  readonly #calls = new Map<number, Waiting>();
  /** Calls that this connection has sent again: the answer may come by it, and as something that was missed. */
  #sentAgain: ReadonlySet<number> = new Set();
  #nextId = 1;
  #askId = -1;

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Gives a command to the next bundle; its id. Throws UsageError. */
  command(name: string, body: unknown): number {
    const kept = copyOf(body);
    const { id } = this.#add((id) => [ClientItemTag.Command, id, name, kept]);
    this.#commands.set(id, name);
    if (this.#commands.size > MAX_WAITING)
      this.#commands.delete(this.#commands.keys().next().value as number);
    return id;
  }

  /** Gives a question to the next bundle; the id of its answer. Throws UsageError. */
  request(verb: Verb, resource: string, body: unknown): number {
    return this.#add((id) => [ClientItemTag.Request, id, verb, resource, body]).id;
  }

  /** Gives a call of the game's rpc to the next bundle, and to each new connection until it is answered or forgotten. */
  call(name: string, body: unknown): number {
    if (this.#calls.size >= MAX_CALLS) throw new UsageError(`${MAX_CALLS} calls wait for their answer.`);
    const kept = copyOf(body);
    const { id, waiting } = this.#add((id) => [ClientItemTag.Request, id, "post", `rpc/${name}`, kept]);
    this.#calls.set(id, waiting);
    return id;
  }

  /** Nobody waits for this call any more: it is not sent again. */
  forgetCall(id: number): void {
    this.#calls.delete(id);
  }

  /** Asks for a snapshot in front of what waits and beyond its bound: nothing else helps a client that has lost step. */
  askForSnapshot(): void {
    this.#askId = this.#nextId++;
    const item: ClientItem = [ClientItemTag.Request, this.#askId, "get", "snapshot", null];
    this.#waiting.unshift({ item, size: this.#codec.size(item) });
  }

  /** What fits into the next bundle. */
  take(): ClientItem[] {
    let bytes = RESERVED_BYTES;
    let count = 0;
    for (const { size } of this.#waiting) {
      if (count >= MAX_ITEMS - RESERVED_ITEMS || bytes + size > MAX_MESSAGE_BYTES) break;
      bytes += size;
      count += 1;
    }
    const taken = this.#waiting.splice(0, count);
    this.#unconfirmed.push(...taken.filter(isCommand));
    return taken.map(({ item }) => item);
  }

  /** The server keeps all commands up to this id. */
  confirm(lastId: number): void {
    const first = this.#unconfirmed.findIndex((waiting) => idOf(waiting) > lastId);
    this.#unconfirmed.splice(0, first < 0 ? this.#unconfirmed.length : first);
  }

  /** The server answered. A command that was refused is not sent again, or it might run after all. */
  answered(id: number): Answered {
    if (id === this.#askId) return "known";
    if (!this.#calls.delete(id) && this.#sentAgain.has(id)) return "known";
    const stays = (waiting: Waiting) => idOf(waiting) !== id || !isCommand(waiting);
    this.#unconfirmed = this.#unconfirmed.filter(stays);
    this.#waiting = this.#waiting.filter(stays);
    const command = this.#commands.get(id);
    if (command === undefined) return "asked";
    this.#commands.delete(id);
    return { refused: command };
  }

  /** The connection is gone: commands wait for the next. */
  lost(): void {
    this.#waiting = this.#waiting.filter(isCommand);
  }

  /** Another connection: what is not confirmed goes out again, under its ids, before all else. `lastId` the server has heard. */
  resume(lastId: number): void {
    const again = [...this.#unconfirmed, ...this.#waiting.filter(isCommand), ...this.#calls.values()];
    this.#waiting = again.sort((a, b) => idOf(a) - idOf(b));
    this.#unconfirmed = [];
    this.#sentAgain = new Set(this.#calls.keys());
    this.#nextId = Math.max(this.#nextId, lastId + 1);
  }

  #add(make: (id: number) => ClientItem): { id: number; waiting: Waiting } {
    if (this.#waiting.length + this.#unconfirmed.length >= MAX_WAITING)
      throw new UsageError("Too much is waiting to be sent.");
    const item = make(this.#nextId);
    const size = this.#codec.size(item);
    if (size > MAX_MESSAGE_BYTES - RESERVED_BYTES) {
      throw new UsageError(`This takes ${size} bytes; a message may have ${MAX_MESSAGE_BYTES}.`);
    }
    const waiting = { item, size };
    this.#waiting.push(waiting);
    return { id: this.#nextId++, waiting };
  }
}

/** What is sent again must be what was sent, whatever the caller has done to it since. */
function copyOf(body: unknown): unknown {
  return typeof body === "object" ? structuredClone(body) : body;
}

function idOf({ item }: Waiting): number {
  return item[1];
}

function isCommand({ item }: Waiting): boolean {
  return item[0] === ClientItemTag.Command;
}
