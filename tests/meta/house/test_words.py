"""Names that say nothing, work left undone, and addresses of the machine it was written on stay out of the tree."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.support.tree import ROOT, tracked

NAMELESS = {"helpers", "helper", "utils", "util", "common", "manager", "managers", "base", "misc"}
# Put together, so that this file does not accuse itself.
_UNDONE = ("TO" + "DO", "FIX" + "ME", r"\bX" + r"XX\b", "coming" + " soon", "敬请" + "期待", "Not" + "ImplementedError")
UNDONE = re.compile("|".join(_UNDONE))
ELSEWHERE = re.compile(
    "|".join(
        (
            r"/wo" + r"rk/",
            r"/ro" + r"ot/",
            r"(?<![\w.])/ho" + r"me/\w+/",
            r"/opt/" + r"pypi",
            "pypi" + r"\.org",
            "python" + r"hosted\.org",
            "npmjs" + r"\.(org|com)",
            "npm" + r"mirror\.com",
            "debian" + r"\.org",
            r"(?<!\w)[a-z]+-index-url\s*=",
        )
    )
)
BINARY = {".png", ".jpg", ".jpeg", ".webp", ".ico", ".ttf", ".woff2", ".gif", ".pdf"}


def texts() -> list[tuple[Path, str]]:
    return [(path, path.read_text("utf-8")) for path in tracked() if path.suffix not in BINARY]


def findings(pattern: re.Pattern[str], path: Path, text: str) -> list[str]:
    found = pattern.finditer(text)
    return [f"{path}:{text.count(chr(10), 0, one.start()) + 1}: {one.group()}" for one in found]


def nameless(paths: Iterable[Path]) -> list[str]:
    bad = [(path, NAMELESS & {path.stem, *path.parts[:-1]}) for path in paths]
    return [f"{path}: `{'`, `'.join(words)}` says nothing; name it for what it holds" for path, words in bad if words]


def test_no_module_has_a_name_that_says_nothing() -> None:
    code = [path for path in tracked() if path.suffix in {".py", ".ts", ".vue", ".mjs"}]
    # Texts that many screens share are called so in the frontend's dictionaries.
    named = [path for path in code if "i18n" not in path.parts]
    wrong = nameless(path.relative_to(ROOT) for path in named)
    assert not wrong, "\n".join(wrong)


def test_no_work_is_left_undone() -> None:
    code = {".py", ".ts", ".vue", ".mjs", ".sql", ".toml"}
    wrong = [
        line
        for path, text in texts()
        if path.suffix in code or path.name == "Makefile"
        for line in findings(UNDONE, path.relative_to(ROOT), text)
    ]
    assert not wrong, "finish it or take it out:\n" + "\n".join(wrong)


def test_no_machine_or_registry_is_named() -> None:
    wrong = [line for path, text in texts() for line in findings(ELSEWHERE, path.relative_to(ROOT), text)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (UNDONE, "# TO" + "DO: later"),
        (UNDONE, "raise Not" + "ImplementedError"),
        (ELSEWHERE, "open('/wo" + "rk/x')"),
        (ELSEWHERE, "https://registry.npmjs" + ".org/vue"),
        (ELSEWHERE, "--extra-index" + "-url = x"),
    ],
)
def test_a_planted_fault_is_found(pattern: re.Pattern[str], text: str) -> None:
    assert findings(pattern, Path("x"), text)


@pytest.mark.parametrize(
    ("path", "found"), [("kit/utils.py", True), ("common/ids.py", True), ("kit/utility.py", False)]
)
def test_a_planted_name_is_found(path: str, *, found: bool) -> None:
    assert bool(nameless([Path(path)])) is found


def lock_faults(text: str) -> list[str]:
    """Pins without a hash, and addresses."""
    blocks = re.split(r"^(?=\w)", text.replace("\\\n", " "), flags=re.MULTILINE)
    pins = [block.split(" ")[0].strip() for block in blocks if block.strip() and "--hash=sha256:" not in block]
    wrong = [f"{pin} has no hash: make lock" for pin in pins]
    return [*wrong, "a lock file names no place: make lock"] if "://" in text else wrong


def test_lock_files_pin_and_name_no_place() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert len(re.findall(r"^\w[\w.-]*==", text, re.MULTILINE)) > 40
        assert not lock_faults(text), f"{name}: {lock_faults(text)}"


@pytest.mark.parametrize(
    ("planted", "faults"),
    [
        ("", 0),
        ("nothing==1.0\n", 1),
        ("nothing==1.0 ; sys_platform == 'win32'\n", 1),
        ("--find-links https://nowhere.example\n", 1),
    ],
)
def test_a_planted_line_of_a_lock_file_is_found(planted: str, faults: int) -> None:
    text = "fine==1.0 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\n" + planted
    assert len(lock_faults(text)) == faults
