"""No function may hold a transaction and a port at once: nobody waits for someone else while holding rows.

This sees annotations only; at run time `wire.http` refuses to call out while a transaction is open.
"""

import ast
import re
from collections.abc import Iterator
from keyword import iskeyword
from pathlib import Path

from tests.support.tree import SRC, functions

QUOTED = re.compile(r"[\w.\[\], |]*[\w\]]", re.ASCII)  # a type in quotes, not the text of an option


def names(annotation: ast.AST | None) -> set[str]:
    """Every name in an annotation, also inside a quoted one."""
    found: set[str] = set()
    for node in ast.walk(annotation) if annotation else ():
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                found.add(name)
            case ast.Constant(value=str(text)) if (
                QUOTED.fullmatch(text) and not iskeyword(text) and " " not in text.replace(" | ", "")
            ):
                found |= names(ast.parse(text, mode="eval"))
            case _:
                pass
    return found


def is_quoted_type(text: str) -> bool:
    return QUOTED.fullmatch(text) is not None and not iskeyword(text) and " " not in text.replace(" | ", "")


def ports(root: Path) -> set[str]:
    files = [*root.rglob("ports.py"), *root.rglob("ports/*.py")]
    trees = [ast.parse(path.read_text("utf-8")) for path in files]
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and is_port(node)}


def is_port(node: ast.ClassDef) -> bool:
    """The Protocols, and plain classes that hold some of them; a Struct that a port takes or gives is only data."""
    return not node.bases or any("Protocol" in names(base) for base in node.bases)


def reachable(tree: ast.AST, known: set[str]) -> set[str]:
    """Names in a file that mean a port: imported from a `ports` module (another class may share the name)."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            if (node.module or "").endswith("ports"):
                found |= {one.asname or one.name for one in node.names if one.name in known}
            elif any(one.name == "ports" for one in node.names):
                found |= known
    return found


def holders(tree: ast.AST, known: set[str], where: str) -> Iterator[str]:
    meant = reachable(tree, known)
    for function in functions(tree):
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        used: set[str] = set().union(*(names(argument.annotation) for argument in arguments))
        held = used & meant
        if "Tx" in used and held:
            yield f"{where}:{function.lineno} {function.name} holds a Tx and {', '.join(sorted(held))}"


def test_no_function_holds_a_transaction_and_a_port() -> None:
    known = ports(SRC / "jiuyi")
    assert known, "the domains have ports"
    wrong = [
        line
        for path in (SRC / "jiuyi").rglob("*.py")
        for line in holders(ast.parse(path.read_text("utf-8")), known, str(path.relative_to(SRC)))
    ]
    assert not wrong, "\n".join(wrong)


def test_a_planted_fault_is_found() -> None:
    start = "from jiuyi.domains.booking.ports import HisPort\n"
    for planted in (
        "async def hold(tx: Tx, *, his: 'HisPort | None') -> None: ...",
        "def hold(tx: Annotated[Tx, Option('进程数 processes')], his: HisPort) -> None: ...",
    ):
        assert list(holders(ast.parse(start + planted), {"HisPort"}, "x.py")) == ["x.py:2 hold holds a Tx and HisPort"]
    assert not list(holders(ast.parse(start + "def hold(tx: Tx) -> None: ..."), {"HisPort"}, "x.py"))
