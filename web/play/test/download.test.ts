import assert from "node:assert/strict";
import { test } from "node:test";
import { Download } from "../../engine/download";

const FILES = {
  "python.wasm": { bytes: 900, brotli: 300, gzip: 400 },
  "library.zip": { bytes: 500, brotli: 100, gzip: 200 },
};

test("what is loaded is counted in bytes on the line, of each file by its own packing", () => {
  const download = new Download(FILES, "br");
  assert.deepEqual([download.loaded, download.total], [0, 400]);
  download.told({ file: "python.wasm", loaded: 450, encoding: "br" });
  assert.deepEqual([download.loaded, download.total], [150, 400]);
  download.told({ file: "library.zip", loaded: 500, encoding: "br" });
  download.told({ file: "python.wasm", loaded: 900, encoding: "br" });
  assert.equal(download.loaded, download.total);
});

test("the total follows how the files really come", () => {
  const download = new Download(FILES, "br");
  download.told({ file: "library.zip", loaded: 250, encoding: "gzip" });
  assert.deepEqual([download.loaded, download.total], [100, 600]);
  download.told({ file: "library.zip", loaded: 250, encoding: "" });
  assert.deepEqual([download.loaded, download.total], [250, 1400]);
});

test("what came as a whole is in both; a file that is none of the engine's is in neither", () => {
  const download = new Download(FILES, "br");
  download.came(50);
  download.told({ file: "elsewhere.js", loaded: 70 });
  download.told({ file: "library.zip", loaded: Number.POSITIVE_INFINITY });
  assert.deepEqual([download.loaded, download.total], [150, 450]);
});
