"""Secrets made at first start and kept in the data folder, so that restarts and resets keep them."""

from __future__ import annotations

import json
import os
import secrets
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Keys:
    """A small private JSON file: name → text."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._values: dict[str, str] = json.loads(path.read_text("utf-8")) if path.exists() else {}

    def get(self, name: str, make: Callable[[], str] = lambda: secrets.token_hex(16)) -> str:
        """The secret of that name; made by ``make`` once (32 hexadecimal characters by default)."""
        with self._lock:
            if name not in self._values:
                self._values[name] = make()
                part = self._path.with_suffix(".part")
                with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                    json.dump(self._values, file, indent=1)
                part.replace(self._path)
            return self._values[name]
