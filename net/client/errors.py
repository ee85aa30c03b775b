"""The client's error families. The server's fault is `net.errors.RemoteProtocolError`; the caller's, and a call that
was refused, are here."""


class LocalProtocolError(Exception):
    """The client was asked for something that its state, the game or a bound does not allow. The connection lives on."""


class CallFailed(Exception):
    """An rpc was answered with anything but 200. `status` is as in HTTP, `sentence` the server's or the game's reason."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        self.sentence = sentence
        super().__init__(f"{sentence} ({status})")
