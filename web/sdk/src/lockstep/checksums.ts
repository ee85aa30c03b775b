/** Checksums of so many generations are kept. */
const KEPT = 64;

/** The own checksums of the last generations, beside what all agreed on. */
export class Checksums {
  readonly #own = new Map<number, number>();
  readonly #agreed = new Map<number, number>();
  /** The first generation in which the two differ; -1: none. */
  wrongAt = -1;

  /** The own one of a generation. True where it is the first that is found to differ. */
  computed(generation: number, checksum: number): boolean {
    remember(this.#own, generation, checksum);
    return this.#isWrong(generation);
  }

  /** What all agreed on, in a generation that may not have been run here yet. True where the own one is found to differ. */
  agreed(generation: number, checksum: number): boolean {
    if (generation < 0) return false;
    remember(this.#agreed, generation, checksum);
    return this.#isWrong(generation);
  }

  of(generation: number): number | undefined {
    return this.#own.get(generation);
  }

  /** The last generation that has one, and that; -1 and 0 where there is none. */
  get last(): readonly [generation: number, checksum: number] {
    return [...this.#own].at(-1) ?? [-1, 0];
  }

  /** The last generation on which all agreed; likewise. */
  get lastAgreed(): readonly [generation: number, checksum: number] {
    return [...this.#agreed].at(-1) ?? [-1, 0];
  }

  get all(): Readonly<Record<number, number>> {
    return Object.fromEntries(this.#own);
  }

  /** The state was replaced: the own ones after this generation are void. */
  goBack(generation: number): void {
    for (const each of this.#own.keys()) if (each > generation) this.#own.delete(each);
    this.wrongAt = -1;
  }

  clear(): void {
    this.#own.clear();
    this.#agreed.clear();
    this.wrongAt = -1;
  }

  #isWrong(generation: number): boolean {
    const [own, agreed] = [this.#own.get(generation), this.#agreed.get(generation)];
    if (own === undefined || agreed === undefined || own === agreed || this.wrongAt >= 0) return false;
    this.wrongAt = generation;
    return true;
  }
}

function remember(sums: Map<number, number>, generation: number, sum: number): void {
  sums.set(generation, sum);
  for (const each of sums.keys()) {
    if (sums.size <= KEPT) return;
    sums.delete(each);
  }
}
