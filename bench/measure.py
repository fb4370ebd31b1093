"""CPU time of processes, medians, and the tables that the benchmarks print.

Nothing about feeds, rules or mails lives here.
"""

from __future__ import annotations

import math
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_TICKS = os.sysconf("SC_CLK_TCK")

Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Table:
    """What one benchmark found. Every row has the values of all ``columns``; None is a dash."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Value], ...]
    note: str = ""

    def __str__(self) -> str:
        cells = [list(self.columns)]
        cells += [[shown(values[column]) for column in self.columns] for values in self.rows]
        widths = [max(len(line[i]) for line in cells) for i in range(len(self.columns))]
        lines = [
            "  ".join(
                cell.ljust(width) if i == 0 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(line, widths, strict=True))
            ).rstrip()
            for line in cells
        ]
        lines.insert(1, "  ".join("-" * width for width in widths))
        parts = [f"{self.name}: {self.title}", *lines, *([self.note] if self.note else [])]
        return "\n".join(parts)


def row(columns: Sequence[str], *values: Value) -> dict[str, Value]:
    """One row of a table, its ``values`` in the order of its ``columns``."""
    return dict(zip(columns, values, strict=True))


def shown(value: Value) -> str:
    """Three significant digits; more would promise what no busy machine can keep."""
    if value is None:
        return "-"
    if isinstance(value, str | int):
        return f"{value:,}" if isinstance(value, int) else value
    if abs(value) >= 100:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}"


def median(values: Iterable[float]) -> float:
    """Of several rounds: one disturbed round does not count."""
    return statistics.median(values)


def percentile(values: Collection[float], share: float) -> float:
    """The smallest value that at least ``share`` of ``values`` do not exceed (nearest rank)."""
    return sorted(values)[max(0, math.ceil(len(values) * share) - 1)]


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of a piece of work: by the clock, and of all processors together."""

    wall: float
    cpu: float

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.wall - other.wall, self.cpu - other.cpu)


def spent(pids: Iterable[int] = ()) -> Cost:
    """Now, and the CPU time so far of this process, its ended children and the living ``pids``.

    The difference of two is the cost of what lies between: a child that ends between them moves
    from the living to the ended, with all that it has spent.
    """
    living = sum(_cpu_of(pid) for pid in pids)
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = time.process_time() + ended.ru_utime + ended.ru_stime + living
    return Cost(time.perf_counter(), cpu)


def _cpu_of(pid: int) -> float:
    """CPU seconds of a process, its threads included (proc(5), stat: utime, stime); 0: ended."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", "replace")
    except FileNotFoundError:
        return 0.0
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def run(arguments: Sequence[str], *, folder: Path) -> tuple[Cost, bytes]:
    """``python arguments`` to its end: its cost, its descendants' included, and what it printed.

    Raises RuntimeError with its last words when it fails.
    """
    begun = time.perf_counter()
    with (folder / "errors.txt").open("wb") as errors, (folder / "output").open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, *arguments], cwd=folder, env=environment(),
            stdin=subprocess.DEVNULL, stdout=out, stderr=errors,
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    cost = Cost(time.perf_counter() - begun, used.ru_utime + used.ru_stime)
    if process.returncode != 0:
        said = (folder / "errors.txt").read_text("utf-8", "replace")
        raise RuntimeError(f"{' '.join(arguments)} ended with {process.returncode}: {said[-2000:]}")
    return cost, (folder / "output").read_bytes()


def environment() -> dict[str, str]:
    """This process's environment, without settings of the program's."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MONITOR_")}
    return kept | {"PYTHONPATH": str(ROOT), "MONITOR_LOG__FORMAT": "json"}
