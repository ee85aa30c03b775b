import { sessionMemory } from "tickroom";

const NAME = "tickroom.name";
const ACCOUNT = "tickroom.account";
const PREDICTION = "tickroom.prediction";

/** What a browser remembers: the name for ever; the seat, which the client keeps, for as long as this tab lives. */
export const memory = {
  get name(): string {
    return localStorage.getItem(NAME) ?? "";
  },
  set name(name: string) {
    localStorage.setItem(NAME, name);
  },
  /** The token of the player's account, for as long as this tab lives. */
  get account(): string {
    return sessionStorage.getItem(ACCOUNT) ?? "";
  },
  set account(account: string) {
    sessionStorage.setItem(ACCOUNT, account);
  },
  /** Whether own moves are to be predicted, which takes an engine of some megabytes. */
  get predicts(): boolean {
    return localStorage.getItem(PREDICTION) !== "off";
  },
  set predicts(isWanted: boolean) {
    localStorage.setItem(PREDICTION, isWanted ? "on" : "off");
  },
  token(roomId: string): string {
    return sessionMemory(location.origin).get(roomId);
  },
};
