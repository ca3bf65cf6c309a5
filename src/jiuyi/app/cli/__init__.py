"""The command line: `jiuyi demo`, `web`, `worker`, `sandbox`, `db …`, `migrate`, `check-settings`.

What a person can do something about is one clear line on stderr and exit status 1 or 2, never a traceback.
"""

from jiuyi.app.cli.main import app, main

__all__ = ["app", "main"]
