"""Loads a desk's rules and entities from disk: all faults at once, every good rule in force.

Invariant I4 lives here: a rule that cannot be read keeps its last good version, and whoever loads
is told so. What a file means is `monitor.rules.build`'s business; what the database remembers
comes and goes as plain `RuleSource` values.
"""

from __future__ import annotations

from monitor.rulefiles.files import MAX_JSONL, MAX_YAML, rule_files
from monitor.rulefiles.load import Loaded, load

__all__ = ["MAX_JSONL", "MAX_YAML", "Loaded", "load", "rule_files"]
