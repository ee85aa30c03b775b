/** Where a client keeps what opens its seat, so that a page that is loaded again has its seat again. */
export interface SeatMemory {
  /** The token that was kept for a room, or empty. */
  get(roomId: string): string;
  /** Called with the join and with each welcome; what it keeps has to be there when it returns. */
  keep(roomId: string, token: string): void;
  forget(roomId: string): void;
}

const KEY = "tickroom.seat.";

/**
 * Seats in the page's sessionStorage: they live as long as the tab, over reloads and the back button. A tab that is duplicated
 * begins with a copy of it, and takes the seat over. Where a browser allows no storage nothing is kept.
 */
export function sessionMemory(base: string | URL): SeatMemory {
  const { host } = new URL(base);
  const key = (roomId: string) => `${KEY}${host}/${roomId}`;
  return {
    get: (roomId) => tried(() => globalThis.sessionStorage?.getItem(key(roomId))) ?? "",
    keep: (roomId, token) => tried(() => globalThis.sessionStorage?.setItem(key(roomId), token)),
    forget: (roomId) => tried(() => globalThis.sessionStorage?.removeItem(key(roomId))),
  };
}

/** Storage that is blocked or full throws; a seat that is not remembered is no reason not to play. */
function tried<Result>(use: () => Result): Result | undefined {
  try {
    return use();
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}
