// How much of the engine has been fetched, as it comes.
import type { Progress } from "./messages.js";

/** How often it is told (ms). */
const EVERY = 100;

/** From now on tells how many bytes of each file have come by `fetch` here, unpacked; what asked for them gets them as ever. */
export function countFetched(tell: (progress: Progress) => void): void {
  const fetch = globalThis.fetch.bind(globalThis);
  globalThis.fetch = async (...request: Parameters<typeof fetch>) => {
    const response = await fetch(...request);
    count(response, tell).catch(() => undefined); // what asked for it hears of the failure
    return response;
  };
}

async function count(response: Response, tell: (progress: Progress) => void): Promise<void> {
  // a copy: WebAssembly is compiled while it comes, and kept compiled, from the very answer of the network alone
  const reader = response.clone().body?.getReader();
  const file = response.url.slice(response.url.lastIndexOf("/") + 1);
  const encoding = response.headers.get("Content-Encoding") ?? "";
  let loaded = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
    loaded += piece.value.length;
    if (performance.now() - toldAt < EVERY) continue;
    toldAt = performance.now();
    tell({ file, loaded, encoding });
  }
  tell({ file, loaded, encoding });
}
