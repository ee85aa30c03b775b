import type { Client, Game, GameEvent, SceneEntity, View } from "tickroom";
import type { ViewContext, ViewFrame } from "tickroom/view";
import { byId } from "../common/dom";
import { Camera } from "./camera";
import type { Chat } from "./chat";
import { Controls } from "./controls";
import { GameView, viewPixi } from "./game-view";
import { Ghosts } from "./ghosts";
import { Ground } from "./ground";
import { Hearing } from "./hearing";
import { offerHelp } from "./help";
import type { Hud } from "./hud";
import { keysOf } from "./keys";
import { networkRows } from "./network-rows";
import type { Looked, Overlay } from "./overlay";
import { ownEntity } from "./own";
import type { Predicting } from "./predicting";
import { Rate } from "./rate";
import { Sprites } from "./sprites";
import { Stage } from "./stage";
import { loadPictures, TilePainter } from "./tile-painter";
import type { ViewFeed } from "./view-feed";

/** How often the texts are written anew (ms). */
const HUD_EVERY = 250;
/** A longer pause than this between two frames counts as this (seconds). */
const LONGEST_FRAME = 0.1;
/** Of a game with a tile map so many rows are seen, until its view says otherwise. */
const TILES_SEEN = 26;

/** What a screen has around its picture, and outlives it. */
export interface Panels {
  readonly hud: Hud;
  readonly chat: Chat;
  readonly overlay: Overlay;
  readonly predicting: Predicting;
}

/** One game being played: picture, controls and texts, until `close`. */
export class Screen {
  readonly game: Game;
  readonly player: number;
  /** What was drawn last. */
  drawn: ReadonlyMap<number, SceneEntity> = new Map();
  own: SceneEntity | undefined;
  readonly frames = new Rate();
  readonly bundles = new Rate();
  readonly #client: Client;
  readonly #hud: Hud;
  readonly #stage: Stage;
  readonly #camera: Camera;
  readonly #sprites: Sprites;
  /** Null for a viewer, who does nothing. */
  readonly #controls: Controls | null;
  readonly #overlay: Overlay;
  readonly #predicting: Predicting;
  readonly #ghosts: Ghosts;
  readonly #hearing = new Hearing(performance.now());
  readonly #closing = new AbortController();
  readonly #tick = () => this.#frame();
  #view: GameView | undefined;
  #ground: Ground | undefined;
  #drawnAt = performance.now();
  #hudAt = 0;
  #isClosed = false;
  #isOver = false;

  /** The ids of what is drawn as predicted. */
  predicted: ReadonlySet<number> = new Set();
  /** The tick that is drawn. */
  drawnTick = 0;
  /** Called once, when the game is on the screen. */
  onFirstPicture: () => void = () => undefined;

  private constructor(
    client: Client,
    game: Game,
    player: number,
    { hud, chat, overlay, predicting }: Panels,
    stage: Stage,
  ) {
    this.#predicting = predicting;
    this.#client = client;
    this.#overlay = overlay;
    this.#ghosts = new Ghosts(stage);
    this.game = game;
    this.player = player;
    this.#hud = hud;
    this.#stage = stage;
    this.#camera = new Camera(game);
    if (game.map) this.#camera.height(Math.min(900, TILES_SEEN * game.map[1]));
    this.#sprites = new Sprites(stage, game, this.player);
    overlay.look(this.#looked(), game, this.#closing.signal);
    const isViewer = client.player < 0;
    this.#controls = isViewer ? null : new Controls(client.inputs, game, byId("canvas"), byId("touch"));
    if (!isViewer) {
      offerHelp(game, () => hud.toggleHint(), this.#closing.signal);
      chat.listen(game, this.#closing.signal);
    }
    stage.app.ticker.add(this.#tick);
  }

  /** `player` is whose game is shown: the own one, or who is followed. */
  static async open(
    client: Client,
    game: Game,
    player: number,
    panels: Panels,
    feed: ViewFeed,
  ): Promise<Screen> {
    panels.hud.reset();
    panels.hud.title(game.title);
    const screen = new Screen(client, game, player, panels, await Stage.open(byId("canvas"), game));
    void screen.#loadView(feed);
    return screen;
  }

  /** Where a place in the world is on the page (CSS px). */
  toScreen(x: number, y: number): { x: number; y: number } {
    return this.#camera.toScreen({ x, y });
  }

  /** A bundle has come. */
  heard(now: number): void {
    this.bundles.add(now);
    this.#hearing.heard(now);
  }

  happened(event: GameEvent): void {
    this.#view?.happened(event);
  }

  /** The game is over: its last picture stays, and that nothing is heard any more is no news. */
  rest(): void {
    this.#isOver = true;
    this.#hud.silent(0);
  }

  close(): void {
    this.#isClosed = true;
    this.#closing.abort();
    this.#controls?.end();
    this.#view?.destroy();
    byId("view").replaceChildren();
    this.#sprites.clear();
    this.#stage.close();
    this.#hud.reset();
  }

  async #loadView(feed: ViewFeed): Promise<void> {
    const { background, world, effects } = this.#stage;
    const context: ViewContext = {
      schema: this.game,
      player: this.player,
      players: () => this.#client.players,
      pixi: viewPixi,
      layers: { background, world, effects },
      hud: this.#hud,
      camera: this.#camera,
      page: byId("view"),
      call: (name, body, options) => this.#client.call(name, body, options),
      request: (verb, resource, body) => this.#client.request(verb, resource, body),
      send: (command, body) => void this.#client.send(command, body),
    };
    const view = await GameView.load(this.game.view, context, (sentence) => this.#hud.feed(sentence, true));
    if (this.#isClosed) {
      view.destroy();
      return;
    }
    if (this.game.view === "")
      this.#hud.hint(keysOf(this.game), this.game.axes.includes("aim_x") ? undefined : "Left thumb: move");
    this.#sprites.use(view.kinds, (error) => view.failed(error));
    this.#view = view;
    const { map } = this.game;
    if (map && !view.drawsMap) this.#ground = await this.#openGround(map);
    if (this.#isClosed) return;
    feed.open({
      chunk: (chunk) => (this.#ground ?? view).chunk(chunk),
      tiles: (changes) => (this.#ground ?? view).tiles(changes),
      said: (line) => view.said(line),
    });
  }

  /** The page draws the map of a game whose view does not. */
  async #openGround(map: NonNullable<Game["map"]>): Promise<Ground> {
    const pictures = await loadPictures(map[6], () => this.#client.request("get", "meta/sprites"));
    const painter = new TilePainter(map, pictures);
    return new Ground(map, painter, this.#stage, (path) => this.#client.request("get", path));
  }

  #frame(): void {
    const now = performance.now();
    const seconds = Math.min(LONGEST_FRAME, (now - this.#drawnAt) / 1000);
    this.#drawnAt = now;
    this.frames.add(now);
    const view = this.#client.view(now);
    // of a server that is silent nobody knows how far it is: clocks stand still
    if (view) this.#draw(this.#silence(now) > 0 ? { ...view, tick: this.drawnTick } : view, seconds);
    if (now - this.#hudAt > HUD_EVERY && !this.#isOver) this.#showStatistics(now);
  }

  #draw(view: View, seconds: number): void {
    this.drawn = view.entities;
    this.predicted = view.predicted;
    this.drawnTick = view.tick;
    this.own = ownEntity(view.entities.values(), this.player, this.game);
    const { followed } = this.#camera;
    this.#camera.update((followed === null ? undefined : view.entities.get(followed)) ?? this.own, seconds);
    this.#stage.place(this.#camera);
    const frame: ViewFrame = { ...view, seconds, own: this.own, players: () => this.#client.players };
    if (document.documentElement.classList.contains("has-touch")) this.#camera.makeRoomForThumbs();
    this.#sprites.update(frame, this.#camera, (player) => this.#nameOf(player));
    this.#ground?.frame(this.#camera);
    this.#view?.frame(frame);
    this.#controls?.update(this.own && this.#camera.toScreen(this.own));
    this.#ghosts.draw(this.#overlay.showsGhosts ? this.#serverPlaces(view) : []);
    const pictured = this.onFirstPicture;
    this.onFirstPicture = () => undefined;
    pictured();
  }

  /** The own entity, and what is predicted, as the server told it last. */
  #serverPlaces({ predicted }: View): SceneEntity[] {
    return this.#client.latest().filter(({ id }) => predicted.has(id) || id === this.own?.id);
  }

  /** For how long the server has been silent (ms), or 0. */
  #silence(now: number): number {
    return this.#hearing.silence(now, this.#client.statistics.tickRate);
  }

  #looked(): Looked {
    return {
      rows: () => {
        const now = performance.now();
        const drawn = { tick: this.drawnTick, predicted: this.predicted.size };
        const heard = { since: this.#hearing.since(now), isSilent: this.#silence(now) > 0 };
        return networkRows(this.#client, this.#predicting, drawn, heard);
      },
      corrections: () => (this.predicted.size > 0 ? this.#client.predictionStatistics.history : []),
      predicts: this.#predicting.isOffered,
    };
  }

  #showStatistics(now: number): void {
    this.#hudAt = now;
    const { roundTrip, tickRate } = this.#client.statistics;
    this.#hud.statistics(roundTrip, this.bundles.perSecond(now), tickRate, this.frames.perSecond(now));
    this.#hud.silent(this.#silence(now));
    this.#hud.showScores(this.#client.players, this.player, this.drawn.values());
  }

  #nameOf(player: number): string {
    return this.#client.players.find((record) => record.player === player)?.name ?? "";
  }
}
