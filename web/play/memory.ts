const NAME = "tickroom.name";
const SEAT = "tickroom.seat.";

/** What a browser remembers: the name for ever, the seat (by its token) for as long as this tab lives. */
export const memory = {
  get name(): string {
    return localStorage.getItem(NAME) ?? "";
  },
  set name(name: string) {
    localStorage.setItem(NAME, name);
  },
  token(roomId: string): string {
    return sessionStorage.getItem(SEAT + roomId) ?? "";
  },
  keepToken(roomId: string, token: string): void {
    sessionStorage.setItem(SEAT + roomId, token);
  },
  forgetToken(roomId: string): void {
    sessionStorage.removeItem(SEAT + roomId);
  },
};
