/** The room's id in what somebody pasted: an invitation link of any form, or the id itself; null when it is neither. */
export function roomIdOf(text: string): string | null {
  const trimmed = text.trim();
  if (/^[\w-]+$/.test(trimmed)) return trimmed;
  let link: URL;
  try {
    link = new URL(trimmed);
  } catch {
    return null;
  }
  return roomIdOfAddress(link);
}

/** Whether this is the address of who watches: `/watch/<id>`. */
export function isWatchAddress(address: URL | Location): boolean {
  return address.pathname.startsWith("/watch/");
}

/** The room's id in the address of a play page: `/join/<id>`, `/watch/<id>` or `/join?game_id=<id>`. */
export function roomIdOfAddress(address: URL | Location): string | null {
  const [, id] = /^\/(?:join|watch)\/([^/]+)\/?$/.exec(address.pathname) ?? [];
  if (id) return decoded(id);
  return new URLSearchParams(address.search).get("game_id");
}

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
