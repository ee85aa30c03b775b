/** The first waits are around this long (ms). */
const BASE = 300;
/** No wait is longer than this (ms). */
const CAP = 5000;

/**
 * How long to wait before attempt number `attempt` (from 1): exponential back-off with full jitter, so that the clients
 * of a server that comes back do not all come back in the same moment. `random` is in 0..1. After Brooker, "Exponential
 * Backoff And Jitter" (AWS Architecture Blog, 2015).
 */
export function backoff(attempt: number, random: number): number {
  return Math.min(CAP, BASE * 2 ** (attempt - 1)) * random;
}
