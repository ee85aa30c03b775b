import type { Player, SceneEntity } from "tickroom";
import type { Bar, Hud as HudControl, ScoreHeadings, ScoreRow } from "tickroom/view";
import { byId, element } from "../common/dom";

const SVG = "http://www.w3.org/2000/svg";
/** Lines in the feed; older ones go. */
const FEED_LINES = 6;
/** How long a line of the feed stays: its fading included (ms). */
const FEED_TIME = 7000;
/** The same of what the server says. */
const NOTICE_TIME = 20_800;
const HINT_TIME = 10_000;
const TOUCH_HINT = "Left thumb: move · right thumb: aim, push further to fire";
/** Fields of a component that count as a score where the game's view says nothing. */
const SCORE_FIELDS = ["score", "points", "kills", "frags"];

/** The texts over the picture. All of them are text: nothing in them is ever markup. */
export class Hud implements HudControl {
  #rows: readonly ScoreRow[] | undefined;
  #bars = new Map<string, HTMLElement>();
  #scoreboardText = "";
  #hint: readonly [text: string, touch: string] = ["", ""];
  #hintTimer: ReturnType<typeof setTimeout> | undefined;
  #state = "";
  #silence = "";

  title(title: string): void {
    byId("title").textContent = title;
    byId("game-title").textContent = title;
    document.title = `${title} · Tickroom`;
  }

  roomState(state: string, detail: string): void {
    this.#state = state.startsWith("running.iterating") ? "" : detail || readable(state);
    this.#showState();
  }

  /** For so long (ms) the server has been silent, 0 while it is not: then what is shown is not what is. */
  silent(silence: number): void {
    this.#silence = silence > 0 ? `Server silent for ${Math.floor(silence / 1000)} s` : "";
    this.#showState();
    if (silence > 0) setStatistic("ping", "–", true);
  }

  #showState(): void {
    const shown = byId("room-state");
    const text = this.#silence || this.#state;
    shown.classList.toggle("warn", this.#silence !== "");
    if (shown.textContent !== text) shown.textContent = text;
  }

  statistics(ping: number, ticks: number, wantedTicks: number, frames: number): void {
    setStatistic("ping", `${Math.round(ping)} ms`, ping > 150);
    setStatistic("tick-rate", `${ticks} Hz`, ticks < wantedTicks * 0.9);
    setStatistic("frame-rate", `${frames} fps`, frames < 30);
  }

  scoreboard(rows: readonly ScoreRow[], headings?: ScoreHeadings): void {
    this.#rows = rows;
    byId("score-headings").hidden = headings === undefined;
    byId("detail-heading").textContent = headings?.detail ?? "";
    byId("score-heading").textContent = headings?.score ?? "";
  }

  /** Once in a while: what the game's view said, or else what looks like a score. */
  showScores(players: readonly Player[], own: number, entities: Iterable<SceneEntity>): void {
    const rows = new Map((this.#rows ?? guessScores(entities)).map((row) => [row.player, row]));
    const sorted = [...players].sort(
      (a, b) => (rows.get(b.player)?.score ?? 0) - (rows.get(a.player)?.score ?? 0),
    );
    const text = JSON.stringify([sorted, [...rows.values()], own]);
    if (text === this.#scoreboardText) return;
    this.#scoreboardText = text;
    byId("scores").replaceChildren(
      ...sorted.map((player) => scoreLine(player, own, rows.get(player.player))),
    );
  }

  bar(key: string, bar: Bar | null): void {
    const shown = this.#bars.get(key);
    if (!bar) {
      shown?.remove();
      this.#bars.delete(key);
    } else if (shown) updateBar(shown, bar);
    else this.#bars.set(key, makeBar(bar));
  }

  feed(text: string, isBad = false): void {
    say(text, isBad ? "bad" : "", FEED_TIME);
  }

  /** What the server says to the players: longer to be seen than what the game tells, and not to be taken for it. */
  notice(text: string): void {
    say(text, "notice", NOTICE_TIME);
  }

  banner(text: string, detail = ""): void {
    const banner = byId("banner");
    banner.classList.toggle("shown", text !== "");
    if (text === "") return;
    const [title, below] = banner.children;
    if (title && title.textContent !== text) title.textContent = text;
    if (below && below.textContent !== detail) below.textContent = detail;
  }

  hint(text: string, touch = TOUCH_HINT): void {
    this.#hint = [text, text === "" ? "" : touch];
    byId("help").hidden = text === "";
    this.#showHint(text !== "");
  }

  chat(isShown: boolean): void {
    byId("chat").hidden = !isShown;
    byId("talk").hidden = !isShown;
  }

  /** Shows the hint again, or takes it away before its time. */
  toggleHint(): void {
    this.#showHint(!byId("hint").classList.contains("shown"));
  }

  #showHint(isShown: boolean): void {
    const hint = byId("hint");
    const hasTouch = document.documentElement.classList.contains("has-touch");
    const [text, touch] = this.#hint;
    hint.textContent = hasTouch ? touch : text;
    hint.classList.toggle("shown", isShown && text !== "");
    clearTimeout(this.#hintTimer);
    this.#hintTimer = setTimeout(() => hint.classList.remove("shown"), HINT_TIME);
  }

  /** As it was before any game said anything. */
  reset(): void {
    this.#rows = undefined;
    this.#scoreboardText = "";
    for (const key of [...this.#bars.keys()]) this.bar(key, null);
    this.banner("");
    this.hint("");
    this.silent(0);
    this.chat(true);
    byId("score-headings").hidden = true;
    byId("feed").replaceChildren();
  }
}

function say(text: string, className: string, time: number): void {
  const feed = byId("feed");
  const line = element("p", { className }, text);
  feed.append(line);
  while (feed.childElementCount > FEED_LINES)
    (feed.querySelector("p:not(.notice)") ?? feed.firstElementChild)?.remove();
  setTimeout(() => line.remove(), time);
}

function setStatistic(id: string, text: string, isBad: boolean): void {
  const shown = byId(id);
  if (shown.textContent !== text) shown.textContent = text;
  shown.classList.toggle("warn", isBad);
}

/** `setup.organizing` -> `Setup: organizing`. */
function readable(state: string): string {
  const [first = "", ...rest] = state.replaceAll("_", " ").split(".");
  const start = first.charAt(0).toUpperCase() + first.slice(1);
  return rest.length > 0 ? `${start}: ${rest.join(", ")}` : start;
}

function guessScores(entities: Iterable<SceneEntity>): ScoreRow[] {
  const rows: ScoreRow[] = [];
  for (const { owner, components } of entities) {
    if (owner < 0) continue;
    for (const values of Object.values(components)) {
      const field = SCORE_FIELDS.find((name) => typeof values[name] === "number");
      if (field) rows.push({ player: owner, score: values[field] as number });
    }
  }
  return rows;
}

function scoreLine(player: Player, own: number, row: ScoreRow | undefined): HTMLElement {
  const classes = [player.player === own ? "own" : "", player.connected ? "" : "away"].join(" ");
  return element(
    "li",
    { className: classes, data: { player: String(player.player) } },
    element("span", { className: "who", title: player.name }, player.name),
    element("span", { className: "detail" }, row?.detail ?? ""),
    element("span", { className: "score" }, row ? String(Math.round(row.score)) : ""),
  );
}

function makeBar(bar: Bar): HTMLElement {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", "0 0 100 1");
  picture.setAttribute("preserveAspectRatio", "none");
  const filled = document.createElementNS(SVG, "rect");
  filled.setAttribute("height", "1");
  picture.append(filled);
  const text = element("span", {}, element("b"), element("b"));
  const made = element("div", { className: "bar", role: "meter" }, picture, text);
  updateBar(made, bar);
  byId("bars").append(made);
  return made;
}

function updateBar(shown: HTMLElement, { label, value, max, text, colour = "#38d9a9" }: Bar): void {
  const shownValue = text ?? `${Math.round(Math.max(0, value))}`;
  const share = max > 0 ? Math.max(0, Math.min(1, value / max)) : 0;
  const filled = shown.querySelector("rect");
  filled?.setAttribute("width", String(share * 100));
  filled?.setAttribute("fill", colour);
  const [left, right] = shown.querySelectorAll("b");
  if (left) left.textContent = label;
  if (right) right.textContent = shownValue;
  shown.setAttribute("aria-label", label);
  shown.setAttribute("aria-valuenow", String(Math.round(Math.max(0, value))));
  shown.setAttribute("aria-valuetext", shownValue);
  shown.setAttribute("aria-valuemax", String(Math.round(max)));
}
