import type { Lobby } from "tickroom";
import { HttpError } from "tickroom";

/** Only this machine reaches such an address. */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/**
 * The link to a room that others can open: on the page's own address, or, where that is this machine's alone, on the address
 * at which the server says the network reaches it.
 */
export function inviteLink(page: URL | Location, roomId: string, networkUrl: string | null): string {
  const base = networkUrl && isLoopback(page.hostname) ? networkUrl : page.origin;
  return new URL(`/join/${encodeURIComponent(roomId)}`, base).href;
}

/** The server's address in the network, where the page needs it and the server knows it. */
export async function networkUrlFor(page: URL | Location, lobby: Lobby): Promise<string | null> {
  if (!isLoopback(page.hostname)) return null;
  try {
    return await lobby.networkUrl();
  } catch (error) {
    // Without a server nobody is invited anyway, and whoever needs it says that it is away.
    if (error instanceof HttpError) return null;
    throw error;
  }
}
