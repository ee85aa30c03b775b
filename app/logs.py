"""structlog, set up once: human lines on a terminal, JSON otherwise, both on standard error."""

import logging
import sys
from typing import Any

import structlog
from structlog.typing import EventDict

from app.config import LogSection

LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)
"""Tracebacks as JSON, without locals: they are long, and a player's token may be among them."""


def configure(settings: LogSection) -> None:
    """Every log of the process, also those of libraries that use `logging`, takes the same way from now on."""
    level = LEVELS[settings.level]
    console = settings.format == "console" or (settings.format == "auto" and sys.stderr.isatty())
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=SHARED, processors=_last(console))
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in (
        "uvicorn.error",
        "uvicorn.access",
        "asyncio",
        "statemachine",
    ):  # what matters of them is said by us
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))


def _last(console: bool) -> list[Any]:
    head = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if not console:
        return [head, TRACEBACKS, structlog.processors.JSONRenderer()]
    plain = structlog.dev.plain_traceback  # where rich is installed the default is boxes
    return [
        head,
        all_printable,
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain),
    ]


def all_printable(_logger: Any, _name: str, fields: EventDict) -> EventDict:
    """Escapes what does not print in the texts of a line.

    JSON does that by itself. Tracebacks are ours and keep their lines.
    """
    for key, value in fields.items():
        if isinstance(value, str) and key not in ("exception", "stack"):
            fields[key] = printable(value)
    return fields


def printable(text: str) -> str:
    """What does not print is escaped: clients and files of others write into it, and a terminal obeys escape sequences."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text)
