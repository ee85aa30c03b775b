import { type GameEntry, HttpError, Lobby, type RoomEntry } from "tickroom";
import { rememberedAdminToken } from "../common/admin-token";
import { copiesLink } from "../common/copy";
import { byId, element } from "../common/dom";
import { HELD } from "../common/held";
import { inviteLink, networkUrlFor } from "../common/invite";
import { roomIdOf } from "../common/link";
import { askForAdminToken } from "./admin";

/** How often the list of rooms is read again (ms). */
const REFRESH = 3000;

const lobby = new Lobby(location.origin);
/** Where others reach this server, when it is not where this page does. */
let networkUrl: string | null = null;

async function refreshRooms(): Promise<void> {
  try {
    const rooms = await lobby.rooms();
    showProblem("");
    showList("rooms", rooms.map(roomCard), "No room is open yet. Open the first one below.");
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    showProblem(`${error.message} Trying again.`);
  }
}

async function refreshGames(): Promise<boolean> {
  try {
    const games = await lobby.games();
    networkUrl = await networkUrlFor(location, lobby);
    showList(
      "games",
      games.map(gameCard),
      "No game is installed on this server. Put one into its mods folder.",
    );
    return true;
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    showProblem(`${error.message} Trying again.`);
    return false;
  }
}

/** Puts cards into a list, but only when something has changed: a button that is about to be pressed stays. */
function showList(id: string, cards: HTMLElement[], ifEmpty: string): void {
  const list = byId(id);
  const shown = cards.length > 0 ? cards : [element("li", { className: "card empty" }, ifEmpty)];
  const text = shown.map((card) => card.dataset.facts ?? card.textContent).join("\n");
  if (list.dataset.facts === text) return;
  list.dataset.facts = text;
  list.replaceChildren(...shown);
}

function roomCard(room: RoomEntry): HTMLElement {
  const { players, max_players, held = false } = room;
  return element(
    "li",
    { className: "card entry", data: { facts: JSON.stringify(room), room: room.room_id } },
    element("h3", {}, element("bdi", {}, room.name)),
    ...(held ? [element("p", { className: "about" }, HELD)] : [seats(room)]),
    element(
      "div",
      { className: "facts" },
      ...(room.name === room.title ? [] : [element("span", {}, room.title)]),
      ...(held ? [] : [element("span", {}, `${players} of ${max_players} seats taken`)]),
      element("span", {}, `Room ${room.room_id}`),
    ),
    ...(held ? [] : [actions(room)]),
  );
}

function actions({ room_id, join_url, players, max_players, watchable }: RoomEntry): HTMLElement {
  const link = new URL(join_url, location.origin).href;
  return element(
    "div",
    { className: "actions" },
    element("a", { className: "button primary", href: link }, players >= max_players ? "Full" : "Join"),
    ...(watchable
      ? [element("a", { className: "button", href: `/watch/${encodeURIComponent(room_id)}` }, "Watch")]
      : []),
    copiesLink(element("button", { className: "button", type: "button" }, "Copy link"), () =>
      inviteLink(location, room_id, networkUrl),
    ),
  );
}

function seats({ players, max_players }: RoomEntry): HTMLElement {
  const row = element("div", { className: "seats", aria: { hidden: "true" } });
  for (let seat = 0; seat < Math.min(max_players, 32); seat++) {
    row.append(element("i", { className: seat < players ? "taken" : "" }));
  }
  return row;
}

function gameCard(game: GameEntry): HTMLElement {
  const button = element("button", { className: "button primary", type: "button" }, "Open a room");
  button.addEventListener("click", () => void create(game, button));
  return element(
    "li",
    { className: "card entry", data: { game: game.name } },
    element("h3", {}, game.title),
    element("p", { className: "about" }, about(game)),
    element("div", { className: "facts" }, element("span", {}, `Version ${game.version}`)),
    element("div", { className: "actions" }, button),
  );
}

function about({ title, max_players, tick_rate }: GameEntry): string {
  const who = max_players === 1 ? "one player" : `up to ${max_players} players`;
  return `A room of ${title} is for ${who} and runs at ${tick_rate} ticks a second.`;
}

async function create(game: GameEntry, button: HTMLButtonElement): Promise<void> {
  button.disabled = true;
  showProblem("");
  try {
    await createAndEnter(game, rememberedAdminToken());
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    if (error.status !== 401 && error.status !== 403) showProblem(error.message);
    else await askForAdminToken((token) => createAndEnter(game, token));
  } finally {
    button.disabled = false;
  }
}

async function createAndEnter(game: GameEntry, adminToken: string): Promise<void> {
  const room = await lobby.create(game.name, adminToken ? { adminToken } : {});
  location.assign(new URL(room.join_url, location.origin));
}

function showProblem(sentence: string): void {
  const problem = byId("problem");
  if (problem.textContent !== sentence) problem.textContent = sentence;
}

function joinByLink(event: SubmitEvent): void {
  event.preventDefault();
  const text = (byId("link") as HTMLInputElement).value;
  const roomId = roomIdOf(text);
  if (roomId) location.assign(`/join/${encodeURIComponent(roomId)}`);
  else showProblem("That is neither an invitation link nor a room's id.");
}

async function keepFresh(): Promise<void> {
  let haveGames = false;
  for (;;) {
    if (document.visibilityState === "visible") {
      if (!haveGames) haveGames = await refreshGames();
      await refreshRooms();
    }
    await new Promise((wake) => setTimeout(wake, REFRESH));
  }
}

byId("by-link").addEventListener("submit", (event) => joinByLink(event as SubmitEvent));
void keepFresh();
