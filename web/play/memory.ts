import { sessionMemory } from "tickroom";

const NAME = "tickroom.name";

/** What a browser remembers: the name for ever; the seat, which the client keeps, for as long as this tab lives. */
export const memory = {
  get name(): string {
    return localStorage.getItem(NAME) ?? "";
  },
  set name(name: string) {
    localStorage.setItem(NAME, name);
  },
  token(roomId: string): string {
    return sessionMemory(location.origin).get(roomId);
  },
};
