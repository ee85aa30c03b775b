import type { Client, Lockstep, SetupInfo, TickroomError } from "tickroom";
import type { Choice, SetupChoices } from "tickroom/lockstep-view";
import { byId, element } from "../common/dom";

type Value = Choice[0];

/** For so many seconds those who are ready wait for one whose connection is lost (net/lockstep/organising.py). */
const AWAY_FOR = 10;

/** The screen before a match: who plays with what, who is ready, and what is still in the way. */
export class SetupScreen {
  readonly #client: Client;
  readonly #lockstep: Lockstep;
  #choices: SetupChoices = {};
  #hasChoices = false;
  #drawn = "";
  #detail = "";

  constructor(client: Client, lockstep: Lockstep) {
    this.#client = client;
    this.#lockstep = lockstep;
    byId("ready").onclick = () => this.#do(() => lockstep.ready(!this.#isReady));
    byId("start").onclick = () => this.#do(() => lockstep.start());
    lockstep.on("configuration", () => {
      this.#fillIn();
      this.draw();
    });
    client.on("roster", () => this.draw());
  }

  /** What the game lets one choose. */
  use(choices: SetupChoices): void {
    this.#choices = choices;
    this.#hasChoices = true;
    this.#fillIn();
    this.draw();
  }

  show(isShown: boolean, detail: string): void {
    byId("setup").hidden = !isShown;
    this.#detail = detail;
    this.#drawn = "";
    if (isShown) this.draw();
  }

  draw(): void {
    const configuration = this.#lockstep.configuration;
    if (!configuration) return;
    const text = JSON.stringify([configuration, this.#client.players, this.#choices]);
    if (text === this.#drawn) return;
    this.#drawn = text;
    const { host, refusal, options } = configuration;
    byId("setup-players").replaceChildren(
      ...configuration.players.map(([player]) => this.#line(player, configuration)),
    );
    byId("setup-options").replaceChildren(...this.#options(options));
    byId("setup-detail").textContent = this.#detail === refusal ? "" : this.#detail;
    byId("setup-problem").textContent = refusal === "" ? "" : `The match cannot begin: ${refusal}.`;
    const isSeated = configuration.players.some(([player]) => player === this.#client.player);
    byId("ready").hidden = !isSeated;
    byId("ready").textContent = this.#isReady ? "Not ready after all" : "Ready";
    byId("ready").classList.toggle("primary", !this.#isReady);
    byId("start").hidden = host !== this.#client.player;
    byId("setup-facts").textContent = isSeated
      ? `The match begins when all are ready.${this.#whoIsAway(configuration)}`
      : "You watch; the players set the match up.";
  }

  get #isReady(): boolean {
    return this.#lockstep.configuration?.ready.includes(this.#client.player) ?? false;
  }

  #whoIsAway({ players }: SetupInfo): string {
    const away = this.#client.players.filter(
      ({ player, connected }) => !connected && players.some(([each]) => each === player),
    );
    if (away.length === 0) return "";
    const names = away.map(({ name }) => name).join(" and ");
    return ` ${names} ${away.length > 1 ? "are" : "is"} away, and waited for only ${AWAY_FOR} seconds.`;
  }

  #line(player: number, { ready, host, players }: SetupInfo): HTMLElement {
    const record = this.#client.players.find((each) => each.player === player);
    const own = player === this.#client.player;
    const options = players.find(([number]) => number === player)?.[1] ?? {};
    const mayChange = own || host === this.#client.player;
    const choices = Object.entries(this.#choices.player ?? {}).map(([name, { label, choices }]) =>
      chooser(`${label} of ${record?.name ?? player}`, choices, options[name], mayChange, (value) =>
        this.#do(() => this.#lockstep.setup({ [name]: value }, player)),
      ),
    );
    const isReady = ready.includes(player);
    const isAway = record?.connected === false;
    const marks = [player === host ? "host" : "", isAway ? "away" : ""].filter(Boolean);
    return element(
      "li",
      { className: own ? "own" : "", data: { player: String(player) } },
      element("bdi", { className: "who" }, record?.name ?? `Player ${player}`),
      element("span", { className: "facts" }, marks.join(", ")),
      ...choices,
      ...(isAway && host === this.#client.player ? [this.#remover(player, record?.name ?? "")] : []),
      element("span", { className: isReady ? "is-ready" : "not-ready" }, isReady ? "ready" : "not ready"),
    );
  }

  /** The host's, for whoever is away: the seat is another's then. */
  #remover(player: number, name: string): HTMLElement {
    const button = element("button", { className: "button", type: "button" }, "Remove");
    button.setAttribute("aria-label", `Remove ${name}`);
    button.onclick = () =>
      this.#do(async () => {
        await this.#client.request("post", `players/${player}/kick`, { reason: "You were away." });
      });
    return button;
  }

  #options(options: Readonly<Record<string, unknown>>): HTMLElement[] {
    const known = Object.entries(this.#choices.options ?? {});
    const rows = known.map(([name, { label, choices }]) =>
      element(
        "label",
        { className: "label" },
        label,
        chooser(label, choices, options[name], true, (value) =>
          this.#do(() => this.#lockstep.setup({ [name]: value })),
        ),
      ),
    );
    const others = Object.entries(options).filter(([name]) => !known.some(([each]) => each === name));
    return [
      ...rows,
      ...others.map(([name, value]) =>
        element("p", { className: "facts" }, `${name}: ${JSON.stringify(value)}`),
      ),
    ];
  }

  /** What is not chosen yet begins with the first choice: the host's page says so for the room, each for its player. */
  #fillIn(): void {
    const configuration = this.#lockstep.configuration;
    if (!configuration || !this.#hasChoices) return;
    const { options, players, host } = configuration;
    const { player: own } = this.#client;
    if (host === own) {
      const missing = Object.entries(this.#choices.options ?? {}).filter(([name]) => !(name in options));
      const first = missing.map(([name, { choices }]) => [name, choices[0]?.[0]]);
      if (first.length > 0) this.#do(() => this.#lockstep.setup(Object.fromEntries(first)));
    }
    const mine = players.find(([player]) => player === own)?.[1];
    if (!mine) return;
    const others = players.filter(([player]) => player !== own).map(([, each]) => each);
    const lacking = Object.entries(this.#choices.player ?? {}).filter(([name]) => !(name in mine));
    const values = lacking.map(([name, { choices, distinct }]) => {
      const free = choices.find(([value]) => !distinct || others.every((each) => each[name] !== value));
      return [name, (free ?? choices[0])?.[0]];
    });
    if (values.length > 0) this.#do(() => this.#lockstep.setup(Object.fromEntries(values), own));
  }

  /** Says why something was refused; that another change came first needs no words, for that is shown. */
  #do(act: () => Promise<void>): void {
    act().catch((error: TickroomError & { status?: number }) => {
      if (error.status === 409) {
        this.#drawn = "";
        this.#fillIn();
        this.draw();
      } else byId("setup-problem").textContent = error.message;
    });
  }
}

function chooser(
  label: string,
  choices: readonly Choice[],
  value: unknown,
  isEnabled: boolean,
  chosen: (value: Value) => void,
): HTMLSelectElement {
  const select = element(
    "select",
    { className: "field", disabled: !isEnabled, aria: { label } },
    ...choices.map(([each, words], place) =>
      element("option", { value: String(place), selected: each === value }, words),
    ),
  );
  if (!choices.some(([each]) => each === value)) select.value = "";
  select.addEventListener("change", () => {
    const choice = choices[Number(select.value)];
    if (choice) chosen(choice[0]);
  });
  return select;
}
