// What the page and the Worker with the Python engine say to each other.
import type { Plain } from "./interpreter.js";

/** To the Worker. Each is answered by one `Reply` with the same `id`; `load` by the ms until bare Pyodide was there. */
export type Order =
  | {
      readonly id: number;
      readonly verb: "load";
      readonly folder: string;
      readonly archives: readonly Uint8Array[];
    }
  | {
      readonly id: number;
      readonly verb: "run";
      readonly module: string;
      readonly name: string;
      readonly values: readonly Plain[];
    };

/** From the Worker: what came of an order, or why nothing did (Python's traceback, where it is Python's). */
export type Reply =
  | { readonly id: number; readonly value: Plain }
  | { readonly id: number; readonly failure: string };

/** From the Worker while it loads, between replies: so much of a file has come, in unpacked bytes. */
export interface Progress {
  readonly file: string;
  readonly loaded: number;
  /** How the file travelled, where that is known: a Content-Encoding. */
  readonly encoding?: string;
}
