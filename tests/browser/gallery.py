"""The page that lays each picture beside its mockup."""

import shutil
from dataclasses import dataclass
from html import escape
from pathlib import Path

from tests.browser.screens import LOOKS, Mode, Screen

MOCKUPS = Path(__file__).resolve().parents[2] / "docs/mockups"
CSS = """
body{margin:0;font:16px/1.5 system-ui,"Noto Sans CJK SC",sans-serif;color:#14213D;background:#F4F7FB}
header,section{padding:16px 24px}h1{font-size:24px;margin:0}h2{font-size:18px;margin:0 0 12px}
nav{display:flex;flex-wrap:wrap;gap:4px 16px}
section{border-top:1px solid #DCE4EF;background:#fff;margin-bottom:12px}
.row{display:flex;gap:16px;overflow-x:auto;align-items:flex-start}
figure{margin:0;flex:none}img{display:block;width:280px;border:1px solid #DCE4EF;border-radius:8px}
figcaption{font-size:14px;color:#52607A;margin-bottom:4px}
.mock img{border-color:#B45309}.bad{color:#C0262D;font-size:14px;white-space:pre-wrap}
"""


@dataclass(frozen=True)
class Taken:
    """One picture: its file, and what was wrong on the screen."""

    screen: Screen
    mode: Mode
    file: str
    faults: list[str]


def write(folder: Path, taken: list[Taken]) -> Path:
    """`index.html` in `folder`; mockups are copied beside it, so that the folder can be handed on."""
    screens = list(dict.fromkeys(one.screen for one in taken))
    sections = [_section(folder, screen, [one for one in taken if one.screen == screen]) for screen in screens]
    links = " ".join(f'<a href="#{screen.key}">{escape(screen.title)}</a>' for screen in screens)
    faults = sum(len(one.faults) for one in taken)
    head = f"<header><h1>{len(taken)} pictures, {faults} faults</h1><nav>{links}</nav></header>"
    page = folder / "index.html"
    page.write_text(
        '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>Screens and mockups</title>'
        f"<style>{CSS}</style></head><body>{head}{''.join(sections)}</body></html>\n",
        encoding="utf-8",
    )
    return page


def _section(folder: Path, screen: Screen, taken: list[Taken]) -> str:
    figures = [_mockup(folder, name) for name in screen.mockups]
    figures += [_picture(one) for one in taken]
    faults = "".join(f'<p class="bad">{one.mode}: {escape(fault)}</p>' for one in taken for fault in one.faults)
    heading = f"<h2>{escape(screen.title)} <code>{escape(screen.path)}</code></h2>"
    return f'<section id="{screen.key}">{heading}{faults}<div class="row">{"".join(figures)}</div></section>'


def _mockup(folder: Path, name: str) -> str:
    """Raises FileNotFoundError when a screen names a mockup that is not in docs/mockups."""
    target = folder / "mockups" / f"{name}.webp"
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(MOCKUPS / f"{name}.webp", target)
    caption = f"<figcaption>mockup {escape(name)}</figcaption>"
    return f'<figure class="mock">{caption}<img loading="lazy" src="mockups/{name}.webp" alt="mockup {name}"></figure>'


def _picture(one: Taken) -> str:
    caption = f"<figcaption>{LOOKS[one.mode].title}</figcaption>"
    return f'<figure>{caption}<img loading="lazy" src="{one.file}" alt="{one.screen.key} {one.mode}"></figure>'
