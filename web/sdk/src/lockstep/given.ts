import type { Packet } from "../protocol.generated.js";
import type { GivenCommand } from "./engine.js";

/** Commands that may wait for the next packets. */
const MAX_COMMANDS = 256;
/** The place of the commands in a Packet. */
const BODY = 6;

/** What the player has given and the server has not told yet: commands that wait for a packet, and packets under way. */
export class Given {
  #commands: GivenCommand[] = [];
  readonly #packets = new Map<number, Packet>();

  /** False: too many wait. */
  add(name: string, body: unknown): boolean {
    if (this.#commands.length >= MAX_COMMANDS) return false;
    this.#commands.push([name, body]);
    return true;
  }

  get commands(): readonly GivenCommand[] {
    return this.#commands;
  }

  /** The first `used` commands have gone out with the packet of a generation. */
  sent(generation: number, packet: Packet, used: number): void {
    this.#commands.splice(0, used);
    this.#packets.set(generation, packet);
  }

  /** What was sent for a generation that is run again: that is what counts. */
  body(generation: number): Uint8Array | undefined {
    return this.#packets.get(generation)?.[BODY];
  }

  /** The engine begins anew in the same match: commands that wait are void, what was sent is not. */
  goBack(): void {
    this.#commands = [];
    this.voidSums();
  }

  /** The state is another one now: what is said again after a reconnect tells no checksum of the old one. */
  voidSums(): void {
    for (const [generation, [tag, of, latency, framerate, , , body = new Uint8Array()]] of this.#packets) {
      this.#packets.set(generation, [tag, of, latency, framerate, -1, 0, body]);
    }
  }

  /** The packet of that generation and of those before has been told to everybody. */
  told(generation: number): void {
    for (const each of this.#packets.keys()) if (each <= generation) this.#packets.delete(each);
  }

  /** What may have been lost. */
  get packets(): Iterable<Packet> {
    return this.#packets.values();
  }

  clear(): void {
    this.#commands = [];
    this.#packets.clear();
  }
}
