/** What players read of a room that is kept and does not run (docs/operating.md, "Starting again"). */
export const HELD =
  "This room is kept and does not run now: whoever runs this server has to look at it first.";
