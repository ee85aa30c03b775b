import { CloseReason, ConnectionClosed, EngineEnded, HttpError, TickroomError } from "tickroom";

/** What the page knows of the game that is over for it. */
export interface Played {
  /** Whether it had begun. */
  readonly hasBegun: boolean;
  /** Whether the last connection ended because the server was stopping. */
  readonly serverStopped: boolean;
}

/** The room is kept, and nobody can join it for now. */
export class RoomIsHeld extends TickroomError {}

/** The game's engine fails before it has run anything: so it will for whoever joins again. */
export class EngineIsBroken extends TickroomError {}

export interface Ending {
  readonly title: string;
  readonly text: string;
}

const RESTARTED = "The server was restarted, and this room is not there any more.";
const CLOSED_MEANWHILE = "The room was closed while you were away: empty rooms are, after a while.";

/** What a player reads at the end, as far as the page can know the cause. */
export function endingOf(error: TickroomError, { hasBegun, serverStopped }: Played): Ending {
  if (error instanceof ConnectionClosed && error.code === CloseReason.KICKED) {
    return { title: "You were removed from the room", text: error.message };
  }
  if (error instanceof ConnectionClosed && error.code === CloseReason.REPLACED) {
    return { title: "Your game goes on elsewhere", text: error.message };
  }
  if (error instanceof RoomIsHeld) return { title: "Not now", text: error.message };
  if (isEngineOver(error)) return { title: "The game cannot go on here", text: error.message };
  if (!isRoomGone(error)) return { title: "You are out of the game", text: error.message };
  if (hasBegun && serverStopped && !isFailure(error)) return { title: "The room is gone", text: RESTARTED };
  if (error instanceof ConnectionClosed) {
    return { title: isFailure(error) ? "The room was stopped" : "The game is over", text: error.message };
  }
  if (!hasBegun) return { title: "This room is not open", text: error.message };
  return { title: "The room is gone", text: CLOSED_MEANWHILE };
}

function isFailure(error: unknown): boolean {
  return error instanceof ConnectionClosed && error.code === CloseReason.ROOM_FAILED;
}

/** Whether the game's own engine is what ended it: it would do the same again. */
export function isEngineOver(error: TickroomError): boolean {
  return error.cause instanceof EngineEnded;
}

/** Whether the room itself is no more. */
export function isRoomGone(error: unknown): boolean {
  if (error instanceof HttpError) return error.status === 404 || error.status === 410;
  const gone: readonly number[] = [CloseReason.ROOM_ENDED, CloseReason.ROOM_FAILED];
  return error instanceof ConnectionClosed && gone.includes(error.code);
}

/** Whether the seat behind a token is gone, so that only a new join helps. */
export function isSeatGone(error: unknown): boolean {
  const gone: readonly number[] = [CloseReason.BAD_TOKEN, CloseReason.KICKED, CloseReason.LEFT];
  return isRoomGone(error) || (error instanceof ConnectionClosed && gone.includes(error.code));
}
