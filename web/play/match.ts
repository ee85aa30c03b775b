import {
  Client,
  type ClientOptions,
  CloseReason,
  ConnectionClosed,
  type Game,
  type TickroomError,
  type WelcomeInfo,
} from "tickroom";
import { byId } from "../common/dom";
import { Chat } from "./chat";
import { ConnectionNotice } from "./connection-notice";
import type { Played } from "./ending";
import { Hud } from "./hud";
import { LockstepScreen } from "./lockstep";
import { Overlay } from "./overlay";
import type { Predicting } from "./predicting";
import { PredictionLine } from "./prediction-line";
import { type Panels, Screen } from "./screen";
import { ViewFeed } from "./view-feed";
import { Viewing } from "./viewing";

/** One player's stay in a room, from the join to the leave, over every lost connection between. */
export class Match {
  readonly client: Client;
  readonly predicting: Predicting;
  readonly #hud = new Hud();
  readonly #overlay: Overlay;
  readonly #predictionLine = new PredictionLine();
  readonly #chat: Chat;
  readonly #notice: ConnectionNotice;
  readonly #ended: (error: TickroomError) => void;
  readonly #room: string;
  #screen: Screen | undefined;
  #lockstep: LockstepScreen | undefined;
  #opening: Promise<void> = Promise.resolve();
  #feed = new ViewFeed();
  /** What the screen is for: game, player, jumps. */
  #shown = "";
  #wasOpen = false;
  #isPictured = false;
  #serverStopped = false;

  /** `ended` is called once, when the game is over for this page after it had begun. */
  constructor(options: ClientOptions, predicting: Predicting, ended: (error: TickroomError) => void) {
    this.#ended = ended;
    this.#room = options.room;
    this.predicting = predicting;
    const { fingerprint } = predicting;
    this.client = new Client({ ...options, fingerprint, attempts: Number.POSITIVE_INFINITY });
    this.#overlay = new Overlay(this.client);
    this.#chat = new Chat(this.client);
    this.#notice = new ConnectionNotice(this.client);
    const { client } = this;
    if (options.watch) new Viewing(client, (sentence) => this.#hud.feed(sentence, true));
    // the network is there again, or the page is, by the back button
    for (const event of ["online", "pageshow"]) {
      window.addEventListener(event, () => {
        if (client.connection.status === "waiting") client.reconnect();
      });
    }
    client.on("welcome", (welcome) => this.#welcomed(welcome));
    client.on("bundle", () => (this.#screen ?? this.#lockstep)?.heard(performance.now()));
    client.on("event", (event) => this.#screen?.happened(event));
    client.on("chunk", (chunk) => this.#feed.tell((view) => view.chunk(chunk)));
    client.on("tiles", (changes) => this.#feed.tell((view) => view.tiles(changes)));
    client.on("said", (line) => this.#feed.tell((view) => view.said(line)));
    client.on("playback", () => this.#watched());
    client.on("lockstep", (item) => this.#lockstep?.lockstep.heard(item));
    client.on("room", ({ state, detail }) => {
      this.#hud.roomState(state, detail);
      this.#lockstep?.room(state, detail);
    });
    client.on("notice", (text) => {
      this.#hud.notice(text);
      this.#lockstep?.notice(text);
    });
    client.on("refused", ({ reason }) => this.#hud.feed(reason, true));
    client.on("prediction", (status) => this.#predictionLine.show(status));
    client.on("error", ({ message }) => this.#hud.feed(message, true));
    client.on("connection", (state) => {
      this.#notice.show(state);
      if (state.status === "waiting") this.#serverStopped ||= isServerStopping(state.error);
      if (state.status === "closed" && this.#wasOpen) this.#ended(state.error);
    });
  }

  get screen(): Screen | undefined {
    return this.#screen;
  }

  /** What is known of it when it ends. */
  get played(): Played {
    return { hasBegun: this.#wasOpen, serverStopped: this.#serverStopped };
  }

  /** Rejects with HttpError or ConnectionClosed when the game cannot begin. */
  async open(): Promise<void> {
    await this.client.open();
    await this.#opening;
  }

  /** Beside the ending the page says nothing more of connection and game. */
  rest(): void {
    this.#overlay.rest();
    this.#screen?.rest();
    this.#lockstep?.rest();
  }

  async leave(): Promise<void> {
    this.#wasOpen = false;
    await this.client.leave();
    this.#close();
  }

  get lockstep(): LockstepScreen | undefined {
    return this.#lockstep;
  }

  #welcomed({ game, player, model }: WelcomeInfo): void {
    if (this.#wasOpen) this.#hud.feed("Connected again.");
    this.#wasOpen = true;
    this.#serverStopped = false;
    if (model === "lockstep") this.#showLockstep(game);
    else if (player >= 0) this.#showTo(game, player, 0);
    this.#predict();
  }

  /** The page itself computes the game: its engine lives over lost connections. */
  #showLockstep(game: Game): void {
    this.#lockstep?.lockstep.welcomed();
    this.#lockstep ??= new LockstepScreen(this.client, this.#room, game, this.#panels, (error) => {
      this.#wasOpen = false;
      this.client.close();
      this.#ended(error);
    });
  }

  /** A viewer sees as the player who is followed; after a jump the game's view begins anew. */
  #watched(): void {
    const { playback, game } = this.client;
    if (this.#lockstep && playback) this.#lockstep.watched(playback);
    else if (playback && game) this.#showTo(game, playback.follow, playback.jumps);
  }

  #showTo(game: Game, player: number, jumps: number): void {
    const shown = JSON.stringify([game, player, jumps]);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const feed = new ViewFeed();
    this.#feed = feed;
    this.#opening = this.#opening.then(() => this.#show(game, player, feed));
  }

  async #show(game: Game, player: number, feed: ViewFeed): Promise<void> {
    if (feed !== this.#feed) return; // another one is meant by now
    this.#close();
    byId("game").hidden = false;
    byId("entrance").hidden = true;
    this.#screen = await Screen.open(this.client, game, player, this.#panels, feed);
    this.#screen.onFirstPicture = () => {
      this.#isPictured = true;
      this.#predict();
    };
    byId("canvas").focus({ preventScroll: true });
  }

  get #panels(): Panels {
    return { hud: this.#hud, chat: this.#chat, overlay: this.#overlay, predicting: this.predicting };
  }

  /** Also with another connection: what could not be loaded while the network was away is tried again. */
  #predict(): void {
    if (this.#isPictured && this.client.player >= 0) void this.predicting.begin(this.client);
  }

  #close(): void {
    this.#screen?.close();
    this.#screen = undefined;
    this.#lockstep?.close();
    this.#lockstep = undefined;
  }
}

function isServerStopping(error: TickroomError): boolean {
  return error instanceof ConnectionClosed && error.code === CloseReason.GOING_AWAY;
}
