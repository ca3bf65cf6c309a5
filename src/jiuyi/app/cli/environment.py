"""The demo's settings: from the sandbox's keys, and from secrets of its own made at the first start."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def from_keys(keys: Mapping[str, Any]) -> dict[str, str]:
    """`/_control/keys` as settings: `{"his": {"secret": …}}` becomes `JIUYI_HIS_SECRET`; tables become JSON."""
    settings: dict[str, str] = {}
    for section, values in keys.items():
        if isinstance(values, Mapping):
            for name, value in values.items():
                text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                settings[f"JIUYI_{section}_{name}".upper()] = text
    return settings


def own_secrets(path: Path) -> dict[str, str]:
    """Vault keys and ticket secret of this data folder; made once, readable by its owner only.

    They are not samples: what is in the database is encrypted with them, so they are kept with the data.
    """
    if not path.exists():
        made = {
            "JIUYI_VAULT_MASTERS": f"1:{base64.b64encode(secrets.token_bytes(32)).decode()}",
            "JIUYI_VAULT_INDEX": base64.b64encode(secrets.token_bytes(32)).decode(),
            "JIUYI_WEB_TICKET_SECRET": secrets.token_urlsafe(48),
        }
        half = path.with_suffix(".part")
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(made, file, indent=1)
        half.replace(path)
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


def h5_folder() -> Path | None:
    """The built patient pages: inside an installed package, else in the checkout's build; None when not built."""
    here = Path(__file__).resolve()
    for folder in (here.parents[1] / "h5", here.parents[4] / "web" / "patient" / "dist" / "build" / "h5"):
        if (folder / "index.html").exists():
            return folder
    return None
