import { Client } from "../../src/client";
import type { EngineModule, GameEngine } from "../../src/lockstep/engine";
import { LocalEngine } from "../../src/lockstep/local";
import { Lockstep } from "../../src/lockstep/lockstep";
import { SlowEngine } from "./slow_engine";
import { VirtualSocket, type Wire } from "./socket";

/** What is told of a player after each turn. */
export interface Standing {
  readonly connection: string;
  readonly player: number;
  readonly generation: number;
  readonly told: number;
  /** The last generation that the engine has computed. */
  readonly computed: number;
  /** The generations that were run since, each with its checksum, in their order. */
  readonly ran: readonly (readonly [generation: number, checksum: number])[];
  /** The commands that were given since. */
  readonly given: readonly (readonly [name: string, body: unknown])[];
  readonly wrong: number;
  readonly errors: readonly string[];
  /** What opens the seat next. */
  readonly token: string;
}

export interface Script {
  commands(engine: GameEngine, player: number): readonly (readonly [name: string, body: unknown])[];
}

/** The browser's side of a lock-step room, whole: client, driver and engine, on a virtual socket. */
export class VirtualPlayer {
  readonly lockstep: Lockstep;
  /** Milliseconds that this computer takes for an iteration. */
  pace = 1;
  isScripted = false;
  readonly #client: Client;
  readonly #script: Script;
  #engine: GameEngine | undefined;
  #computer: SlowEngine | undefined;
  #ran: [number, number][] = [];
  #given: [string, unknown][] = [];
  #wrong = -1;
  #token: string;
  #errors: string[] = [];

  constructor(token: string, random: () => number, module: EngineModule, script: Script, wire: Wire) {
    class OwnSocket extends VirtualSocket {
      constructor() {
        super(wire);
      }
    }
    this.#script = script;
    this.#token = token;
    this.#client = new Client({
      url: "http://virtual.invalid",
      room: "virtual",
      token,
      memory: null,
      attempts: Number.POSITIVE_INFINITY,
      random,
      webSocket: OwnSocket as unknown as typeof WebSocket,
    });
    const remembering: EngineModule = {
      ...module,
      create: () => {
        const engine = module.create();
        this.#engine ??= engine;
        return engine;
      },
    };
    this.lockstep = new Lockstep(this.#client, {
      engine: async () => {
        this.#computer = new SlowEngine(new LocalEngine(remembering), () => this.pace);
        return this.#computer;
      },
    });
    this.#listen();
    this.#client.open().catch((error: unknown) => this.#errors.push(String(error)));
  }

  standing(): Standing {
    const { generation, told } = this.lockstep;
    const {
      connection: { status: connection },
      player,
    } = this.#client;
    const [wrong, token, computed] = [this.#wrong, this.#token, this.#computer?.computed ?? -1];
    const [ran, given, errors] = [this.#ran, this.#given, this.#errors];
    [this.#ran, this.#given, this.#errors] = [[], [], []];
    return { connection, player, generation, told, computed, ran, given, wrong, errors, token };
  }

  command(name: string, body: unknown): void {
    if (this.lockstep.command(name, body)) this.#given.push([name, body]);
  }

  ready(): void {
    this.lockstep.ready(true).catch((error: unknown) => this.#errors.push(String(error)));
  }

  /** Somebody changes the state behind the driver's back. */
  change(act: (engine: GameEngine) => void): void {
    if (!this.#engine) throw new Error("No match has begun.");
    act(this.#engine);
  }

  close(): void {
    this.lockstep.close();
    this.#client.close();
  }

  #listen(): void {
    const [client, lockstep] = [this.#client, this.lockstep];
    client.on("token", (token) => {
      this.#token = token;
    });
    client.on("welcome", () => lockstep.welcomed());
    client.on("lockstep", (item) => lockstep.heard(item));
    client.on("error", ({ message }) => this.#errors.push(message));
    lockstep.on("match", () => {
      this.#engine = undefined;
    });
    lockstep.on("wrong", (generation) => {
      this.#wrong = generation;
    });
    lockstep.on("error", ({ message }) => this.#errors.push(message));
    lockstep.on("ended", (why) => this.#errors.push(why));
    lockstep.on("ran", ({ sums }) => {
      for (const [generation, sum] of sums) this.#ran.push([generation, sum]);
      this.#act();
    });
  }

  #act(): void {
    if (!this.isScripted || !this.#engine) return;
    for (const [name, body] of this.#script.commands(this.#engine, this.#client.player))
      this.command(name, body);
  }
}
