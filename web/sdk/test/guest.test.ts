import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { guestSecret } from "../src/guest.js";

type Callback = (lock: object | null) => unknown;

const real = { navigator: globalThis.navigator, storage: globalThis.localStorage };
let stored: Map<string, string>;
let held: Set<string>;

function set(name: "navigator" | "localStorage", value: unknown): void {
  Object.defineProperty(globalThis, name, { value, configurable: true });
}

beforeEach(() => {
  stored = new Map();
  held = new Set();
  set("localStorage", {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => stored.set(key, value),
  });
  set("navigator", {
    locks: {
      async request(name: string, _: object, callback: Callback): Promise<void> {
        const lock = held.has(name) ? null : {};
        held.add(name);
        await callback(lock);
      },
    },
  });
});

afterEach(() => {
  set("navigator", real.navigator);
  set("localStorage", real.storage);
});

test("a browser's player has one secret, a random UUID, day after day", async () => {
  const first = await guestSecret();
  assert.match(first ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  held.clear(); // the tab was closed
  assert.equal(await guestSecret(), first);
});

test("tabs that are open at once are players of their own, and find themselves again", async () => {
  const both = [await guestSecret(), await guestSecret()];
  assert.notEqual(both[0], both[1]);
  held.clear();
  assert.deepEqual([await guestSecret(), await guestSecret()], both);
});

test("many tabs share the last secret", async () => {
  const secrets = [];
  for (let tab = 0; tab < 10; tab++) secrets.push(await guestSecret());
  assert.equal(new Set(secrets).size, 8);
});

test("without locks, or where none may be used, all tabs have the first", async () => {
  set("navigator", {});
  const first = await guestSecret();
  assert.equal(await guestSecret(), first);
  set("navigator", { locks: { request: () => Promise.reject(new Error("not here")) } });
  assert.equal(await guestSecret(), first);
});

test("without storage nothing is kept", async () => {
  set("localStorage", {
    getItem: () => {
      throw new DOMException("blocked");
    },
  });
  assert.equal(await guestSecret(), undefined);
});
