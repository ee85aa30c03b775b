"""How the program ends: an exit code for each way, and the error that carries one to the command line."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes of `tickroom`; `EXIT_SENTENCES` says each in a sentence. 1 is an error of Tickroom itself."""

    OK = 0
    BUG = 1
    USAGE = 2
    CONFIGURATION = 3
    ADDRESS = 4
    DATA = 5
    MOD = 6
    BOTS = 7
    JOURNAL = 8
    DIFFERENT = 9
    FORCED = 130


EXIT_SENTENCES: dict[Exit, str] = {
    Exit.OK: "It did what was asked; for `serve`: it was told to stop and did so in order.",
    Exit.BUG: "An error of Tickroom itself, with a traceback.",
    Exit.USAGE: "The command line is wrong.",
    Exit.CONFIGURATION: "The configuration is wrong; file, key, value and what is allowed are said.",
    Exit.ADDRESS: "The address cannot be listened on: the port is in use, or not ours to take.",
    Exit.DATA: "The data directory is used by another server, or cannot be written.",
    Exit.MOD: "A game does not load (and `mods.on_broken` says refuse), or there is no game at all.",
    Exit.BOTS: "`bots`: at least one bot could not join, or was cut off and did not get back in.",
    Exit.JOURNAL: "`replay`: the file is no journal, is damaged, or is of another game or version (`--anyway`).",
    Exit.DIFFERENT: "`replay --verify`: the journal, run again, gives another game; the first difference is said.",
    Exit.FORCED: "A second signal came while it was stopping, and it stopped at once.",
}


class ProgramError(Exception):
    """Something outside of Tickroom is wrong: each mistake is said in one sentence, without a traceback, and the program
    ends."""

    def __init__(self, code: Exit, *sentences: str) -> None:
        self.code = code
        self.sentences = sentences
        super().__init__("\n".join(sentences))
