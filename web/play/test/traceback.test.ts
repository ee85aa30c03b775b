import assert from "node:assert/strict";
import { test } from "node:test";
import { sentenceOf } from "../../engine/traceback";

const IMPORTED = `Traceback (most recent call last):
  File "/code/net/client/lockstep_upload.py", line 151, in open_upload
    _opened[:] = [Upload(importlib.import_module(name))]
`;

test("a syntax error in an upload is told with its line, and its file where there are several", () => {
  const syntax = `    x = = 1\n        ^\nSyntaxError: invalid syntax\n`;
  const single = `${IMPORTED}  File "/upload/tickroom_mods/upload.py", line 3\n${syntax}`;
  assert.equal(sentenceOf(single), "line 3: SyntaxError: invalid syntax");
  const several = `${IMPORTED}  File "/upload/tickroom_mods/mine/shared/rules.py", line 40\n${syntax}`;
  assert.equal(sentenceOf(several), "mine/shared/rules.py, line 40: SyntaxError: invalid syntax");
});

test("of a traceback the innermost line of the upload is told; where there is none, the last line alone", () => {
  const deep = `${IMPORTED}  File "/upload/tickroom_mods/upload.py", line 3, in step
    move(1)
  File "/upload/tickroom_mods/upload.py", line 9, in move
    world.spawn("a")
  File "/code/ecs/world.py", line 80, in spawn
ecs.errors.WorldError: "a" is no component
`;
  assert.equal(sentenceOf(deep), 'line 9: ecs.errors.WorldError: "a" is no component');
  assert.equal(sentenceOf(`${IMPORTED}NoEngine: the archive is empty`), "NoEngine: the archive is empty");
});
