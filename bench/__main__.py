"""`python -m bench`: run every measurement, print the table, write the JSON."""

import argparse
import sys
from pathlib import Path

from bench import books, results, rush

PARTS = ("rush", "notices", "books")


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("build/bench.json"))
    parser.add_argument("--seconds", type=float, default=8.0, help="length of each measured rush")
    parser.add_argument("--yardstick-seconds", type=int, default=10, help="length of each pgbench run")
    parser.add_argument("--connections", type=int, default=256, help="phones that ask at the same time")
    parser.add_argument("--only", action="append", choices=PARTS, help="only this part (may be given several times)")
    arguments = parser.parse_args()
    parts = frozenset(arguments.only or PARTS)
    found: list[results.Result] = []
    if "rush" in parts:
        found += rush.measure(rush.Plan(arguments.seconds, arguments.yardstick_seconds, arguments.connections))
    if parts & {"notices", "books"}:
        found += books.measure(parts)
    results.show(found)
    results.write(found, arguments.output)
    return 0 if all(result.met is not False for result in found) else 1


if __name__ == "__main__":
    sys.exit(main())
