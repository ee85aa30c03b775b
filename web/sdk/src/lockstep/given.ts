import type { Packet } from "../protocol.generated.js";
import type { GivenCommand } from "./engine.js";

/** Commands that may wait for the next packets. */
const MAX_COMMANDS = 256;

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
