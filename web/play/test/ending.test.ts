import assert from "node:assert/strict";
import { test } from "node:test";
import { CloseReason, ConnectionClosed, EngineEnded, HttpError, TickroomError } from "tickroom";
import { inviteLink, isLoopback } from "../../common/invite";
import { endingOf, isEngineOver, RoomIsHeld } from "../ending";

const NO_ROOM = new HttpError(404, "There is no room 'abc'.");

test("a room that is gone is explained by what happened before", () => {
  const restarted = endingOf(NO_ROOM, { hasBegun: true, serverStopped: true });
  assert.match(restarted.text, /server was restarted, and this room is not there any more/);
  const told = new ConnectionClosed(CloseReason.ROOM_ENDED, "There is no such room; it may have ended.");
  assert.deepEqual(endingOf(told, { hasBegun: true, serverStopped: true }), restarted);
  const away = endingOf(NO_ROOM, { hasBegun: true, serverStopped: false });
  assert.match(away.text, /closed while you were away/);
  const wrongLink = endingOf(NO_ROOM, { hasBegun: false, serverStopped: false });
  assert.deepEqual(wrongLink, { title: "This room is not open", text: NO_ROOM.message });
});

test("a room that is kept and does not run is not one that is gone", () => {
  const held = endingOf(new RoomIsHeld("It waits."), { hasBegun: false, serverStopped: false });
  assert.deepEqual(held, { title: "Not now", text: "It waits." });
});

test("a game that failed is not a game that is over", () => {
  const played = { hasBegun: true, serverStopped: false };
  const failed = endingOf(new ConnectionClosed(CloseReason.ROOM_FAILED), played);
  assert.equal(failed.title, "The room was stopped");
  const ended = endingOf(new ConnectionClosed(CloseReason.ROOM_ENDED, "An admin ended the room."), played);
  assert.deepEqual(ended, { title: "The game is over", text: "An admin ended the room." });
  const replaced = endingOf(new ConnectionClosed(CloseReason.REPLACED), played);
  assert.equal(replaced.title, "Your game goes on elsewhere");
  const kicked = endingOf(new ConnectionClosed(CloseReason.KICKED, "Be nice."), played);
  assert.deepEqual(kicked, { title: "You were removed from the room", text: "Be nice." });
});

test("an engine that ended its game would do so again", () => {
  const why = "The game's engine failed: no.";
  const broken = new TickroomError(why, { cause: new EngineEnded(why) });
  assert.deepEqual(endingOf(broken, { hasBegun: true, serverStopped: false }), {
    title: "The game cannot go on here",
    text: why,
  });
  assert.deepEqual([broken, NO_ROOM].map(isEngineOver), [true, false]);
});

test("a link for others never leads to their own machine where the server knows better", () => {
  const local = new URL("http://127.0.0.1:7373/join/abc");
  const network = "http://192.168.1.5:7373";
  assert.equal(inviteLink(local, "abc", network), "http://192.168.1.5:7373/join/abc");
  assert.equal(inviteLink(local, "abc", null), "http://127.0.0.1:7373/join/abc");
  const open = new URL("https://play.example.org/");
  assert.equal(inviteLink(open, "a b", network), "https://play.example.org/join/a%20b");
  const own = ["localhost", "play.localhost", "127.0.0.1", "127.1.2.3", "[::1]"];
  assert.deepEqual(own.filter(isLoopback), own);
  assert.equal(["192.168.1.5", "127.example.org", "localhost.example.org"].some(isLoopback), false);
});
