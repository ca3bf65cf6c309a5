"""docs/sandbox-insurance.md prints the tables the sandbox acts by."""

from __future__ import annotations

from pathlib import Path

import pytest

from jiuyi_sandbox.insurance import behaviours, insured, policies
from jiuyi_sandbox.insurance.gateway import OPERATIONS
from jiuyi_sandbox.wechat_medins import behaviours as mixed

pytestmark = pytest.mark.feature("I02")
PAGE = Path("docs/sandbox-insurance.md").read_text("utf-8")


def test_the_page_has_every_magic_input() -> None:
    for yuan, table in ((668, behaviours.PAYMENTS), (669, behaviours.REFUNDS), (671, mixed.ORDERS)):
        for cents, (name, text) in table.items():
            assert f"| ¥{yuan}.{cents:02d} | `{name}` | {text} |" in PAGE, name


def test_the_page_has_every_insured_person_and_policy() -> None:
    for one in insured.INSURED:
        row = next(line for line in PAGE.splitlines() if f"`{one.psn_no}`" in line)
        assert f"| {one.insutype} | {one.place} {insured.PLACES[one.place][0]} |" in row
        assert f"| ¥{one.account_fen // 100:,}.{one.account_fen % 100:02d} | {one.policy} |" in row
        assert all(e.code in row for e in one.entitlements)
    for name, policy in policies.POLICIES.items():
        assert f"| `{name}` | {policy.percent} % |" in PAGE


def test_the_page_has_every_address() -> None:
    for path in OPERATIONS:
        assert f"`{path}`" in PAGE, path
