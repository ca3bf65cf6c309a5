"""`make shots` pictures every page there is, beside its drawing when there is one; menus lead to pages there are."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from jiuyi.adapters.wechat.menu import Button
from jiuyi.app.cli import life_menu, menu
from tests.browser.gallery import MOCKUPS
from tests.browser.shots import SCREENS, chosen

ROOT = Path(__file__).resolve().parents[2]
PAGES = re.findall(r'"path": "([^"]+)"', (ROOT / "web/patient/src/pages.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_a_picture(page: str) -> None:
    assert page in {screen.page for screen in SCREENS}


def test_every_picture_is_of_a_page_that_there_is() -> None:
    assert {screen.page for screen in SCREENS} <= set(PAGES)


def test_every_drawing_is_laid_beside_a_screen() -> None:
    kept = {str(file.relative_to(MOCKUPS).with_suffix("")) for file in (MOCKUPS / "flows").glob("*.webp")}
    assert kept <= {name for screen in SCREENS for name in screen.mockups}


def test_keys_are_names_of_files() -> None:
    keys = [screen.key for screen in SCREENS]
    assert len(keys) == len(set(keys))


def test_screens_are_chosen_by_name() -> None:
    assert [one.key for one in chosen(SCREENS, "me,home")] == ["home", "me"]
    assert {one.key for one in chosen(SCREENS, "deposit-p*")} == {"deposit-pay", "deposit-paid"}
    assert chosen(SCREENS, "") == list(SCREENS)


def test_a_name_of_no_screen_is_refused() -> None:
    with pytest.raises(ValueError, match="no such screen: hom"):
        chosen(SCREENS, "me,hom")


def _addresses(buttons: tuple[Button, ...]) -> list[str]:
    """Where a menu leads, below its hash."""
    own = [one.url.partition("#/")[2] for one in buttons if one.url]
    return [*own, *(address for one in buttons for address in _addresses(one.buttons))]


@pytest.mark.parametrize("buttons", [menu.buttons, life_menu.buttons])
def test_menus_lead_to_pages_that_there_are(buttons: Callable[[str], tuple[Button, ...]]) -> None:
    assert {address for address in _addresses(buttons("https://jiuyi.example")) if address} <= set(PAGES)
