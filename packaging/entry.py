"""Where the one file starts."""

from app.__main__ import main

main()
