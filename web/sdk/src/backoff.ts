/** The first waits are around this long (ms). */
const BASE = 300;
/** No wait is longer than this (ms), beyond what the server asked for: everybody is back within 5 s of a server's return. */
const CAP = 3000;
/** A server that says it is away for longer (ms) is asked before. */
const LONGEST_AWAY = 600_000;

/**
 * How long to wait before attempt number `attempt` (from 1): exponential back-off with full jitter, so that the clients
 * of a server that comes back do not all come back in the same moment. `random` is in 0..1. After Brooker, "Exponential
 * Backoff And Jitter" (AWS Architecture Blog, 2015). `away` is what a server that stopped has asked for (ms), else 0.
 */
export function backoff(attempt: number, random: number, away = 0): number {
  const least = Math.min(Math.max(0, away), LONGEST_AWAY);
  return least + Math.max(Math.min(CAP, BASE * 2 ** (attempt - 1)), least / 4) * random;
}
