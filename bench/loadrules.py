"""One load of a rule file in a process of its own: how long, and how much memory stays.

``python -m bench.loadrules RULES`` prints JSON. Memory is what the process holds after the load
beyond what it held before, in bytes (resident set; Linux).
"""

from __future__ import annotations

import gc
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from monitor import rulefiles


def resident() -> int:
    """Bytes of this process in memory; see proc(5), statm."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def main() -> None:
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as empty:
        rulefiles.load(Path(empty.name))  # what every load reads: the gazetteer, the grammar
    gc.collect()
    before, begun = resident(), time.process_time()
    loaded = rulefiles.load(Path(sys.argv[1]))
    seconds = time.process_time() - begun
    gc.collect()
    found = {"rules": len(loaded.rules), "seconds": seconds, "bytes": resident() - before}
    print(json.dumps(found | {"errors": [str(p) for p in loaded.errors[:3]]}))


if __name__ == "__main__":
    main()
