import { protocol, TickroomError } from "tickroom";

const CHANNELS: readonly string[] = ["room", "near", "team"];

/** A line of chat: to the whole room, to those nearby, or to the own team. */
export interface Line {
  /** The speaker's number; -1 for who has left since. */
  readonly player: number;
  readonly name: string;
  readonly channel: string;
  readonly text: string;
}

/** What to say where, of what was typed; a sentence when it says nothing that can be sent. */
export function readTyped(typed: string): { readonly channel: string; readonly text: string } | string {
  const [, command, rest = ""] = /^\/(\S*)\s*(.*)$/su.exec(typed) ?? [];
  if (command === undefined) return { channel: "room", text: typed };
  if (!CHANNELS.includes(command)) return `There is no /${command}; there are /near and /team.`;
  if (rest === "") return `Say something after /${command}.`;
  return { channel: command, text: rest };
}

/** The lines of an answer to `get chat`. */
export function readHistory(answer: unknown): Line[] {
  if (!Array.isArray(answer)) throw new TickroomError("The server's lines of chat could not be read.");
  return answer.map((item: unknown) => {
    const [tag, player, channel, text, name] = Array.isArray(item) ? (item as unknown[]) : [];
    if (tag === protocol.ServerItemTag.Said && typeof player === "number" && typeof text === "string") {
      return { player, name: String(name), channel: String(channel), text };
    }
    throw new TickroomError("The server's lines of chat could not be read.");
  });
}

/** How many of the last lines of `history` are told again at the beginning of `since`, which came while it was asked for. */
export function overlap(history: readonly Line[], since: readonly Line[]): number {
  const told = since.filter(({ channel }) => channel === "room");
  for (let count = Math.min(told.length, history.length); count > 0; count--) {
    const end = history.slice(-count);
    if (end.every((line, n) => line.name === told[n]?.name && line.text === told[n]?.text)) return count;
  }
  return 0;
}
