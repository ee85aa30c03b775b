import assert from "node:assert/strict";
import { test } from "node:test";
import { RemoteEngine, type RemoteOptions } from "../src/lockstep/remote.js";

/** An engine whose beats come when the test says so, and the other side of its port. */
function remote(options: Partial<RemoteOptions> = {}) {
  const { port1, port2 } = new MessageChannel();
  let act = () => {};
  let released = 0;
  const setInterval = (given: () => void) => {
    act = given;
  };
  const engine = new RemoteEngine(port1, { ...options, release: () => released++, setInterval });
  const beats = (count: number) => {
    for (let each = 0; each < count; each++) act();
  };
  return { engine, port2, beats, released: () => released };
}

test("an engine that is there and does not answer is ended after its patience", async () => {
  const { engine, beats, released } = remote();
  beats(5);
  assert.equal(released(), 0);
  beats(1);
  assert.match(await engine.ended, /has not answered for 5 seconds/);
  assert.equal(released(), 1);
});

test("an engine that is fetched is waited for, and from its first word on has to answer", async () => {
  const { engine, port2, beats, released } = remote({ loads: 60 });
  beats(59);
  assert.equal(released(), 0);
  port2.postMessage({ id: 0, value: null });
  port2.onmessage = ({ data }) => port2.postMessage({ id: data.id, value: undefined });
  await engine.dump(0);
  port2.onmessage = null;
  beats(5);
  assert.equal(released(), 0);
  beats(1);
  assert.match(await engine.ended, /has not answered for 5 seconds/);
});

test("an engine that never comes is said not to", async () => {
  const { engine, beats } = remote({ loads: 60 });
  beats(60);
  assert.match(await engine.ended, /could not be loaded within 60 seconds/);
});
