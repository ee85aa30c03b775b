import { HttpError, Lobby, TickroomError } from "tickroom";
import { copiesLink } from "../common/copy";
import { byId } from "../common/dom";
import { roomIdOfAddress } from "../common/link";
import { isRoomGone, isSeatGone, Match } from "./match";
import { memory } from "./memory";
import { exposeProbe } from "./probe";

const roomId = roomIdOfAddress(location) ?? "";
const lobby = new Lobby(location.origin);
let match: Match | undefined;

async function enter(): Promise<void> {
  copiesLink(byId("invite") as HTMLButtonElement, `${location.origin}/join/${encodeURIComponent(roomId)}`);
  byId("leave").addEventListener("click", (event) => void leave(event));
  // Who has clicked a button plays on: the next Space is a shot, not the button again.
  byId("game").addEventListener(
    "click",
    ({ detail }) => detail > 0 && byId("canvas").focus({ preventScroll: true }),
  );
  // Safari zooms by its own gesture, whatever the page's viewport says.
  document.addEventListener("gesturestart", (event) => event.preventDefault());
  byId("again").addEventListener("click", () => location.reload());
  (byId("name") as HTMLInputElement).value = memory.name;
  byId("join").addEventListener("submit", (event) => void join(event));
  const token = memory.token(roomId);
  if (token) await play("", token);
  else await showEntrance();
}

/** Asks for a name, with what is known of the room above. */
async function showEntrance(problem = ""): Promise<void> {
  byId("game").hidden = true;
  byId("entrance").hidden = false;
  byId("join-problem").textContent = problem;
  byId("name").focus();
  try {
    const { title, players, max_players } = await lobby.room(roomId);
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

async function play(name: string, token: string): Promise<void> {
  const codec = new URLSearchParams(location.search).get("codec") === "json" ? "json" : "msgpack";
  match = new Match({ room: roomId, name, token, codec }, end);
  try {
    await match.open();
  } catch (error) {
    if (!(error instanceof TickroomError)) {
      end(new TickroomError(`This page made a mistake: ${error}`));
      throw error;
    }
    if (isSeatGone(error)) memory.forgetToken(roomId);
    // The seat of an earlier visit is gone: that needs no words, a new one is to be had.
    await showEntrance(token && isSeatGone(error) ? "" : error.message);
  }
}

async function leave(event: Event): Promise<void> {
  event.preventDefault();
  memory.forgetToken(roomId);
  await match?.leave();
  location.assign("/");
}

/** The end, in the server's words. */
function end(error: TickroomError): void {
  if (isSeatGone(error)) memory.forgetToken(roomId);
  byId("entrance").hidden = true;
  byId("ending").hidden = false;
  const isGone = isRoomGone(error);
  byId("ending-title").textContent = !isGone
    ? "You are out of the game"
    : match
      ? "The game is over"
      : "This room is not open";
  byId("ending-text").textContent = error.message;
  byId("again").hidden = isGone;
  document.querySelector<HTMLElement>("#ending .button:not([hidden])")?.focus();
}

exposeProbe(() => match);
void enter();
