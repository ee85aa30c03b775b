"""What can be wrong with a journal."""


class JournalError(Exception):
    """A journal cannot be read, or not be run by this server. The sentence says why."""


class JournalDamaged(JournalError):
    """The bytes at `offset` are no record of this journal. `torn`: the file ends inside of the record, as after a crash."""

    def __init__(self, offset: int, reason: str, *, torn: bool = False) -> None:
        super().__init__(f"the journal is damaged at byte {offset}: {reason}")
        self.offset = offset
        self.reason = reason
        self.torn = torn
