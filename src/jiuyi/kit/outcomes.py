"""What an outside call can come to. A call that returns is *done*; everything else is one of these.

```
NotDone
├─ Refused      final: the other side said no, with a code
├─ Unreachable  nothing was sent or nothing was done: safe to repeat with the same number
├─ Unanswered   unknown: ask with the same number, never repeat blindly, never refund
└─ Garbled      the answer cannot be trusted (signature, shape): treated as Unanswered, and an alarm
```
"""


class NotDone(Exception):
    """An outside call that did not come back with a trusted, positive answer."""

    def __init__(self, system: str, operation: str, detail: str = "") -> None:
        super().__init__(f"{system} {operation}: {detail}" if detail else f"{system} {operation}")
        self.system = system
        self.operation = operation
        self.detail = detail


class Refused(NotDone):
    """The other side understood and said no. `code` is its own word, `message` its own sentence (may be shown)."""

    def __init__(self, system: str, operation: str, code: str, message: str = "") -> None:
        super().__init__(system, operation, f"{code} {message}".strip())
        self.code = code
        self.message = message


class Unreachable(NotDone):
    """The call did not reach the other side, or it said that nothing was done."""


class Unanswered(NotDone):
    """The call may or may not have been carried out."""


class Garbled(Unanswered):
    """An answer came, but its signature or shape is wrong."""
