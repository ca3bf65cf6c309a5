"""Where to go after paying: the guide sheet of a receipt."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from jiuyi_sandbox.hospital.charges import PLACES

if TYPE_CHECKING:
    from jiuyi_sandbox.his.hospital import Hospital
    from jiuyi_sandbox.store import Row

_ORDER = ("lab", "exam", "treatment", "material", "other", "western", "chinese_patent", "herbal")


def guide_for(hospital: Hospital, visit: dict[str, Any], bills: list[Row]) -> dict[str, Any]:
    """Steps in the order of a sensible walk, with numbers and the time it may take."""
    random = Random(f"{visit['visit_no']}/guide")
    steps, minutes = [], 10
    for kind in sorted({bill["kind"] for bill in bills}, key=_ORDER.index):
        place = PLACES[kind]
        campus = hospital.catalog["campuses"]
        where = next((c for c in campus if c["code"] == visit["campus_code"]), campus[0])
        main = visit["campus_code"] == "C1"
        ahead = random.randint(3, 15) if kind == "lab" else None
        minutes += {"lab": 15, "exam": 20}.get(kind, 10)
        steps.append(
            {
                "kind": place["step"],
                "title": place["title"],
                "title_en": place["title_en"],
                "place": place["place"] if main else f"{where['name']}{place['place']}",
                "place_en": place["place_en"] if main else f"{where['name_en']}, {place['place_en']}",
                "ticket": f"B{random.randint(20, 180):03d}" if kind == "lab" else None,
                "pickup_code": f"{random.randint(1000, 9999)}" if place["step"] == "pharmacy" else None,
                "state": {"lab": "go", "pharmacy": "preparing"}.get(place["step"], "ticket_there"),
                "ahead": ahead,
                "minutes_low": ahead,
                "minutes_high": ahead + 7 if ahead is not None else None,
                "note": place["note"],
                "note_en": place["note_en"],
            }
        )
    return {"minutes": minutes, "steps": steps}
