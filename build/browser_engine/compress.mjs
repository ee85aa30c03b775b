// node build/browser_engine/compress.mjs FILE...: writes FILE.br and FILE.gz beside each. Node has Brotli; Python has not.
import { readFileSync, writeFileSync } from "node:fs";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

for (const file of process.argv.slice(2)) {
  const content = readFileSync(file);
  const brotli = {
    [constants.BROTLI_PARAM_QUALITY]: 9, // 11 is a tenth smaller and takes a minute
    [constants.BROTLI_PARAM_LGWIN]: 24,
    [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
  };
  writeFileSync(`${file}.br`, brotliCompressSync(content, { params: brotli }));
  writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
}
