"""The rules of the house that need the whole program: routes, refusals, states, statements, settings, features."""

import ast
import re
from collections import Counter
from pathlib import Path

import msgspec
import psycopg
import pytest
import sqlglot
from litestar import Litestar
from litestar.constants import RESERVED_KWARGS
from litestar.datastructures import State
from litestar.routes import HTTPRoute
from litestar.types import Scope
from psycopg.sql import Composed
from sqlglot import exp

from jiuyi.adapters.his import events as his_events
from jiuyi.app import reference, wiring
from jiuyi.app.web import litestar_app
from jiuyi.domains.staff.types import Role
from jiuyi.kit import http
from jiuyi.kit.db import Db
from jiuyi.kit.knobs import Knob
from tests.support.product import settings_for

ROOT = Path(__file__).resolve().parents[2]
READ_ALL = {"analytics", "ops"}
GUARDS = {http.signed_in, http.known_device, http.public}


@pytest.fixture(scope="module")
def app() -> Litestar:
    return litestar_app(wiring.build(settings_for("postgresql://nowhere/none"), pool=1))


def test_every_route_carries_exactly_one_guard(app: Litestar) -> None:
    seen = 0
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                guards = [guard for guard in (handler.guards or ()) if guard in GUARDS]
                if route.path.startswith("/api/schema"):
                    continue
                if handler.http_methods == {"OPTIONS"}:
                    continue
                assert len(guards) == 1, f"{route.path} {handler}: {guards}"
                if guards == [http.public]:
                    assert handler.opt.get("public"), f"{route.path} gives no reason for being public"
                if guards == [http.known_device]:
                    assert set(handler.opt["device_roles"]) <= {role.value for role in Role}
                    assert handler.opt["device_roles"], f"{route.path} is open to no role"
                    assert route.path.startswith("/api/desk/"), f"{route.path} is not among the desk's routes"
                seen += 1
    assert seen > 10


def test_no_handler_takes_a_reserved_name_for_its_own(app: Litestar) -> None:
    """Litestar fills these names itself, whatever the type says: a query parameter `scope` would be the ASGI scope."""
    taken = {
        f"{route.path}: {name}"
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for name, parameter in handler.parsed_fn_signature.parameters.items()
        if name in RESERVED_KWARGS - {"request", "data", "body"} and parameter.annotation not in {Scope, State}
    }
    assert taken == set()


def test_changing_public_routes_are_few_and_known(app: Litestar) -> None:
    changing = {
        route.path
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if http.public in (handler.guards or ()) and handler.http_methods - {"GET", "HEAD", "OPTIONS"}
    }
    assert changing == {"/callbacks/{system:str}", "/_demo/clock", "/api/sign-in/alipay-mini"}


def test_refusals_have_unique_codes_and_both_languages() -> None:
    kinds = reference.problems()
    repeated = [code for code, count in Counter(kind.code for kind in kinds).items() if count > 1]
    assert not repeated
    for kind in kinds:
        for text in (kind.zh, kind.zh_detail):
            assert re.search(r"[\u4e00-\u9fff]|^\{\w+\}$", text), kind
            assert "!" not in text, kind
            assert "！" not in text, kind
        for text in (kind.en, kind.en_detail):
            assert text.strip(), kind
            assert text.isascii() or "’" in text or "“" in text or "¥" in text or "–" in text, (kind, text)


def test_every_notice_and_event_has_a_job() -> None:
    """Each kind that an adapter lets in is routed, and whatever is routed, subscribed or deferred by name exists."""
    parts = wiring.build(settings_for("postgresql://nowhere/none"), pool=1)
    kinds = {("his", kind) for kind in his_events.KINDS}
    assert kinds == {route for route in wiring.ROUTES if route[0] == "his"}
    assert {system for system, _ in wiring.ROUTES} == set(parts.readers)
    for route, job in wiring.ROUTES.items():
        assert job in parts.jobs.functions, route
    for event, jobs in parts.subscriptions.table().items():
        assert set(jobs) <= set(parts.jobs.functions), event


def test_the_contract_page_names_every_kind_of_event() -> None:
    page = (ROOT / "docs" / "contracts" / "his.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+\.\w+)` \|", page.partition("## 3")[2], re.MULTILINE)) == his_events.KINDS


def test_every_status_is_reachable_and_graphs_end() -> None:
    for graph in reference.transitions():
        assert graph.reachable() == frozenset(graph.edges), graph.name
        assert graph.final, graph.name


def test_the_reference_pages_are_up_to_date() -> None:
    for name, content in reference.pages().items():
        written = (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8")
        assert written == content, f"docs/reference/{name} is out of date: make docs"


async def test_every_statement_prepares_on_the_real_schema(db: Db) -> None:
    count = 0
    async with db.pool.connection() as connection:
        for module, statement in reference.statements():
            text = statement.as_string(connection) if isinstance(statement, Composed) else str(statement)
            numbered = _numbered(text)
            if not re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH|VALUES)", numbered, re.IGNORECASE):
                continue
            name = f"meta_{count}"
            try:
                await connection.execute(f"PREPARE {name} AS {numbered}".encode())
            except psycopg.errors.IndeterminateDatatype:
                # A parameter without context (a bare SELECT %s): psycopg gives its type when it runs.
                continue
            except psycopg.Error as error:
                pytest.fail(f"{module}: {error}\n{numbered}")
            count += 1
    assert count > 40


def _numbered(text: str) -> str:
    """psycopg's parameters as PostgreSQL's: `%s` and `%(name)s` become `$1`, `$2`, …"""
    names: dict[str, int] = {}
    position = 0

    def replace(match: re.Match[str]) -> str:
        nonlocal position
        if match.group(0) == "%%":
            return "%"
        name = match.group(1)
        if name is None:
            position += 1
            return f"${position}"
        return f"${names.setdefault(name, len(names) + 1)}"

    return re.sub(r"%%|%(?:\((\w+)\))?s", replace, text)


SQL = re.compile(r"\s*(?:(?:SELECT|WITH|VALUES)\s|INSERT INTO |UPDATE \S+ |DELETE FROM )(?s:.)*")


def test_every_statement_is_listed() -> None:
    """What is listed in `STATEMENTS` is PREPAREd and looked through above; here: nothing is left off the lists.

    A part of which listed statements are composed counts as listed; SQL outside a repository never does.
    """
    listed = [str(statement) for _, statement in reference.statements()]
    wrong = []
    for path in sorted((ROOT / "src" / "jiuyi" / "domains").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.fullmatch(node.value):
                named = "repository" in path.relative_to(ROOT / "src").parts[3].removesuffix(".py")
                if not named or not any(node.value in one for one in listed):
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.value.strip()[:60]}")
    assert not wrong, "\n".join(wrong)


def test_a_domain_names_only_its_own_schema() -> None:
    for module, statement in reference.statements():
        parts = module.split(".")
        owner = parts[2] if parts[1] == "domains" else parts[1]
        if owner in READ_ALL or isinstance(statement, Composed):
            continue
        for tree in sqlglot.parse(_numbered(str(statement)), read="postgres"):
            for table in tree.find_all(exp.Table) if tree else ():
                schema = table.db
                if schema and schema != "public":
                    assert schema == owner, f"{module} names {schema}.{table.name}"


def test_every_knob_is_wired_and_explained() -> None:
    defined = {
        value.name for module in reference.modules() for value in vars(module).values() if isinstance(value, Knob)
    }
    assert defined == {knob.name for knob in wiring.KNOBS}
    for knob in wiring.KNOBS:
        assert knob.zh, knob.name
        assert knob.en, knob.name
        assert knob.source, knob.name
        knob.read(msgspec.to_builtins(knob.default))


async def test_the_glossary_names_what_exists(db: Db) -> None:
    """`domain.word` with a small letter is a table or a module, with a capital a class."""
    places = {path.name for path in (ROOT / "src" / "jiuyi" / "domains").iterdir() if path.is_dir()}
    async with db.tx() as tx:
        tables = set(await tx.values("SELECT schemaname || '.' || tablename FROM pg_tables"))
    known = {(module.__name__, word) for module in reference.modules() for word in vars(module)}
    words = {f"{module.split('.')[2]}.{word}" for module, word in known if ".domains." in module}
    named = re.findall(r"`((\w+)\.\w+)`", (ROOT / "GLOSSARY.md").read_text(encoding="utf-8"))
    wrong = {name for name, domain in named if domain in places} - tables - words
    assert not wrong
