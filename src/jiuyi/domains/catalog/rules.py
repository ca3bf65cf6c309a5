"""Pure decisions: how a search matches, what a title reads, what a patient sees as "next"."""

import itertools
import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from pypinyin import Style, lazy_pinyin, pinyin

from jiuyi.domains.catalog.types import (
    AcademicTitle,
    Availability,
    Department,
    DepartmentState,
    Doctor,
    NextState,
    Title,
)

MOST_QUERY = 40
LAST_RANK_BY_NAME = 5
_FIRST_HAN = 0x2E80
_TITLES = {
    Title.CHIEF: ("主任医师", "Chief Physician"),
    Title.ASSOCIATE_CHIEF: ("副主任医师", "Associate Chief Physician"),
    Title.ATTENDING: ("主治医师", "Attending Physician"),
    Title.RESIDENT: ("住院医师", "Resident Physician"),
}
_ACADEMIC = {
    AcademicTitle.NONE: ("", ""),
    AcademicTitle.PROFESSOR: (" · 教授", ", Professor"),
    AcademicTitle.ASSOCIATE_PROFESSOR: (" · 副教授", ", Associate Professor"),
}
_RANKS = (Title.CHIEF, Title.ASSOCIATE_CHIEF, Title.ATTENDING, Title.RESIDENT)


def title_text(title: Title, academic: AcademicTitle) -> tuple[str, str]:
    """The title as people read it, in Chinese and in English: `主任医师 · 教授`."""
    zh, en = _TITLES[title]
    more_zh, more_en = _ACADEMIC[academic]
    return zh + more_zh, en + more_en


def seniority(title: Title) -> int:
    """0 for the most senior title."""
    return _RANKS.index(title)


def next_state(
    department: DepartmentState, availability: Availability | None, today: date
) -> tuple[NextState, date | None]:
    """What a patient reads as "next", with its date. A date in the past (stale mirror) counts as none."""
    if department is DepartmentState.CLOSED:
        return NextState.CLOSED, None
    if department is DepartmentState.WALK_IN_ONLY:
        return NextState.WALK_IN, None
    if availability is None:
        return NextState.NONE, None
    if availability.next_date is not None and availability.next_date >= today:
        return (NextState.TODAY if availability.next_date == today else NextState.DATE), availability.next_date
    return (NextState.WAITLIST if availability.waitlist else NextState.NONE), None


def vanishing_too_many(active_before: int, still_listed: int, most_percent: int) -> bool:
    """Whether a listing that keeps `still_listed` of `active_before` rows is more likely a fault than the truth."""
    if active_before == 0:
        return False
    return still_listed == 0 or (active_before - still_listed) * 100 > active_before * most_percent


# ---- Search -------------------------------------------------------------------------------------


class Query(msgspec.Struct, frozen=True):
    """A cleaned search: `text` without spaces, `words` by spaces, `sounds` the reading of each Han character."""

    text: str
    words: tuple[str, ...]
    sounds: tuple[str, ...]


class Words(msgspec.Struct, frozen=True):
    """What of a department or doctor can be found: name, one syllable for each character, English name, hints."""

    name: str
    syllables: tuple[str, ...]
    name_en: str
    more: str


def read_query(raw: str) -> Query | None:
    """Clean what was typed. None when it is too short: one Chinese character or two letters are the least."""
    folded = unicodedata.normalize("NFKC", raw).lower().replace("'", "").replace("’", "")
    cleaned = "".join(c if c.isalnum() else " " for c in folded)
    words = tuple(cleaned.split())
    text = "".join(words)[:MOST_QUERY]
    has_han = any(is_han(c) for c in text)
    if not text or (not has_han and len(text) < 2):  # noqa: PLR2004 - two letters
        return None
    sounds = tuple(lazy_pinyin(text, errors=_letters)) if all(is_han(c) for c in text) else ()
    return Query(text, words, sounds)


def is_han(character: str) -> bool:
    """Whether it is a Chinese character (or at least not from the Western blocks)."""
    return ord(character) >= _FIRST_HAN


def rank(query: Query, words: Words) -> int | None:
    """How well `words` match, 0 is best; None when they do not.

    0 the name itself · 1 from its beginning, in characters, full pinyin, initials or any mixture (`心xg`, `xinxgnk`) ·
    2 an abbreviation (`心内科`, `xnk` for 心血管内科) · 3 the spelling of 1 inside the name · 4 English name ·
    5 same sounds (a traditional character, a homophone) · 6 a symptom or speciality · 7 each word somewhere.
    """
    return next((number for number, matches in enumerate(_MATCHES) if matches(query, words)), None)


def _is_name(query: Query, words: Words) -> bool:
    return query.text in {words.name.lower(), words.name_en.lower().replace(" ", "")}


def _spelled_from_start(query: Query, words: Words) -> bool:
    return _spells(query.text, words.name.lower(), words.syllables, 0)


def _spelled_inside(query: Query, words: Words) -> bool:
    name = words.name.lower()
    return any(_spells(query.text, name, words.syllables, start) for start in range(1, len(words.syllables)))


def _spells(text: str, name: str, syllables: Sequence[str], start: int) -> bool:
    """Whether `text` is, from `start`, a run of characters each given by itself or by a beginning of its syllable."""
    reached = {0}
    for position in range(start, len(syllables)):
        # Punctuation in a name, `（东院区）`, is never typed.
        after: set[int] = set() if name[position].isalnum() else set(reached)
        for done in reached:
            if text[done] == name[position]:
                after.add(done + 1)
            syllable = syllables[position]
            for length in range(1, len(syllable) + 1):
                if text[done : done + length] != syllable[:length]:
                    break
                after.add(min(done + length, len(text)))
        if len(text) in after:
            return True
        reached = after
        if not reached:
            return False
    return False


def _abbreviates(query: Query, words: Words) -> bool:
    """Whether it skips characters (or three and more initials) of the name, but keeps the first and the last."""
    text, han = query.text, is_han(query.text[0])
    row = words.name.lower() if han else "".join(syllable[0] for syllable in words.syllables)
    if len(text) < (2 if han else 3) or (text[0], text[-1]) != (row[:1], row[-1:]):
        return False
    rest = iter(row)
    return all(c in rest for c in text)


def _english(query: Query, words: Words) -> bool:
    parts = words.name_en.lower().replace("-", " ").split()
    if len(query.words) > 1:
        return all(any(part.startswith(word) for part in parts) for word in query.words)
    return len(query.text) >= 3 and any(part.startswith(query.text) for part in parts)  # noqa: PLR2004


def _sounds_alike(query: Query, words: Words) -> bool:
    wanted = query.sounds
    return bool(wanted) and any(
        words.syllables[start : start + len(wanted)] == wanted
        for start in range(len(words.syllables) - len(wanted) + 1)
    )


def _hinted(query: Query, words: Words) -> bool:
    return len(query.text) >= 2 and query.text in words.more.lower().replace(" ", "")  # noqa: PLR2004


def _each_word(query: Query, words: Words) -> bool:
    return len(query.words) > 1 and all(_anywhere(word, words) for word in query.words)


def _anywhere(word: str, words: Words) -> bool:
    query = Query(word, (word,), ())
    return (
        _spelled_from_start(query, words)
        or _spelled_inside(query, words)
        or word in words.more.lower()
        or any(part.startswith(word) for part in words.name_en.lower().split())
    )


_MATCHES = (
    _is_name,
    _spelled_from_start,
    _abbreviates,
    _spelled_inside,
    _english,
    _sounds_alike,
    _hinted,
    _each_word,
)


def _letters(text: str) -> Any:
    """What is not Chinese is read letter by letter, so that syllables and characters stay side by side."""
    return list(text)


def syllables_of(name: str, reading: str) -> list[str]:
    """One lower-case syllable for each character of `name`, agreeing with the HIS's `reading` where possible.

    The reading decides between a character's several sounds (单 as a surname is *shan*); where none of the known
    sounds give it, the usual ones are taken.
    """
    usual = [s.lower() for s in lazy_pinyin(name, errors=_letters)]
    wanted = "".join(reading.lower().split())
    if "".join(s for s in usual if s.isalnum()) == wanted or not wanted:
        return usual
    choices = [
        [s.lower() for s in options] for options in pinyin(name, style=Style.NORMAL, heteronym=True, errors=_letters)
    ]
    if len(choices) != len(name):
        return usual
    # A name is short; the cap only guards against a silly one.
    for combination in itertools.islice(itertools.product(*choices), 4096):
        if "".join(s for s in combination if s.isalnum()) == wanted:
            return list(combination)
    return usual


def department_words(department: Department) -> Words:
    return Words(
        department.name, tuple(department.syllables), department.name_en, f"{department.hint} {department.hint_en}"
    )


def doctor_words(doctor: Doctor) -> Words:
    return Words(doctor.name, tuple(doctor.syllables), doctor.name_en, f"{doctor.speciality} {doctor.speciality_en}")
