"""``python -m bench [ROW …]``: runs the benchmarks and prints their tables."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from bench import grouping, languages, latency, matching, polls, snippets, startup, stories
from bench.measure import Table

Row = Callable[[argparse.Namespace], list[Table]]

ROWS: dict[str, Row] = {
    "polls": lambda given: [
        polls.measure(
            feeds=given.feeds, rounds=given.rounds, baseline_feeds=max(1, given.feeds // 10)
        )
    ],
    "match": lambda given: matching.measure(
        articles=given.articles_count,
        counts=given.rules_counts,
        rounds=given.rounds,
        articles_file=given.articles,
        rules_file=given.rules,
    ),
    "latency": lambda given: [latency.measure(items=given.items)],
    "snippets": lambda given: [snippets.measure()],
    "stories": lambda given: [stories.measure(windows=given.windows)],
    "grouping": lambda given: [grouping.measure()],
    "languages": lambda given: languages.measure(),
    "startup": lambda given: [startup.measure(rounds=given.rounds)],
}
"""Every benchmark, in the order in which they run."""


def arguments(args: Sequence[str]) -> argparse.Namespace:
    """What was asked for; ends the program on anything else."""
    parser = argparse.ArgumentParser(
        prog="python -m bench", description="Benchmarks; see docs/benchmarks.md."
    )
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}; else all")
    parser.add_argument("--rounds", type=int, default=3, help="medians of so many (%(default)s)")
    parser.add_argument("--feeds", type=int, default=1000, help="feeds polled (%(default)s)")
    parser.add_argument("--items", type=int, default=30, help="items mailed (%(default)s)")
    parser.add_argument(
        "--articles-count", type=int, default=1000, metavar="N", help="matched (%(default)s)"
    )
    parser.add_argument(
        "--rules-counts", type=int, nargs="+", default=[100, 1_000, 10_000], metavar="N",
        help="sizes of the rule sets (100 1000 10000)",
    )  # fmt: skip
    parser.add_argument(
        "--windows", type=int, nargs="+", default=[1_000, 10_000, 100_000], metavar="N",
        help="articles in the window of stories (1000 10000 100000)",
    )  # fmt: skip
    parser.add_argument(
        "--articles", type=Path, metavar="FILE.jsonl", help="other articles than the generated"
    )
    parser.add_argument(
        "--rules", type=Path, metavar="FILE.jsonl", help='other rules, lines of {"id", "query"}'
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the tables there too")
    given = parser.parse_args(args)
    if unknown := [row for row in given.rows if row not in ROWS]:
        parser.error(f"there is no {', '.join(unknown)}: choose of {', '.join(ROWS)}")
    return given


def main(args: Sequence[str] | None = None) -> None:
    """Run what was asked for, each row announced on standard error."""
    given = arguments(sys.argv[1:] if args is None else args)
    tables: list[Table] = []
    for name in given.rows or ROWS:
        begun = time.perf_counter()
        print(f"{name} …", end=" ", file=sys.stderr, flush=True)
        found = ROWS[name](given)
        print(f"{time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
        tables += found
        for table in found:
            print(f"{table}\n", flush=True)
    print("The machine is not ours alone: compare the ratios of one run, not figures of two.")
    if given.json:
        text = json.dumps([asdict(table) for table in tables], indent=2, ensure_ascii=False)
        given.json.write_text(f"{text}\n", "utf-8")


if __name__ == "__main__":
    main()
