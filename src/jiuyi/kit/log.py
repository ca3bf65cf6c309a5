"""Structured logs: one JSON object a line on stderr, with request ids and without personal data.

Code logs ids and outcomes only. As a second line of defence anything that looks like an identity number, a mobile
number, a token or a secret is cut out of every string before it is written.
"""

import contextvars
import logging
import re
import sys
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

request_id_now: contextvars.ContextVar[str] = contextvars.ContextVar("jiuyi_request_id", default="")
"""The id of the request being answered, for every line that is logged meanwhile. `kit.http` sets it."""
_ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9A-Za-z])")
_SECRET = re.compile(
    r"(?i)(secret|token|password|authorization|cookie|signature)([\"']?\s*[=:]\s*[\"']?)[^\s\"',&]{6,}"
)


def redact(text: str) -> str:
    """`text` with identity numbers, mobile numbers and secrets cut out."""
    text = _SECRET.sub(r"\1\2[cut]", text)
    return _MOBILE.sub("[phone]", _ID_NUMBER.sub("[id]", text))


def name_request(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Processor: put the id of the request being answered into every line."""
    made = request_id_now.get()
    if made:
        event.setdefault("request_id", made)
    return event


def _redact_all(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = redact(value)
    return event


def set_up(level: str = "INFO", *, pretty: bool = False) -> None:
    """Configure structlog and the standard library's logging for this process."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        name_request,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _redact_all,
    ]
    renderer = structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for noisy in ("httpx", "httpcore", "procrastinate", "psycopg.pool", "_granian"):
        logging.getLogger(noisy).setLevel("WARNING")
