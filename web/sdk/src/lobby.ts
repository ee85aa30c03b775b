import { HttpError } from "./errors.js";

export interface GameEntry {
  readonly name: string;
  readonly title: string;
  readonly version: string;
  readonly tick_rate: number;
  readonly max_players: number;
}

/** The engine of a lock-step room: where it is, the SHA-256 of its bytes in hex, and whether a stranger has written it. */
export interface EngineEntry {
  readonly url: string;
  readonly sha256: string;
  readonly media_type: string;
  readonly uploaded: boolean;
  /** Of an engine in Python: what runs it in a browser, or why nothing does. */
  readonly python?: PythonEntry | null;
}

/** Where a browser gets Python: what tells how to load it (empty, and the reason, where there is none), and its code. */
export interface PythonEntry {
  readonly engine: string;
  readonly archives: readonly string[];
  readonly reason: string;
}

/** How a client predicts a game's rules: addresses on the server. */
export interface PredictionEntry {
  /** Of what says how to load the Python engine; empty where there is none, for the `reason`. */
  readonly engine: string;
  /** Of the archives with the code. */
  readonly archives: readonly string[];
  /** The module that has the game in it. */
  readonly module: string;
  /** Names these rules: a client that predicts says it in its hello. */
  readonly fingerprint: string;
  /** Of the game's own predictor, `client/predictor.js`; or empty. */
  readonly predictor: string;
  readonly reason: string;
}

export interface RoomEntry {
  readonly room_id: string;
  /** What whoever made the room calls it; else the game's title. */
  readonly name: string;
  readonly game: string;
  /** The game's. */
  readonly title: string;
  readonly players: number;
  readonly max_players: number;
  readonly state: string;
  readonly join_url: string;
  /** Whether anybody may watch it. */
  readonly watchable: boolean;
  /** It is kept and does not run until whoever runs the server has looked at it: nobody can join. */
  readonly held?: boolean;
  /** `authoritative`, or `lockstep` where the clients compute the game. */
  readonly model: string;
  /** What computes it there; null where there is none for browsers. A stranger's is run in a sandbox only. */
  readonly engine: EngineEntry | null;
  /** Of a lock-step room: what it was made with. */
  readonly lockstep?: { readonly rules: { readonly missing: "wait" | "empty" | "drop" | "vote" } } | null;
  /** Of a game with rules that clients can predict. */
  readonly prediction?: PredictionEntry | null;
}

export interface CreatedRoom {
  readonly room_id: string;
  readonly join_url: string;
}

/** A reserved seat; `token` opens it and is nobody else's business. */
export interface SeatTicket {
  readonly player_id: string;
  readonly token: string;
  readonly socket_url: string;
  readonly room_id: string;
}

export interface CreateOptions {
  readonly name?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly adminToken?: string;
}

/** How long the server may take to answer (ms). */
const TIMEOUT = 10_000;

/** The HTTP side of a server. Every method throws HttpError, with the server's own sentence where it gave one. */
export class Lobby {
  readonly #base: string;

  /** `base` is the server's address, such as `https://play.example.org`. */
  constructor(base: string | URL) {
    this.#base = String(base);
  }

  async games(): Promise<GameEntry[]> {
    return (await this.#call<{ games: GameEntry[] }>("GET", "/games")).games;
  }

  /** The server's address in the local network; null when it listens on this machine alone, or does not say. */
  async networkUrl(): Promise<string | null> {
    const { network_url } = await this.#call<{ network_url?: string | null }>("GET", "/games");
    return network_url || null;
  }

  async rooms(): Promise<RoomEntry[]> {
    return (await this.#call<{ rooms: RoomEntry[] }>("GET", "/rooms")).rooms;
  }

  /** What the server says of one room; HttpError 404 when there is none. */
  async room(roomId: string): Promise<RoomEntry> {
    return this.#call("GET", `/rooms/${encodeURIComponent(roomId)}`);
  }

  async create(game: string, { adminToken, ...options }: CreateOptions = {}): Promise<CreatedRoom> {
    return this.#call("POST", "/create", { game, ...options }, adminToken);
  }

  /** Reserves a seat; without a name the server gives a guest's. `guest` is a player's own secret (see `guestSecret`). */
  async join(roomId: string, name?: string, guest?: string, account?: string): Promise<SeatTicket> {
    const body = { ...(name ? { username: name } : {}), ...(guest ? { guest } : {}) };
    return this.#call("POST", `/join/${encodeURIComponent(roomId)}`, body, account);
  }

  /** A place to watch a room from: no seat is taken. */
  async watch(roomId: string): Promise<SeatTicket> {
    return this.#call("POST", `/rooms/${encodeURIComponent(roomId)}/watch`, {});
  }

  async #call<Result>(method: string, path: string, body?: unknown, token?: string): Promise<Result> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    if (token) headers.Authorization = `Bearer ${token}`;
    const request: RequestInit = { method, headers, signal: AbortSignal.timeout(TIMEOUT) };
    if (body !== undefined) request.body = JSON.stringify(body);
    const response = await this.#fetch(path, request);
    if (!response.ok) throw new HttpError(response.status, await problem(response));
    return (await readJson(response)) as Result;
  }

  async #fetch(path: string, request: RequestInit): Promise<Response> {
    try {
      return await fetch(new URL(path, this.#base), request);
    } catch (cause) {
      throw Object.assign(new HttpError(0, "The server cannot be reached."), { cause });
    }
  }
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw Object.assign(new HttpError(response.status, "The server's answer could not be read."), { cause });
  }
}

/** The sentence of a problem document (RFC 9457), or one made of the status. */
async function problem(response: Response): Promise<string> {
  const fallback = `The server refused (${response.status} ${response.statusText}).`;
  try {
    const { title, detail } = (await response.json()) as { title?: unknown; detail?: unknown };
    return (
      ([detail, title].find((text) => typeof text === "string" && text !== "") as string | undefined) ??
      fallback
    );
  } catch {
    return fallback;
  }
}
