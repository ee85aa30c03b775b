"""The journal of a room: everything that entered its ticks, as bytes. docs/journal.md describes the format."""
