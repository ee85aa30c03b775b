"""The program: `python -m app` and `tickroom` are the same."""


def main() -> None:
    """Ends the process with an exit code of app.exits."""
    from app.extraction import prepare

    prepare()  # before anything of weight is imported: an end of the parent process has to reach us
    from app.cli import main as run

    run()


if __name__ == "__main__":
    main()
