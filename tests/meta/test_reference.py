"""Rules of the house that need the whole program: refusals, notices, states, settings, words, and their pages."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

import msgspec
import pytest

from jiuyi.adapters.his import events as his_events
from jiuyi.app import reference, wiring
from jiuyi.app.wiring import Parts
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knob
from jiuyi.kit.problems import Problem
from jiuyi.kit.states import Transitions
from tests.support.product import settings_for
from tests.support.tree import ROOT

CHINESE = re.compile(r"[\u4e00-\u9fff]|^\{\w+\}$")
Route = tuple[str, str]


def refusal_faults(kinds: Iterable[type[Problem]]) -> list[str]:
    found = list(kinds)
    wrong = [f"two refusals have the code {code}" for code, n in Counter(kind.code for kind in found).items() if n > 1]
    for kind in found:
        for text in (kind.zh, kind.zh_detail):
            if not CHINESE.search(text):
                wrong.append(f"{kind.code} has no Chinese: {text!r}")
            if "!" in text or "！" in text:
                wrong.append(f"{kind.code} shouts: {text!r}")
        for text in (kind.en, kind.en_detail):
            plain = text.isascii() or re.search("[’“¥–]", text)
            wrong += [] if text.strip() and plain else [f"{kind.code} has no plain English: {text!r}"]
    return wrong


def test_refusals_have_unique_codes_and_both_languages() -> None:
    wrong = refusal_faults(reference.problems())
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({}, None),
        ({"zh": "No Chinese"}, "no Chinese"),
        ({"zh_detail": "没有扣费！"}, "shouts"),
        ({"en": " "}, "no plain English"),
        ({"en_detail": "没有扣费"}, "no plain English"),
    ],
)
def test_a_planted_refusal_is_found(texts: dict[str, str], said: str | None) -> None:
    good = {"code": "x.y", "zh": "好", "en": "Fine", "zh_detail": "没有扣费。", "en_detail": "No."}
    # Not below Problem: the other tests list all that are.
    planted: Any = type("Planted", (), good | texts)
    assert len(refusal_faults([planted])) == (0 if said is None else 1)
    assert all(said is not None and said in line for line in refusal_faults([planted]))
    assert refusal_faults([planted, planted])[0] == "two refusals have the code x.y"


def notice_faults(
    routes: Mapping[Route, str],
    his_kinds: Collection[str],
    readers: Collection[str],
    events: Mapping[str, Collection[str]],
    jobs: Collection[str],
) -> list[str]:
    """Each kind that an adapter lets in is routed, and whatever is routed or subscribed by name exists."""
    wrong = [f"the HIS may send {kind}: name its job in ROUTES" for kind in his_kinds if ("his", kind) not in routes]
    for (system, kind), job in routes.items():
        if system == "his" and kind not in his_kinds:
            wrong.append(f"no adapter lets his {kind} in")
        if system not in readers:
            wrong.append(f"nobody reads what {system} sends: name its reader")
        if job not in jobs:
            wrong.append(f"{system} {kind} goes to {job}: there is no such job")
    wrong += [f"nothing of {system} is in ROUTES" for system in readers if system not in {one for one, _ in routes}]
    wrong += [
        f"{event} goes to {job}: there is no such job" for event in events for job in events[event] if job not in jobs
    ]
    return wrong


@pytest.fixture(scope="module")
def parts() -> Parts:
    return wiring.build(settings_for("postgresql://nowhere/none"), pool=1)


def test_every_notice_and_event_has_a_job(parts: Parts) -> None:
    events = {str(event): jobs for event, jobs in parts.subscriptions.table().items()}
    wrong = notice_faults(wiring.ROUTES, his_events.KINDS, parts.readers, events, parts.jobs.functions)
    assert not wrong, "\n".join(wrong)


def test_planted_notices_are_found() -> None:
    routes = {("his", "a"): "job", ("his", "unknown"): "job", ("pay", "b"): "nowhere"}
    assert notice_faults(routes, {"a", "new"}, {"his", "idle"}, {"Booked": ["gone", "job"]}, {"job"}) == [
        "the HIS may send new: name its job in ROUTES",
        "no adapter lets his unknown in",
        "nobody reads what pay sends: name its reader",
        "pay b goes to nowhere: there is no such job",
        "nothing of idle is in ROUTES",
        "Booked goes to gone: there is no such job",
    ]


def named_in(page: str) -> set[str]:
    """The kinds of event that the contract page lists."""
    return set(re.findall(r"^\| `(\w+\.\w+)` \|", page.partition("## 3")[2], re.MULTILINE))


def test_the_contract_page_names_every_kind_of_event() -> None:
    page = (ROOT / "docs" / "contracts" / "his.md").read_text(encoding="utf-8")
    assert named_in(page) == his_events.KINDS, "docs/contracts/his.md §3 and jiuyi.adapters.his.events disagree"
    dropped = page.replace("| `clinic.stopped` |", "| |")
    assert named_in(dropped) == his_events.KINDS - {"clinic.stopped"}


def graph_faults(graphs: Iterable[Transitions[Any]]) -> list[str]:
    wrong = []
    for graph in graphs:
        lost = frozenset(graph.edges) - graph.reachable()
        wrong += [f"{graph.name}: nothing leads to {state}" for state in sorted(lost)]
        if not graph.final:
            wrong.append(f"{graph.name} never ends: no status is final")
    return wrong


def test_every_status_is_reachable_and_graphs_end() -> None:
    graphs = reference.transitions()
    assert len(graphs) > 5
    assert not graph_faults(graphs), "\n".join(graph_faults(graphs))


class _Lamp(StrEnum):
    OFF = "off"
    ON = "on"
    BROKEN = "broken"


def test_planted_graphs_are_found() -> None:
    endless = Transitions(
        "endless", _Lamp, _Lamp.OFF, {_Lamp.OFF: [_Lamp.ON], _Lamp.ON: [_Lamp.OFF], _Lamp.BROKEN: [_Lamp.ON]}
    )
    assert graph_faults([endless]) == ["endless: nothing leads to broken", "endless never ends: no status is final"]
    with pytest.raises(ValueError, match="no edges given"):
        Transitions("forgetful", _Lamp, _Lamp.OFF, {_Lamp.OFF: [_Lamp.ON], _Lamp.ON: []})


def outdated(folder: Path) -> list[str]:
    """The generated pages that are missing from `folder`, or say something else than the code."""
    wrong = []
    for name, content in reference.pages().items():
        page = folder / name
        if not page.is_file() or page.read_text(encoding="utf-8") != content:
            wrong.append(f"docs/reference/{name} is out of date: make docs")
    return wrong


def test_the_reference_pages_are_up_to_date() -> None:
    assert not outdated(ROOT / "docs" / "reference"), "\n".join(outdated(ROOT / "docs" / "reference"))


@pytest.mark.parametrize(
    ("name", "documented"),
    [
        ("settings.md", "JIUYI_DATABASE_URL"),
        ("settings.md", "booking.window_days"),
        ("states.md", "MDT application"),
        ("errors.md", "booking.slot_full"),
    ],
)
def test_a_setting_state_or_refusal_that_no_page_has_is_found(tmp_path: Path, name: str, documented: str) -> None:
    reference.write(tmp_path)
    assert outdated(tmp_path) == []
    page = tmp_path / name
    lines = page.read_text("utf-8").splitlines(keepends=True)
    left = [line for line in lines if f"`{documented}`" not in line]
    assert len(left) < len(lines), f"{documented} is not on the page at all"
    page.write_text("".join(left), "utf-8")
    assert outdated(tmp_path) == [f"docs/reference/{name} is out of date: make docs"]


def knob_faults(defined: Iterable[Knob[Any]], wired: Collection[Knob[Any]]) -> list[str]:
    names = {knob.name for knob in wired}
    wrong = [f"{knob.name} is not among KNOBS in app.wiring" for knob in defined if knob.name not in names]
    for knob in wired:
        missing = [word for word in ("zh", "en", "source") if not getattr(knob, word).strip()]
        if missing:
            wrong.append(f"{knob.name} lacks {', '.join(missing)}")
        try:
            knob.read(msgspec.to_builtins(knob.default))
        except Problem as refused:
            wrong.append(f"{knob.name}'s default is outside its own bounds: {refused.params}")
    return wrong


def test_every_knob_is_wired_and_explained() -> None:
    defined = [value for module in reference.modules() for value in vars(module).values() if isinstance(value, Knob)]
    assert len({knob.name for knob in defined}) == len(wiring.KNOBS)
    assert not knob_faults(defined, wiring.KNOBS), "\n".join(knob_faults(defined, wiring.KNOBS))


def test_planted_knobs_are_found() -> None:
    fine = Knob("x.fine", int, 3, "好", "Fine", "field", low=1, high=5)
    mute = Knob("x.mute", int, 3, "好", " ", "")
    outside = Knob("x.outside", int, 9, "好", "Fine", "field", high=5)
    alone = Knob("x.alone", int, 3, "好", "Fine", "field")
    assert knob_faults([fine, alone], [fine, mute, outside]) == [
        "x.alone is not among KNOBS in app.wiring",
        "x.mute lacks en, source",
        "x.outside's default is outside its own bounds: {'reason': '≤ 5'}",
    ]


def unknown_words(page: str, places: Collection[str], known: Collection[str]) -> list[str]:
    """`domain.word` in the glossary that is neither a table, a module nor a class."""
    named = re.findall(r"`((\w+)\.\w+)`", page)
    return sorted(
        {f"GLOSSARY.md: {name} does not exist" for name, place in named if place in places and name not in known}
    )


async def test_the_glossary_names_what_exists(db: Db) -> None:
    places = {path.name for path in (ROOT / "src" / "jiuyi" / "domains").iterdir() if path.is_dir()}
    async with db.tx() as tx:
        known = set(await tx.values("SELECT schemaname || '.' || tablename FROM pg_tables"))
    for module in reference.modules():
        if ".domains." in module.__name__:
            known |= {f"{module.__name__.split('.')[2]}.{word}" for word in vars(module)}
    page = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
    assert not unknown_words(page, places, known), "\n".join(unknown_words(page, places, known))
    planted = unknown_words(page + "`booking.slott` `elsewhere.word`", places, known)
    assert planted == ["GLOSSARY.md: booking.slott does not exist"]
