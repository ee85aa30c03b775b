import {
  type Client,
  EngineEnded,
  type EngineEntry,
  type EngineHandle,
  type Game,
  Lobby,
  Lockstep,
  type PlaybackInfo,
  type RanInfo,
  type SlowestInfo,
  TickroomError,
} from "tickroom";
import type { LockstepView, LockstepViewModule } from "tickroom/lockstep-view";
import { byId, element } from "../common/dom";
import { asksTwice } from "./asks-twice";
import { EngineIsBroken } from "./ending";
import { openEngine } from "./engine";
import { Hearing } from "./hearing";
import { offerHelp } from "./help";
import type { Hud } from "./hud";
import { lockstepRows } from "./lockstep-rows";
import { Names } from "./names";
import { milliseconds, type Rows } from "./network-rows";
import { PlainView } from "./plain-view";
import { Rate } from "./rate";
import type { Panels } from "./screen";
import { SetupScreen } from "./setup";
import { Showing } from "./showing";

/** How often the texts are written anew (ms). */
const HUD_EVERY = 250;
/** A way there and back that one notices (ms). */
const SLOW_LINE = 250;
/** After this it is said again whose line is slow (ms). */
const SLOW_AGAIN = 60_000;
/** After this, a match whose setup the own engine refuses goes on without it: else the setup has said why not (ms). */
const REFUSED_FOR = 2_000;
/** How the SDK begins to say that an engine made a mistake; that it did not come, or is too slow, may be better another time. */
const FAILED = "The game's engine failed:";

/** A lock-step room on the page: its setup, then the match that this very page computes, until `close`. */
export class LockstepScreen {
  readonly lockstep: Lockstep;
  readonly frames = new Rate();
  readonly generations = new Rate();
  readonly #client: Client;
  readonly #hud: Hud;
  readonly #setup: SetupScreen;
  readonly #showing = new Showing<Pick<RanInfo, "events" | "refusals">>();
  readonly #hearing = new Hearing(performance.now());
  readonly #closing = new AbortController();
  readonly #room: string;
  readonly #names = new Names();
  #module: LockstepViewModule = {
    default: (context) => new PlainView(context, (sentence) => this.#names.in(sentence)),
  };
  #view: LockstepView | undefined;
  #viewNumber = 0;
  #hudAt = 0;
  #notices: string[] = [];
  #state = "";
  #detail = "";
  /** Whether the others decide about whom they wait for. */
  #isVotedOn = false;
  /** How far the match has been caught up with, while it is. */
  #catchingUp = "";
  /** It is a recording that is shown: the room's setup is nobody's any more. */
  #isRecording = false;
  /** Who was said to be slow, and when. */
  #slow = -1;
  #slowSaidAt = 0;
  /** For so many seconds the server has been silent, or 0. */
  #silence = 0;
  #isOver = false;
  /** The view is for another player than the next scenes. */
  #seesAnew = false;

  /** `ended` is called when the engine is over, and with it the game on this page. */
  constructor(
    client: Client,
    room: string,
    game: Game,
    { hud, chat, overlay }: Pick<Panels, "hud" | "chat" | "overlay">,
    ended: (error: TickroomError) => void,
  ) {
    this.#client = client;
    this.#room = room;
    this.#hud = hud;
    byId("game").classList.add("lockstep");
    byId("game").hidden = false;
    byId("entrance").hidden = true;
    hud.reset();
    hud.title(game.title);
    byId("setup-title").textContent = game.title;
    chat.listen(game, this.#closing.signal);
    offerHelp(game, () => hud.toggleHint(), this.#closing.signal);
    const looked = { rows: () => this.#rows(), corrections: () => [], predicts: false };
    overlay.look(looked, game, this.#closing.signal);
    this.lockstep = new Lockstep(client, { engine: () => this.#openEngine(), hidden: () => document.hidden });
    this.#setup = new SetupScreen(client, this.lockstep);
    this.#listen(ended);
    this.lockstep.prepare();
    void this.#loadModule(game);
    byId("pause-match").onclick = () =>
      this.#ask("post", this.#state === "running.paused.host" ? "resume" : "pause");
    asksTwice(byId("end-match"), "Really end it for all?", () => this.#ask("post", "finish"));
    const frame = (now: number) => {
      if (this.#closing.signal.aborted) return;
      this.#frame(now);
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  room(state: string, detail: string): void {
    if (!state.startsWith("running.paused.desynced")) this.#notices = [];
    [this.#state, this.#detail] = [state, this.#names.in(detail)];
    this.#showSetup();
    this.#showState();
  }

  /** A recording goes on, is sought in, or is seen as another player. */
  watched({ follow, speed }: PlaybackInfo): void {
    const { lockstep } = this;
    this.#isRecording = true;
    lockstep.pace = speed > 0 ? speed : 1;
    const sees = lockstep.sees;
    lockstep.sees = follow;
    if (sees !== follow) {
      this.#seesAnew = true;
      if (speed === 0) lockstep.look();
    }
    this.#showSetup();
    this.#showState();
  }

  #showSetup(): void {
    this.#setup.show(this.#state.startsWith("setup") && !this.#isRecording, this.#detail);
  }

  /** A bundle has come. */
  heard(now: number): void {
    this.#hearing.heard(now);
  }

  notice(text: string): void {
    if (this.#state.startsWith("running.paused.desynced")) this.#notices = [...this.#notices, text].slice(-3);
    this.#showState();
  }

  /** The game is over: its last picture stays, and that nothing is heard any more is no news. */
  rest(): void {
    this.#isOver = true;
    this.#hud.banner("");
  }

  close(): void {
    this.#closing.abort();
    this.lockstep.close();
    this.#view?.destroy();
    byId("game").classList.remove("lockstep");
    byId("canvas").replaceChildren();
    byId("setup").hidden = true;
    byId("host-tools").hidden = true;
    this.#hud.reset();
  }

  #listen(ended: (error: TickroomError) => void): void {
    const { lockstep } = this;
    this.#names.update(this.#client.players);
    this.#client.on("roster", (players) => this.#sayWhoHasLeft(this.#names.update(players)));
    lockstep.on("match", () => void this.#begin());
    lockstep.on("ran", (ran) => this.#ran(ran));
    lockstep.on("progress", ({ generation, told, left }) => {
      this.#catchingUp = left > 0 ? `${generation} of ${told} generations` : "";
      this.#showState();
      byId("progress").hidden = left === 0;
      (byId("progress") as HTMLProgressElement).value = told > 0 ? generation / told : 0;
    });
    lockstep.on("slowest", (slowest) => this.#sayWhoIsSlow(slowest));
    lockstep.on("refused", (reason) => {
      window.setTimeout(() => this.#sayRefusal(reason), REFUSED_FOR);
    });
    lockstep.on("wrong", () =>
      this.#hud.feed("This page's game is another one than that of the others.", true),
    );
    lockstep.on("error", ({ message }) => this.#hud.feed(message, true));
    lockstep.on("ended", (why) => {
      const isBroken = lockstep.generation < 0 && why.startsWith(FAILED);
      const Over = isBroken ? EngineIsBroken : TickroomError;
      ended(new Over(why, { cause: new EngineEnded(why) }));
    });
  }

  async #openEngine(): Promise<EngineHandle> {
    const { engine, lockstep } = await new Lobby(location.origin).room(this.#room);
    this.#isVotedOn = lockstep?.rules.missing === "vote";
    if (!engine)
      throw new EngineEnded("This game has no engine for browsers: it is played with other programs.");
    return openEngine(engine satisfies EngineEntry);
  }

  async #loadModule(game: Game): Promise<void> {
    if (game.view !== "") {
      try {
        this.#module = (await import(
          new URL(new URL(game.view, location.origin).pathname, location.origin).href
        )) as LockstepViewModule;
      } catch (error) {
        console.error(error);
        this.#hud.feed("The game's own view could not be loaded.", true);
      }
    }
    this.#setup.use(this.#module.setup ?? {});
    this.#hasModule();
  }

  #hasModule: () => void = () => undefined;
  readonly #moduleLoaded = new Promise<void>((resolve) => {
    this.#hasModule = resolve;
  });

  /** Another match: another view. */
  async #begin(): Promise<void> {
    const number = ++this.#viewNumber;
    this.#seesAnew = false;
    this.#view?.destroy();
    this.#view = undefined;
    this.#showing.clear();
    this.#hud.hint("");
    await this.#moduleLoaded;
    if (number !== this.#viewNumber) return;
    const page = element("div", { className: "lockstep-page" });
    byId("canvas").replaceChildren(page);
    const view = await this.#module.default({
      page,
      player: this.lockstep.plays ? this.#client.player : this.lockstep.sees,
      nameOf: (player) => this.#names.of(player),
      send: (name, body) => {
        if (!this.#isRecording && !this.lockstep.command(name, body))
          this.#hud.feed("Too many commands wait for the others.", true);
      },
      hint: (text, touch = text) => {
        if (this.lockstep.plays) this.#hud.hint(text, touch);
      },
    });
    if (number === this.#viewNumber && !this.#closing.signal.aborted) this.#view = view;
    else view.destroy();
  }

  #ran({ scenes, events, refusals, showMs }: RanInfo): void {
    this.generations.add(performance.now());
    if (this.#seesAnew && scenes.length > 0) void this.#begin();
    this.#showing.add(scenes, showMs, { events, refusals });
  }

  #frame(now: number): void {
    this.frames.add(now);
    const view = this.#view;
    if (view) {
      const { moments, part } = this.#showing.at(now);
      this.#guard(() => {
        for (const { scene, news } of moments) {
          view.advanced(scene);
          if (news) view.happened(news.events, news.refusals);
        }
        view.frame({ now, part });
      });
    }
    if (now - this.#hudAt > HUD_EVERY && !this.#isOver) this.#showStatistics(now);
  }

  #showStatistics(now: number): void {
    this.#hudAt = now;
    const { roundTrip } = this.#client.statistics;
    this.#hud.statistics(roundTrip, this.generations.perSecond(now), 0, this.frames.perSecond(now));
    this.#showSilence(now);
    const isHost = this.lockstep.configuration?.host === this.#client.player;
    byId("host-tools").hidden = !isHost || !this.#state.startsWith("running");
    byId("pause-match").textContent = this.#state === "running.paused.host" ? "Go on" : "Pause";
  }

  /** What stands in the way of the game, large, in the middle. */
  #showState(): void {
    const [title, text] = this.#obstacle();
    this.#hud.banner(title, text);
    byId("votes").replaceChildren(...this.#votes());
  }

  /** A server that is silent in a match is told as an obstacle: the match stands still. */
  #showSilence(now: number): void {
    const plays = this.#state.startsWith("running") && !this.#isRecording;
    const seconds = plays ? Math.floor(this.#hearing.silence(now, 1) / 1000) : 0;
    if (seconds === this.#silence) return;
    this.#silence = seconds;
    this.#hud.banner(...this.#obstacle());
  }

  #obstacle(): readonly [string, string] {
    if (this.#isRecording && this.#state.startsWith("setup")) return ["No match", this.#detail];
    if (this.#state.startsWith("running.paused.lagging")) return ["Waiting", this.#detail];
    if (this.#state.startsWith("running.paused.desynced")) {
      return ["The games differ", [this.#detail, ...this.#notices].join(" ")];
    }
    if (this.#state.startsWith("running.paused")) return ["Paused", this.#detail];
    if (this.#silence > 0) return ["Waiting", `Nothing was heard from the server for ${this.#silence} s.`];
    return this.#catchingUp === "" ? ["", ""] : ["Catching up", this.#catchingUp];
  }

  /** Where the room lets the others decide: to go on without those who are awaited. */
  #votes(): HTMLElement[] {
    if (!this.#isVotedOn || !this.#state.startsWith("running.paused.lagging") || !this.lockstep.plays)
      return [];
    // whoever is awaited is named in the detail: a connection that is there may be silent too
    const awaited = this.#client.players.filter(
      ({ player, name }) =>
        player !== this.#client.player &&
        this.#detail.includes(name) &&
        this.lockstep.match?.players.includes(player),
    );
    return awaited.map(({ player, name }) => {
      const button = element("button", { className: "button", type: "button" }, `Go on without ${name}`);
      button.onclick = () => this.#ask("put", `votes/${player}`, { go_on: true });
      return button;
    });
  }

  #ask(verb: "post" | "put", resource: string, body: unknown = null): void {
    this.#client
      .request(verb, resource, body)
      .catch((error: TickroomError) => this.#hud.feed(error.message, true));
  }

  #sayRefusal(reason: string): void {
    const isAlone = this.#state.startsWith("running") && this.lockstep.generation < 0;
    if (isAlone && !this.#closing.signal.aborted)
      this.#hud.feed(`The engine refuses this setup: ${reason}`, true);
  }

  /** Of a match; its setup shows who is there. */
  #sayWhoHasLeft(players: readonly number[]): void {
    if (!this.#state.startsWith("running") || this.#isRecording) return;
    for (const player of players) {
      if (this.lockstep.match?.players.includes(player))
        this.#hud.feed(`${this.#names.of(player)} has left the match.`);
    }
  }

  /** Whose line makes generations longer, once in a while; of slow computers the server speaks by itself. */
  #sayWhoIsSlow({ player, by, value }: SlowestInfo): void {
    const now = performance.now();
    if (
      by !== "latency" ||
      value < SLOW_LINE ||
      (player === this.#slow && now - this.#slowSaidAt < SLOW_AGAIN)
    )
      return;
    [this.#slow, this.#slowSaidAt] = [player, now];
    this.#hud.feed(
      `Commands take longer: ${this.#names.of(player)} is ${milliseconds(value)} away, there and back.`,
    );
  }

  #rows(): Rows {
    const isBefore = this.#state.startsWith("setup") && !this.#isRecording;
    const perSecond = this.generations.perSecond(performance.now());
    return lockstepRows(this.#client, this.lockstep, {
      isBefore,
      perSecond,
      nameOf: (each) => this.#names.of(each),
    });
  }

  /** Calls into the game's view: its mistakes are said once, and the match goes on. */
  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      console.error(error);
      this.#view = undefined;
      this.#hud.feed(`The game's own view failed: ${error instanceof Error ? error.message : error}`, true);
    }
  }
}
