// The words and bars around the picture: health, rounds in the magazine, the clock, the scoreboard, who shot whom.

import { BLOOD, HEAL, RAPID } from "./palette.js";

// As in shared/tuning.py, in ticks; tests/mods/test_arena_view.py compares them.
const TICK_RATE = 30;
const MAGAZINE = 12;
const RELOAD_TIME = 33;
const DASH_REST = 60;
const ROUND_TIME = 9000;
const RESULT_TIME = 240;

export class Hud {
  constructor(context) {
    this.context = context;
    this.hud = context.hud;
    this.bannerText = "";
    this.boardKey = "";
    this.announced = null;
    this.fate = "";
    this.seconds = 0;
  }

  frame(frame) {
    this.seconds += frame.seconds;
    const round = findComponent(frame, "Round");
    if (frame.own) this.bars(frame.own.components, frame.tick, frame.own.state === "dead");
    this.clock(round, frame.tick);
    this.scoreboard(frame);
    this.banner(frame, round);
  }

  bars({ Health, Gear, Powers }, tick, dead) {
    if (Health) {
      const share = Health.value / Health.most;
      const colour = share > 0.5 ? HEAL : share > 0.25 ? RAPID : BLOOD;
      this.hud.bar("health", { label: "Health", value: dead ? 0 : Health.value, max: Health.most, colour: css(colour) });
    }
    if (!Gear) return;
    const reloading = Gear.reload_tick > tick;
    const rapid = (Powers?.rapid_until ?? 0) > tick;
    const ammo = reloading ? MAGAZINE * (1 - (Gear.reload_tick - tick) / RELOAD_TIME) : Gear.ammo;
    const label = reloading ? "Reloading" : rapid ? "Rapid fire" : "Ammo";
    this.hud.bar("ammo", { label, value: rapid ? MAGAZINE : ammo, max: MAGAZINE, colour: rapid ? css(RAPID) : "#c9d2e3" });
    const rest = Math.max(0, Gear.dash_tick - tick);
    this.hud.bar("dash", { label: "Dash", value: 100 * (1 - Math.min(1, rest / DASH_REST)), max: 100, colour: "#9fb3d9" });
  }

  clock(round, tick) {
    if (!round) return;
    const left = Math.max(0, Math.ceil((round.end_tick - tick) / TICK_RATE));
    const label = round.phase === "fight" ? `Round ${round.number}: first to ${round.target}` : "Next round";
    const text = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} left`;
    const whole = (round.phase === "fight" ? ROUND_TIME : RESULT_TIME) / TICK_RATE;
    this.hud.bar("round", { label, text, value: Math.min(left, whole), max: whole, colour: "#6b7898" });
  }

  scoreboard(frame) {
    const rows = [];
    for (const { components } of frame.entities.values()) {
      const score = components.Score;
      if (score) rows.push({ player: score.player, score: score.points, detail: `${score.kills} / ${score.deaths}` });
    }
    const key = JSON.stringify(rows);
    if (key === this.boardKey) return;
    this.boardKey = key;
    this.hud.scoreboard(rows, { detail: "kills / deaths", score: "score" });
  }

  banner(frame, round) {
    const [text, detail] = this.bannerFor(frame, round);
    const key = `${text}\n${detail}`;
    if (key === this.bannerText) return;
    this.bannerText = key;
    this.hud.banner(text, detail);
  }

  bannerFor({ own, tick }, round) {
    if (round && round.phase === "result") {
      const left = Math.max(1, Math.ceil((round.end_tick - tick) / TICK_RATE));
      const won = round.winner === this.context.player;
      const text = round.winner < 0 ? "A draw" : won ? "You win the round!" : `${this.name(round.winner)} wins the round`;
      return [text, `Next round in ${left}`];
    }
    if (own && own.state === "dead") {
      const until = own.components.Fighter?.respawn_tick ?? tick;
      return [this.fate || "You are down", `Back in ${Math.max(1, Math.ceil((until - tick) / TICK_RATE))}`];
    }
    if (this.announced && this.seconds < this.announced.until) return [this.announced.text, ""];
    return ["", ""];
  }

  event({ name, body }) {
    if (name === "Died") this.mourn(body);
    if (name === "Announced") {
      this.announced = { text: body.text, until: this.seconds + 2.5 };
      this.hud.feed(body.text);
    }
    if (name === "RoundEnded") {
      this.hud.feed(body.winner < 0 ? "The round is a draw" : `${this.name(body.winner)} wins with ${body.points} points`);
    }
    if (name === "Picked" && (body.what === "gold" || body.what === "shield")) {
      this.hud.feed(`${this.name(body.player)} found ${body.what}`);
    }
  }

  mourn(body) {
    this.hud.feed(this.obituary(body));
    if (body.victim !== this.context.player) return;
    this.fate = body.killer < 0 ? "A hunter caught you" : `${this.name(body.killer)} shot you`;
  }

  obituary({ victim, killer }) {
    const by = killer < 0 ? "A hunter" : this.name(killer);
    return victim < 0 ? `${by} shot a hunter` : `${by} ${killer < 0 ? "caught" : "shot"} ${this.name(victim)}`;
  }

  name(player) {
    return this.context.players().find((record) => record.player === player)?.name ?? "Somebody";
  }
}

function findComponent(frame, name) {
  for (const { components } of frame.entities.values()) if (components[name]) return components[name];
  return null;
}

function css(colour) {
  return `#${colour.toString(16).padStart(6, "0")}`;
}
