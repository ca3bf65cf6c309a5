"""An appointment as a calendar event (RFC 5545), in the hospital's zone with its definition."""

from datetime import UTC, datetime

from jiuyi.domains.booking.rules.texts import place_in_english
from jiuyi.domains.booking.types import AppointmentRow, AppointmentState, AppointmentView
from jiuyi.kit.clock import local

_ZONE = (
    "BEGIN:VTIMEZONE",
    "TZID:Asia/Shanghai",
    "BEGIN:STANDARD",
    "DTSTART:19910915T000000",
    "TZOFFSETFROM:+0800",
    "TZOFFSETTO:+0800",
    "TZNAME:CST",
    "END:STANDARD",
    "END:VTIMEZONE",
)
_MOST_OCTETS = 75
_OFF = frozenset(
    {AppointmentState.CANCELLED, AppointmentState.EXPIRED, AppointmentState.REFUSED, AppointmentState.STOPPED}
)


def event(row: AppointmentRow, view: AppointmentView, language: str) -> str:
    """The text of an .ics file: CRLF line ends, lines folded at 75 octets, text escaped (RFC 5545 §3.1, §3.3.11)."""
    english = language == "en"
    place = place_in_english(view.place_en, view.place, view.room) if english else f"{view.place} {view.room}".strip()
    hospital = "Affiliated Hospital of Lingnan University" if english else "岭南大学附属医院"
    summary = f"{hospital}: {view.state_title}" if english else f"{hospital} {view.state_title}"
    off = row.state in _OFF
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Jiuyi//Appointments//EN",
        "CALSCALE:GREGORIAN",
        f"METHOD:{'CANCEL' if off else 'PUBLISH'}",
        *_ZONE,
        "BEGIN:VEVENT",
        f"UID:{row.id}@jiuyi",
        f"DTSTAMP:{row.now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        f"DTSTART;TZID=Asia/Shanghai:{_local(row.starts_at)}",
        f"DTEND;TZID=Asia/Shanghai:{_local(row.ends_at)}",
        f"SUMMARY:{_escape(summary)}",
        f"LOCATION:{_escape(place)}",
        f"DESCRIPTION:{_escape(view.state_detail)}",
        f"STATUS:{'CANCELLED' if off else 'CONFIRMED'}",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        "TRIGGER:-PT1H",
        f"DESCRIPTION:{_escape(summary)}",
        "END:VALARM",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(_fold(line) + "\r\n" for line in lines)


def _local(moment: datetime) -> str:
    return f"{local(moment):%Y%m%dT%H%M%S}"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _fold(line: str) -> str:
    """Break a line into pieces of at most 75 octets, never inside a character; the next ones begin with a space."""
    pieces, piece, octets = [], "", 0
    for character in line:
        size = len(character.encode())
        if octets + size > _MOST_OCTETS:
            pieces.append(piece)
            piece, octets = "", 1
        piece += character
        octets += size
    return "\r\n ".join([*pieces, piece])
