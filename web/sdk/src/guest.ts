const KEY = "tickroom.guest.";
/** Tabs of one browser that are players of their own; further ones share the last secret. */
const MOST = 8;

/**
 * The secret by which this browser's player is known to games that keep what players have: a random UUID, for `guest`.
 *
 * Tabs that are open at the same time are different players: the first has the first secret, the second another one, and each
 * finds its own again the next day. Where the browser cannot tell (no Web Locks, as on pages without TLS), all have the first.
 * Where it allows no storage the answer is undefined, and nothing is kept of the player.
 */
export async function guestSecret(): Promise<string | undefined> {
  for (let slot = 0; slot < MOST - 1; slot++) {
    if (await isFree(KEY + slot)) return secret(KEY + slot);
  }
  return secret(KEY + (MOST - 1));
}

/** Whether no other tab has this name; it is then this tab's until it closes. */
function isFree(name: string): Promise<boolean> {
  const locks = globalThis.navigator?.locks;
  if (locks === undefined) return Promise.resolve(true);
  return new Promise((resolve) => {
    locks
      .request(name, { ifAvailable: true }, (lock) => {
        resolve(lock !== null);
        return lock === null ? undefined : new Promise<never>(() => {}); // held for as long as the page lives
      })
      .catch(() => resolve(true)); // a page that may use no locks
  });
}

function secret(key: string): string | undefined {
  try {
    const kept = localStorage.getItem(key) ?? uuid();
    localStorage.setItem(key, kept);
    return kept;
  } catch (error) {
    if (error instanceof DOMException) return undefined; // storage that is blocked or full
    throw error;
  }
}

/** `crypto.randomUUID` is there on pages with TLS only. */
function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
