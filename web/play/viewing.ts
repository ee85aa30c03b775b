import { type Client, type PlaybackInfo, TickroomError } from "tickroom";
import { byId, element } from "../common/dom";
import { type Moment, ReplayTime } from "./replay-time";

/** How far an arrow key goes (seconds). */
const JUMP = 5;
const SPEEDS = [0.25, 0.5, 1, 2, 4, 8, 16];

/** The bar of who watches: whom to follow, and, where it is a replay, play, pause, step, speed and any tick. */
export class Viewing {
  readonly #client: Client;
  readonly #say: (sentence: string) => void;
  /** The viewer holds the slider: what the server says does not move it. */
  #isSliding = false;
  #players = "";
  #time = new ReplayTime(1);
  /** Of a match that is being played nobody knows how long its generations were together. */
  #knowsTime = true;

  /** `say` tells what the server refused. */
  constructor(client: Client, say: (sentence: string) => void) {
    this.#client = client;
    this.#say = say;
    document.documentElement.classList.add("is-viewer");
    for (const speed of SPEEDS) {
      const selected = speed === 1; // what a show that stands at first would go on with
      byId("speed").append(element("option", { value: String(speed), selected }, `${speed}×`));
    }
    client.on("welcome", ({ tickRate, model }) => {
      this.#time = new ReplayTime(tickRate);
      this.#knowsTime = model !== "lockstep";
      if (model === "lockstep") void this.#learnMoments(tickRate);
    });
    client.on("playback", (playback) => this.#show(playback));
    client.on("roster", () => this.#showPlayers());
    byId("pause").addEventListener("click", () => this.#playback && this.#toggle());
    byId("back").addEventListener("click", () => this.#step(-1));
    byId("forward").addEventListener("click", () => this.#step(1));
    byId("speed").addEventListener("change", () => this.#play({ speed: Number(field("speed").value) }));
    byId("follow").addEventListener("change", () => this.#follow(Number(field("follow").value)));
    byId("next-player").addEventListener("click", () => this.#followNext());
    const slider = byId("position");
    slider.addEventListener("input", () => {
      this.#isSliding = true;
      this.#showTime(Number(field("position").value));
    });
    slider.addEventListener("change", () => {
      this.#isSliding = false;
      this.#seek(Number(field("position").value));
    });
    window.addEventListener("keydown", (event) => this.#key(event));
    // On a narrow page the bar has several rows: what is above it has to know its height.
    new ResizeObserver(() => {
      const height = byId("viewing").offsetHeight;
      document.documentElement.style.setProperty("--viewing-height", `${height}px`);
    }).observe(byId("viewing"));
  }

  get #playback(): PlaybackInfo | undefined {
    return this.#client.playback;
  }

  #key(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey || isTaken(event) || !this.#playback) return;
    if (event.code === "KeyF") this.#followNext();
    else if (!this.#playback.controlled) return;
    else if (event.code === "Space") this.#toggle();
    else if (event.code === "ArrowLeft") this.#jump(-JUMP);
    else if (event.code === "ArrowRight") this.#jump(JUMP);
    else if (event.code === "Comma") this.#step(-1);
    else if (event.code === "Period") this.#step(1);
    else return;
    event.preventDefault();
  }

  /** At the end, playing begins anew. */
  #toggle(): void {
    const { first, last, tick, goal, speed } = this.#playback as PlaybackInfo;
    if (speed === 0 && tick === last && goal < 0) this.#seek(first);
    this.#play({ playing: speed === 0 });
  }

  #play(wanted: { playing?: boolean; speed?: number }): void {
    this.#ask("put", "playback", wanted);
  }

  #step(ticks: number): void {
    this.#ask("post", "playback/step", { ticks });
  }

  #jump(seconds: number): void {
    const { tick, goal, first, last } = this.#playback as PlaybackInfo;
    const there = this.#time.tickAt(this.#time.secondsOf(goal >= 0 ? goal : tick) + seconds);
    this.#seek(Math.max(first, Math.min(last, Math.round(there))));
  }

  #seek(tick: number): void {
    this.#ask("put", "playback/tick", { tick });
  }

  #follow(player: number): void {
    this.#ask("put", "follow", { player });
  }

  #followNext(): void {
    const numbers = this.#client.players.map(({ player }) => player);
    const at = numbers.indexOf(this.#playback?.follow ?? -1);
    if (numbers.length > 0) this.#follow(numbers[(at + 1) % numbers.length] as number);
  }

  #ask(verb: "put" | "post", resource: string, body: unknown): void {
    this.#client.request(verb, resource, body).catch((error: unknown) => {
      if (!(error instanceof TickroomError)) throw error;
      this.#say(error.message);
    });
  }

  async #learnMoments(tickRate: number): Promise<void> {
    try {
      const moments = (await this.#client.request("get", "playback/moments")) as Moment[];
      this.#time = new ReplayTime(tickRate, moments);
      this.#knowsTime = moments.length > 0;
      if (this.#playback) this.#show(this.#playback);
    } catch (error) {
      if (!(error instanceof TickroomError)) throw error; // else the next connection asks again
    }
  }

  #show(playback: PlaybackInfo): void {
    const { first, last, tick, goal, speed, delay, controlled } = playback;
    byId("viewing").hidden = false;
    for (const id of ["back", "pause", "forward", "position", "speed"]) byId(id).hidden = !controlled;
    // A replay has no lobby to go back to.
    byId("leave").hidden = controlled;
    const isLive = delay >= 0;
    const late = delay > 0 ? `Live, ${Math.round(delay / 100) / 10} s ago` : "Live";
    byId("playing-what").textContent = isLive ? late : goal >= 0 ? way(playback) : "Replay";
    byId("pause").textContent = speed === 0 ? "▶" : "❚❚";
    byId("pause").setAttribute("aria-label", speed === 0 ? "Play" : "Pause");
    if (speed > 0) field("speed").value = String(speed);
    const slider = field("position");
    [slider.min, slider.max] = [String(first), String(last)];
    if (!this.#isSliding) {
      slider.value = String(goal >= 0 ? goal : tick);
      this.#showTime(goal >= 0 ? goal : tick);
    }
    this.#showPlayers();
  }

  #showTime(tick: number): void {
    const { last, delay } = this.#playback as PlaybackInfo;
    const now = this.#knowsTime ? `${time(this.#time.secondsOf(tick))} (tick ${tick})` : `Tick ${tick}`;
    const whole = this.#knowsTime && delay < 0 ? ` of ${time(this.#time.secondsOf(last))}` : "";
    byId("playing-when").textContent = now + whole;
  }

  #showPlayers(): void {
    const players = this.#client.players;
    const text = JSON.stringify(players.map(({ player, name }) => [player, name]));
    if (text !== this.#players) {
      this.#players = text;
      const options = players.map(({ player, name }) => element("option", { value: String(player) }, name));
      byId("follow").replaceChildren(element("option", { value: "-1" }, "Nobody"), ...options);
    }
    field("follow").value = String(this.#playback?.follow ?? -1);
  }
}

/** Whether what has the focus uses the key itself: a list every key, a button Space, the slider the arrows. */
function isTaken({ target, code }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches("button, a")) return code === "Space";
  if (target.matches("input[type=range]")) return code.startsWith("Arrow");
  return target.matches("input, select");
}

function field(id: string): HTMLInputElement {
  return byId(id) as HTMLInputElement;
}

/** How far it has come on the way to another tick. */
function way({ tick, goal }: PlaybackInfo): string {
  return `Going to tick ${goal}: ${tick}`;
}

function time(seconds: number): string {
  const whole = Math.floor(seconds);
  const [minutes, rest] = [Math.floor(whole / 60), String(whole % 60).padStart(2, "0")];
  return minutes < 60
    ? `${minutes}:${rest}`
    : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}
