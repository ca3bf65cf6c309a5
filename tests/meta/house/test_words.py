"""Names that say nothing, work left undone, and addresses of the machine it was written on stay out of the tree."""

import re
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


def test_no_module_has_a_name_that_says_nothing() -> None:
    code = [path for path in tracked() if path.suffix in {".py", ".ts", ".vue", ".mjs"}]
    # Texts that many screens share are called so in the frontend's dictionaries.
    named = [path for path in code if "i18n" not in path.parts]
    wrong = [str(path) for path in named if NAMELESS & {path.stem, *path.relative_to(ROOT).parts[:-1]}]
    assert not wrong, wrong


def test_no_work_is_left_undone() -> None:
    code = {".py", ".ts", ".vue", ".mjs", ".sql", ".toml"}
    wrong = [
        line
        for path, text in texts()
        if path.suffix in code or path.name == "Makefile"
        for line in findings(UNDONE, path.relative_to(ROOT), text)
    ]
    assert not wrong, "\n".join(wrong)


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


def test_lock_files_pin_and_name_no_place() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        pins = re.findall(r"^\w[\w.-]*==", text, re.MULTILINE)
        assert len(pins) > 40
        assert text.count("--hash=sha256:") >= len(pins)
