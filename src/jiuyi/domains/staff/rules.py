"""Pure decisions about PINs."""

import re

_PIN = re.compile(r"[0-9]{6,12}")
_FEWEST_DIFFERENT = 3
_UP, _DOWN = "0123456789" * 3, "9876543210" * 3


def good_pin(pin: str, operator: str) -> bool:
    """6 to 12 digits that are not one digit, a row, or the staff number."""
    if _PIN.fullmatch(pin) is None or len(set(pin)) < _FEWEST_DIFFERENT:
        return False
    number = "".join(each for each in operator if each.isdigit())
    return pin not in _UP and pin not in _DOWN and pin.strip("0") != number.strip("0")
