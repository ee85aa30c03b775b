"""The client's two error families. The server's fault is `net.errors.RemoteProtocolError`; the caller's is here."""


class LocalProtocolError(Exception):
    """The client was asked for something that its state, the game or a bound does not allow. The connection lives on."""
