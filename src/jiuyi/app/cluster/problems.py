"""What can go wrong, in one line a person can act on."""


class ClusterError(Exception):
    """The embedded PostgreSQL cannot do what was asked.

    ``str()`` is one clear line; ``log`` is what the server said since this attempt began, or empty.
    """

    def __init__(self, message: str, *, log: str = "") -> None:
        super().__init__(message)
        self.log = log.strip()
