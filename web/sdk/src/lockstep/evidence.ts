import { ClientItemTag, type Diverged, type Reseed } from "../protocol.generated.js";
import type { EngineHandle } from "./engine.js";
import { bytesOf, joined, partsOf } from "./packed.js";
import type { LockstepSaid } from "./told.js";

/** What is said after the states differ: the generation computed again where nobody is right, and the state in parts. */
export async function evidenceOf(
  engine: EngineHandle,
  [, generation, confirmed, , wantsDump, wantsRerun]: Diverged,
): Promise<LockstepSaid[]> {
  const said: LockstepSaid[] = [];
  const dump = wantsDump ? await engine.dump(generation) : undefined;
  const again = wantsRerun ? await engine.again(confirmed, generation) : undefined;
  if (again !== undefined) said.push([ClientItemTag.Rerun, generation, again]);
  const parts = dump === undefined ? [] : await partsOf(dump);
  for (const [place, data] of parts.entries()) {
    said.push([ClientItemTag.DumpPart, generation, place, parts.length, data]);
  }
  // all stand still until they know that nothing comes
  if (wantsDump && parts.length === 0)
    said.push([ClientItemTag.DumpPart, generation, 0, 0, new Uint8Array()]);
  return said;
}

/** The right state, as it comes in parts. */
export class StateParts {
  #parts: Uint8Array[] = [];

  /** With the last part, all of it. */
  async add([, , place, count, data]: Reseed): Promise<Uint8Array | undefined> {
    if (place === 0) this.#parts = [];
    if (place !== this.#parts.length) return undefined;
    this.#parts.push(bytesOf(data));
    if (this.#parts.length < count) return undefined;
    const parts = this.#parts;
    this.#parts = [];
    return joined(parts);
  }
}
