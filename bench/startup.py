"""How long the commands take to start, beside an interpreter that does nothing."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.measure import ROOT, Table, median, row, run

COLUMNS = ("command", "CPU ms", "ms by the clock", "this / python -c pass (CPU)")
_BASELINE = "python -c pass"


def measure(*, rounds: int = 5, warm: bool = True) -> Table:
    """Medians of ``rounds``. ``warm``: every command runs once before, unseen."""
    with tempfile.TemporaryDirectory(prefix="bench-startup-") as name:
        folder = Path(name)
        (folder / "empty.jsonl").write_bytes(b"")
        rules = ROOT / "rules"
        (folder / "config.toml").write_text(
            f'database = "sqlite:///monitor.db"\nrules = "{rules}"\n[service]\nlisten = ""\n'
            '[channels.screen]\ntype = "console"\n[alerts]\ndefault_channels = ["screen"]\n',
            "utf-8",
        )
        commands = {
            _BASELINE: ["-c", "pass"],
            "monitor --version": ["-m", "monitor", "--version"],
            "monitor match, nothing to match":
                ["-m", "monitor", "match", "empty.jsonl", "--rules", str(rules)],
            "monitor check": ["-m", "monitor", "check"],
            "monitor run --once, no feeds": ["-m", "monitor", "run", "--once"],
        }  # fmt: skip
        for arguments in commands.values() if warm else ():  # byte code, the database
            run(arguments, folder=folder)
        costs = {
            what: [run(arguments, folder=folder)[0] for _ in range(rounds)]
            for what, arguments in commands.items()
        }
    cpu = {what: median(c.cpu for c in found) for what, found in costs.items()}
    wall = {what: median(c.wall for c in found) for what, found in costs.items()}
    rows = tuple(
        row(COLUMNS, what, 1000 * cpu[what], 1000 * wall[what], cpu[what] / cpu[_BASELINE])
        for what in commands
    )
    title = "from the command line to the prompt, the starter rules"
    return Table("startup", title, COLUMNS, rows, f"Medians of {rounds} rounds.")
