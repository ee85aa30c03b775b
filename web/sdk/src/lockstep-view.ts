/**
 * The interface of a lock-step game's own view: the ES module `client/view.js` of a mod. It runs in the page, its engine does not:
 * what it draws are scenes, plain values that the engine gives.
 */

/** What may be chosen for an option of a setup: a value and its words. */
export type Choice = readonly [value: string | number | boolean, label: string];

/** The choices of a game's setup, as the module exports them: `export const setup = { options: {...}, player: {...} }`. */
export interface SetupChoices {
  /** Options of the room by name; the first choice is what a room begins with. */
  readonly options?: Readonly<
    Record<string, { readonly label: string; readonly choices: readonly Choice[] }>
  >;
  /** Options of each player; `distinct`: a player begins with the first that nobody else has. */
  readonly player?: Readonly<
    Record<
      string,
      { readonly label: string; readonly choices: readonly Choice[]; readonly distinct?: boolean }
    >
  >;
}

export interface LockstepViewContext {
  /** What the view fills. */
  readonly page: HTMLElement;
  /** The own number; -1: who watches. */
  readonly player: number;
  nameOf(player: number): string;
  /** Gives a command: it runs some generations later, on all sides. */
  send(name: string, body: unknown): void;
  /** How to play, shown for a while now and whenever the player asks (`?` or H); `touch`: where there is no keyboard. Not to who watches. */
  hint(text: string, touch?: string): void;
}

export interface LockstepView {
  /** An iteration is shown. */
  advanced(scene: unknown): void;
  /** What a generation did, and which of the own commands were not obeyed. */
  happened(events: readonly unknown[], refusals: readonly { readonly reason: string }[]): void;
  /** Each animation frame; `part` is how far it is between the last two iterations, 0 to 1. */
  frame(frame: { readonly now: number; readonly part: number }): void;
  destroy(): void;
}

export interface LockstepViewModule {
  readonly default: (context: LockstepViewContext) => LockstepView | Promise<LockstepView>;
  readonly setup?: SetupChoices;
}
