// How much of the engine has been fetched, as it comes.

/** How often it is told (ms). */
const EVERY = 100;

/** From now on tells how many bytes have come by `fetch` here, unpacked; what asked for them gets them as ever. */
export function countFetched(tell: (loaded: number) => void): void {
  const fetch = globalThis.fetch.bind(globalThis);
  let loaded = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  globalThis.fetch = async (...request: Parameters<typeof fetch>) => {
    const response = await fetch(...request);
    // a copy: WebAssembly is compiled while it comes, and kept compiled, from the very answer of the network alone
    const reader = response.clone().body?.getReader();
    const count = async () => {
      for (let piece = await reader?.read(); piece && !piece.done; piece = await reader?.read()) {
        loaded += piece.value.length;
        if (performance.now() - toldAt < EVERY) continue;
        toldAt = performance.now();
        tell(loaded);
      }
      tell(loaded);
    };
    count().catch(() => undefined); // what asked for it hears of the failure
    return response;
  };
}
