import type { Player } from "tickroom";

/** What the players of a match are called: also those who have left it since. */
export class Names {
  readonly #names = new Map<number, string>();
  #here: ReadonlySet<number> = new Set();

  /** The roster is another one. The numbers of those who are in it no more. */
  update(players: readonly Player[]): number[] {
    for (const { player, name } of players) this.#names.set(player, name);
    const here = new Set(players.map(({ player }) => player));
    const left = [...this.#here].filter((player) => !here.has(player));
    this.#here = here;
    return left;
  }

  of(player: number): string {
    return this.#names.get(player) ?? `Player ${player}`;
  }

  /** A sentence of an engine's, which knows numbers alone: the names in place of `Player #N`. */
  in(sentence: string): string {
    return sentence.replace(/\bplayer #(\d{1,5})\b/gi, (_, number) => this.of(Number(number)));
  }
}
