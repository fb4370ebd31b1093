"""How often the garbage collector looks, in a process where much stays for good.

Reference counts free nearly everything here; the collector is for what refers to itself.
"""

from __future__ import annotations

import gc

_THRESHOLDS = (20_000, 20, 50)
"""New objects until a look at the young ones, and looks until a look at older ones. With Python's
own (700, 10, 10) the looks are an eighth of the story step's time, and find nothing."""


def settle() -> None:
    """Take what is loaded for permanent, and look less often from now on.

    10,000 rules cost a fifth of the matching otherwise. What an earlier call took for permanent is
    looked at once more, so that it can go.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
