import assert from "node:assert/strict";
import { test } from "node:test";
import { CLOSE_SENTENCES, CloseReason } from "../src/protocol.generated.js";

test("every close reason has its sentence", () => {
  for (const code of Object.values(CloseReason)) assert.match(CLOSE_SENTENCES[code] ?? "", /\.$/);
});
