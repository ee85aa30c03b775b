/** A line of an upload that a traceback names; below `tickroom_mods` is what net/client/lockstep_upload.py has unpacked. */
const PLACE = /File "\/upload\/tickroom_mods\/(.+)", line (\d+)/g;
/** What a single file is called there: its own name is not known. */
const SINGLE = "upload.py";

/** Python's traceback has many lines: where it is in the upload, and its last one, which says what it is. */
export function sentenceOf(traceback: string): string {
  const what = traceback.trim().split("\n").at(-1) ?? "";
  const [, file, line] = [...traceback.matchAll(PLACE)].at(-1) ?? [];
  if (line === undefined) return what;
  return `${file === SINGLE ? "" : `${file}, `}line ${line}: ${what}`;
}
