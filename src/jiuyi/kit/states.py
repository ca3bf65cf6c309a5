"""Status graphs as data: which status may follow which. A status is only ever written through `kit.moves.move`."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Generic, TypeVar

S = TypeVar("S", bound=StrEnum)


class ForbiddenMove(Exception):
    """A status was asked to move along an edge that the graph does not have. A fault of ours, never the user's."""

    def __init__(self, name: str, source: str, target: str) -> None:
        super().__init__(f"{name}: {source} may not become {target}")


class Transitions(Generic[S]):
    """An immutable graph of statuses.

    `edges` maps each status to those that may follow; a status with none is final. Every member of the enum
    must be a key, so that nobody forgets one (checked here, at import).
    """

    def __init__(self, name: str, kind: type[S], first: S, edges: Mapping[S, Iterable[S]]) -> None:
        missing = set(kind) - set(edges)
        if missing:
            msg = f"{name}: no edges given for {sorted(missing)}"
            raise ValueError(msg)
        self.name = name
        self.kind = kind
        self.first = first
        self.edges: dict[S, frozenset[S]] = {source: frozenset(targets) for source, targets in edges.items()}

    def allows(self, source: S, target: S) -> bool:
        """Whether `target` may follow `source`."""
        return target in self.edges[source]

    def check(self, source: S, target: S) -> None:
        """Raise `ForbiddenMove` unless `target` may follow `source`."""
        if not self.allows(source, target):
            raise ForbiddenMove(self.name, source, target)

    def sources(self, target: S) -> frozenset[S]:
        """Every status from which `target` may be reached in one move."""
        return frozenset(source for source, targets in self.edges.items() if target in targets)

    @property
    def final(self) -> frozenset[S]:
        """The statuses that nothing follows."""
        return frozenset(source for source, targets in self.edges.items() if not targets)

    def reachable(self) -> frozenset[S]:
        """Every status that can be reached from the first one (the meta-test wants them all)."""
        seen = {self.first}
        todo = [self.first]
        while todo:
            for target in self.edges[todo.pop()]:
                if target not in seen:
                    seen.add(target)
                    todo.append(target)
        return frozenset(seen)

    def mermaid(self) -> str:
        """The graph as a Mermaid state diagram (for the generated docs)."""
        lines = ["stateDiagram-v2", f"  [*] --> {self.first.value}"]
        for source in self.kind:
            lines += [f"  {source.value} --> {target.value}" for target in sorted(self.edges[source])]
            if not self.edges[source]:
                lines.append(f"  {source.value} --> [*]")
        return "\n".join(lines)
