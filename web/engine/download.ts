import type { Progress } from "./messages.js";

/** A file of the engine: its own bytes, and those of its compressed forms (build/browser_engine/pack.py). */
export interface Sizes {
  readonly bytes: number;
  readonly brotli: number;
  readonly gzip: number;
}

/** How much of the engine has come, in bytes on the line: what is fetched is counted unpacked, and has its share of the file's packed form. */
export class Download {
  readonly #files: Readonly<Record<string, Sizes>>;
  /** The part of each file that has come. */
  readonly #parts = new Map<string, number>();
  #encoding: string;
  #whole = 0;

  /** `encoding` is what is expected until a file has come. */
  constructor(files: Readonly<Record<string, Sizes>>, encoding: string) {
    this.#files = files;
    this.#encoding = encoding;
  }

  /** Something besides the engine's files came as a whole, in so many bytes. */
  came(bytes: number): void {
    this.#whole += bytes;
  }

  told({ file, loaded, encoding = this.#encoding }: Progress): void {
    const sizes = this.#files[file];
    if (!sizes) return;
    this.#encoding = encoding;
    this.#parts.set(file, Math.min(1, loaded / sizes.bytes));
  }

  get loaded(): number {
    return this.#sum((file) => this.#parts.get(file) ?? 0);
  }

  get total(): number {
    return this.#sum(() => 1);
  }

  #sum(part: (file: string) => number): number {
    return Object.entries(this.#files).reduce(
      (sum, [file, sizes]) => sum + part(file) * this.#onTheLine(sizes),
      this.#whole,
    );
  }

  #onTheLine({ bytes, brotli, gzip }: Sizes): number {
    if (this.#encoding === "br") return brotli;
    return this.#encoding === "gzip" ? gzip : bytes;
  }
}
