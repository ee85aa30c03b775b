"""The client of a room, without I/O. Runs on CPython and in a browser tab; the drivers are in `net.drivers`."""
