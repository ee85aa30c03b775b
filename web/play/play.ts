import { guestSecret, HttpError, Lobby, type RoomEntry, TickroomError } from "tickroom";
import { rememberedAdminToken } from "../common/admin-token";
import { copiesLink } from "../common/copy";
import { byId } from "../common/dom";
import { HELD } from "../common/held";
import { inviteLink, networkUrlFor } from "../common/invite";
import { isWatchAddress, roomIdOfAddress } from "../common/link";
import {
  type Ending,
  EngineIsBroken,
  endingOf,
  isEngineOver,
  isRoomGone,
  isSeatGone,
  RoomIsHeld,
} from "./ending";
import { Match } from "./match";
import { memory } from "./memory";
import { Predicting } from "./predicting";
import { exposeProbe } from "./probe";

const roomId = roomIdOfAddress(location) ?? "";
const lobby = new Lobby(location.origin);
let match: Match | undefined;
/** Where others reach this server, when it is not where this page does. */
let networkUrl: string | null = null;

async function enter(): Promise<void> {
  takeAccount();
  byId("leave").addEventListener("click", (event) => void leave(event));
  // Who has clicked a button plays on: the next Space is a shot, not the button again.
  byId("game").addEventListener("click", ({ detail }) => {
    const isTalking = document.activeElement === byId("chat-text");
    if (detail > 0 && !isTalking) byId("canvas").focus({ preventScroll: true });
  });
  // Safari zooms by its own gesture, whatever the page's viewport says.
  document.addEventListener("gesturestart", (event) => event.preventDefault());
  byId("again").addEventListener("click", () => location.reload());
  if (isWatchAddress(location)) {
    await watch();
    return;
  }
  copiesLink(byId("invite") as HTMLButtonElement, () => inviteLink(location, roomId, networkUrl));
  void networkUrlFor(location, lobby).then((url) => {
    networkUrl = url;
  });
  (byId("name") as HTMLInputElement).value = memory.name;
  byId("join").addEventListener("submit", (event) => void join(event));
  const token = memory.token(roomId);
  if (token) await play("", token);
  else await showEntrance();
}

/** An operator's page may send its players here with the token of their account: `#account=TOKEN`, which no server is sent. */
function takeAccount(): void {
  const account = new URLSearchParams(location.hash.slice(1)).get("account");
  if (!account) return;
  memory.account = account;
  history.replaceState(history.state, "", location.pathname + location.search);
}

/** Asks for a name, with what is known of the room above. */
async function showEntrance(problem = ""): Promise<void> {
  byId("game").hidden = true;
  byId("entrance").hidden = false;
  byId("join-problem").textContent = problem;
  byId("name").focus();
  try {
    const { title, players, max_players, held } = await lobby.room(roomId);
    if (held) {
      end(new RoomIsHeld(HELD));
      return;
    }
    byId("join-title").textContent = title;
    byId("join-facts").textContent = `Room ${roomId} · ${players} of ${max_players} seats taken`;
    document.title = `${title} · Tickroom`;
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    if (error.status === 404 || error.status === 410) end(error);
    else byId("join-problem").textContent = error.message;
  }
}

async function join(event: SubmitEvent): Promise<void> {
  event.preventDefault();
  const name = (byId("name") as HTMLInputElement).value.trim();
  memory.name = name;
  const button = byId("join-button") as HTMLButtonElement;
  button.disabled = true;
  byId("join-problem").textContent = "";
  await play(name, "");
  button.disabled = false;
}

/** Without a seat, and without being asked for a name. */
async function watch(): Promise<void> {
  const options = { room: roomId, watch: true, codec: wantedCodec() };
  match = new Match(options, new Predicting(null, options), end);
  try {
    await match.open();
  } catch (error) {
    if (!(error instanceof TickroomError)) throw error;
    end(error);
  }
}

async function play(name: string, token: string): Promise<void> {
  const codec = wantedCodec();
  const guest = await guestSecret();
  const account = memory.account;
  const more = { ...(guest ? { guest } : {}), ...(account ? { account } : {}) };
  const options = { room: roomId, name, token, codec, ...more };
  const room = await listed();
  if (room?.held) {
    end(new RoomIsHeld(HELD));
    return;
  }
  match = new Match(options, new Predicting(room?.prediction, {}, memory.predicts), end);
  try {
    await match.open();
  } catch (error) {
    if (!(error instanceof TickroomError)) {
      end(new TickroomError(`This page made a mistake: ${error}`));
      throw error;
    }
    // The seat of an earlier visit is gone: that needs no words, a new one is to be had.
    await showEntrance(token && isSeatGone(error) ? "" : error.message);
  }
}

/** What the lobby says of the room; where it says nothing, one plays without prediction. */
async function listed(): Promise<RoomEntry | null> {
  try {
    return await lobby.room(roomId);
  } catch (error) {
    if (!(error instanceof TickroomError)) throw error;
    return null;
  }
}

/** `?codec=json` is for who reads along in the browser's network view. */
function wantedCodec(): "json" | "msgpack" {
  return new URLSearchParams(location.search).get("codec") === "json" ? "json" : "msgpack";
}

async function leave(event: Event): Promise<void> {
  event.preventDefault();
  await match?.leave();
  location.assign("/");
}

/** The end, and what one can do then. */
function end(error: TickroomError): void {
  match?.rest();
  for (const id of ["game", "view"]) byId(id).inert = true;
  byId("entrance").hidden = true;
  byId("ending").hidden = false;
  showEnding(endingOf(error, match?.played ?? { hasBegun: false, serverStopped: false }));
  byId("again").hidden = isRoomGone(error) || error instanceof EngineIsBroken;
  byId("again").classList.toggle("primary", !isEngineOver(error));
  byId("all-rooms").classList.toggle("primary", isEngineOver(error));
  const game = match?.client.game;
  byId("new-room").hidden = !isRoomGone(error) || game === undefined;
  if (game) byId("new-room").onclick = () => void openNewRoom(game.name);
  // The link: a Space that was meant for a shot would press a button.
  document.querySelector<HTMLElement>("#ending a.button")?.focus();
}

function showEnding({ title, text }: Ending): void {
  byId("ending-title").textContent = title;
  byId("ending-text").textContent = text;
}

/** A room of the same game, in place of the one that is gone. */
async function openNewRoom(game: string): Promise<void> {
  const button = byId("new-room") as HTMLButtonElement;
  button.disabled = true;
  const adminToken = rememberedAdminToken();
  try {
    const room = await lobby.create(game, adminToken ? { adminToken } : {});
    location.assign(new URL(room.join_url, location.origin));
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    byId("ending-problem").textContent = error.message;
    button.disabled = false;
  }
}

exposeProbe(() => match);
void enter();
