"""Articles a second through the rules: the matcher alone, `monitor match`, and loading rules.

Baselines: one regular expression per rule, the slow evaluator that the tests hold the matcher to,
and the plain way to make one scan serve many rules. All see the same articles and rules in the same
run.
"""

from __future__ import annotations

import gc
import itertools
import json
import os
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bench import pivot, regexes
from bench.measure import Table, Value, median, row, run
from bench.texts import World
from monitor import rulefiles
from monitor.cli import batch
from monitor.cli.articles import read_article
from monitor.cli.matching import Matcher
from monitor.model import Article
from monitor.rules.rule import Rule
from monitor.rules.ruleset import RuleSet
from tests.unit.rules.test_presearch_property import Slow, tokens_of

TODAY = date(2026, 1, 1)
BASELINE_RULES = 100
BASELINE = "a regex per rule"
SLOW = "the tests' evaluator"
PLAIN = "the plain way"
LINES_COLUMNS = ("what", "rules", "articles/s", "matches an article", "this / plain", "differ")
MATCH_COLUMNS = ("what", "rules", "articles/s", "matches an article", "this / regex", "disagree")
CORES_COLUMNS = ("cores", "rules", "articles/s", "this / one core (clock)")
CORES_BYTES = 8_000_000
"""Bytes of the large file: the same articles again and again."""
BATCH_COLUMNS = (
    "what", "rules", "articles/s", "articles/CPU s", "load alone, s", "bare matcher / this (CPU)",
)  # fmt: skip
LOAD_COLUMNS = ("what", "rules", "CPU s", "MB", "regexes / this (CPU)")


@dataclass(frozen=True, slots=True)
class Data:
    """The same articles and rules for everything: as files, and articles as values."""

    folder: Path
    articles: tuple[Article, ...]
    articles_file: Path
    rule_files: dict[int, Path]
    """By the number of rules."""


def prepare(
    folder: Path,
    *,
    articles: int,
    counts: Sequence[int],
    articles_file: Path | None = None,
    rules_file: Path | None = None,
) -> Data:
    """Generate, or take the first lines of the files given, in the batch commands' formats."""
    made = articles_file or folder / "articles.jsonl"
    if articles_file is None:
        texts = World().articles(articles)
        lines = ({"id": t.id, "title": t.title, "text": t.body} for t in texts)
        made.write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    with made.open("rb") as stream:
        taken = list(itertools.islice(stream, articles))
    few = folder / "taken.jsonl"
    few.write_bytes(b"".join(taken))
    if rules_file is None:
        queries = World().queries(max(counts))
        rules = [f"{json.dumps({'id': f'r{n:06}', 'query': q})}\n" for n, q in enumerate(queries)]
    else:
        rules = rules_file.read_text("utf-8").splitlines(keepends=True)
    files: dict[int, Path] = {}
    for count in counts:
        part = rules[:count]
        path = folder / f"rules-{len(part)}.jsonl"
        path.write_text("".join(part), "utf-8")
        files[len(part)] = path
    return Data(folder, tuple(read_article(line)[1] for line in taken), few, files)


def measure(
    *,
    articles: int = 1000,
    counts: Sequence[int] = (100, 1_000, 10_000),
    rounds: int = 3,
    articles_file: Path | None = None,
    rules_file: Path | None = None,
) -> list[Table]:
    """The five tables."""
    with tempfile.TemporaryDirectory(prefix="bench-match-") as folder:
        data = prepare(
            Path(folder), articles=articles, counts=counts, articles_file=articles_file,
            rules_file=rules_file,
        )  # fmt: skip
        table, rates = _matcher(data, rounds)
        return [
            table, _lines(data, rounds), _cores(data, rounds), _batch(data, rates, rounds),
            _load(data, rounds),
        ]  # fmt: skip


# --- the matcher alone -----------------------------------------------------------------------


def _matcher(data: Data, rounds: int) -> tuple[Table, dict[tuple[str, int], float]]:
    rows: list[dict[str, Value]] = []
    rates: dict[tuple[str, int], float] = {}
    smallest = rulefiles.load(data.rule_files[min(data.rule_files)])
    base = list(smallest.rules)[:BASELINE_RULES]
    baseline, seen = _regexes(base, data.articles, rounds)
    rows.append(
        row(
            MATCH_COLUMNS, BASELINE, len(base), baseline, sum(map(len, seen)) / len(seen), 1.0, None
        )
    )
    slow, disagree = _slow(base, data.articles, RuleSet.compile(base, []))
    rows.append(row(MATCH_COLUMNS, SLOW, len(base), slow, None, slow / baseline, disagree))
    for count, path in data.rule_files.items():
        ruleset = rulefiles.load(path).ruleset
        for what, ask in (("find", ruleset.find), ("match", ruleset.match)):
            _all(ask, data.articles)  # the presearch learns what is rare; clauses are bound
            rate = median(_rate(ask, data.articles) for _ in range(rounds))
            rates[what, count] = rate
            found = [ruleset.find(a, today=TODAY) for a in data.articles]
            wrong = _disagreement(base, seen, found) if what == "find" else None
            # A regex more is a regex's time more: measured with 100 rules, reckoned for others.
            regex = baseline * len(base) / count
            mean = sum(map(len, found)) / len(found)
            rows.append(row(MATCH_COLUMNS, what, count, rate, mean, rate / regex, wrong))
    length = sum(len(a.body) for a in data.articles) / len(data.articles)
    note = (
        f"A second is one of CPU. Medians of {rounds} rounds. The regexes were measured with "
        f"{len(base)} rules and are reckoned for more; they leave distances out. disagree: "
        "answers that differ from the regex's, of rules without a distance."
    )
    title = f"{len(data.articles):,} articles of {length:,.0f} characters through the matcher"
    return Table("match", title, MATCH_COLUMNS, tuple(rows), note), rates


Ask = Callable[..., Sequence[object]]


def _all(ask: Ask, articles: Sequence[Article]) -> None:
    for article in articles:
        ask(article, today=TODAY)


def _rate(ask: Ask, articles: Sequence[Article]) -> float:
    """Articles a second of CPU."""
    gc.collect()
    begun = time.process_time()
    _all(ask, articles)
    return len(articles) / (time.process_time() - begun)


def _regexes(
    rules: Sequence[Rule], articles: Sequence[Article], rounds: int
) -> tuple[float, list[set[str]]]:
    """The rate, and what held in each of the articles (a tenth of them: it is slow)."""
    patterns: list[tuple[str, re.Pattern[str]]] = []
    for rule in rules:
        try:
            patterns.append((str(rule.id), regexes.compiled(rule.tree)))
        except regexes.Beyond:
            continue
    few = articles[: max(1, len(articles) // 10)]
    times: list[float] = []
    for _ in range(rounds):
        begun = time.process_time()
        seen = [_held(patterns, a) for a in few]
        times.append(time.process_time() - begun)
    # What no regex can say is reckoned at the price of the others.
    share = len(patterns) / len(rules)
    return len(few) * share / median(times), seen


def _held(patterns: Sequence[tuple[str, re.Pattern[str]]], article: Article) -> set[str]:
    text = f"{article.title}.\n\n{article.body}"
    return {name for name, pattern in patterns if pattern.match(text)}


def _disagreement(
    base: Sequence[Rule], seen: Sequence[set[str]], found: Sequence[Sequence[str]]
) -> int:
    exact = {str(r.id) for r in base if regexes.is_exact(r.tree) and _is_possible(r)}
    return sum(
        len((s & exact) ^ (set(f) & exact)) for s, f in zip(seen, found[: len(seen)], strict=True)
    )


def _is_possible(rule: Rule) -> bool:
    try:
        regexes.compiled(rule.tree)
    except regexes.Beyond:
        return False
    return True


def _slow(
    rules: Sequence[Rule], articles: Sequence[Article], ruleset: RuleSet
) -> tuple[float, int]:
    """The rate of the slow evaluator over a few articles, and how often the matcher differs."""
    wrong = 0
    few = articles[:2]
    begun = time.process_time()
    answers = []
    for article in few:
        text = f"{article.title}\n\n{article.body}"
        slow = Slow(tokens_of(text, len(article.title)))
        answers.append({str(r.id) for r in rules if slow.holds(r.tree)})
    rate = len(few) / (time.process_time() - begun)
    for article, held in zip(few, answers, strict=True):
        wrong += len(held ^ set(ruleset.find(article, today=TODAY)))
    return rate, wrong


# --- lines in, lines out, in one process -------------------------------------------------------


def _lines(data: Data, rounds: int) -> Table:
    """What `monitor match` does once it has loaded, on one core, beside the plain way."""
    lines = data.articles_file.read_bytes().splitlines()
    rows: list[dict[str, Value]] = []
    for count, path in data.rule_files.items():
        rules = rulefiles.load(path).rules
        texts_with = _counted(rules, data.articles)
        rates: dict[str, list[float]] = {PLAIN: [], "--quiet-spans": [], "with spans": []}
        for _ in range(rounds):  # loaded anew each time: no postings learned, no rule bound
            plain = pivot.PivotMatcher(rules, texts_with)
            rate, held = _answered(lambda some, plain=plain: _plainly(plain, some), lines)
            rates[PLAIN].append(rate)
            for what, spans in (("--quiet-spans", False), ("with spans", True)):
                matcher = Matcher(rulefiles.load(path).ruleset, spans=spans, today=TODAY)
                rate, found = _answered(lambda some, matcher=matcher: matcher(some, 1)[0], lines)
                rates[what].append(rate)
        baseline = median(rates[PLAIN])
        differ = sum(len(set(a) ^ set(b)) for a, b in zip(held, found, strict=True))
        mean = sum(map(len, found)) / len(found)
        for what, measured in rates.items():
            ratio = median(measured) / baseline
            told = None if what == PLAIN else differ
            rows.append(row(LINES_COLUMNS, what, count, median(measured), mean, ratio, told))
    note = (
        f"A second is one of CPU, after loading. Medians of {rounds} rounds, in turns. The plain "
        "way is told beforehand in how many of these articles each word stands. differ: answers "
        "that are not the same; the plain way lets phrases cross the end of a sentence."
    )
    title = f"JSON in, JSON out, {len(lines):,} articles on one core"
    return Table("lines", title, LINES_COLUMNS, tuple(rows), note)


def _answered(
    work: Callable[[list[bytes]], bytes], lines: Sequence[bytes]
) -> tuple[float, list[list[str]]]:
    """Articles a second of CPU, and the rules that held for each."""
    gc.collect()
    gc.freeze()
    begun = time.process_time()
    answers = [work(list(lines[at : at + 200])) for at in range(0, len(lines), 200)]
    rate = len(lines) / (time.process_time() - begun)
    gc.unfreeze()
    objects = [json.loads(line) for line in b"".join(answers).splitlines()]
    return rate, [[match["rule"] for match in found["matches"]] for found in objects]


def _plainly(plain: pivot.PivotMatcher, lines: Sequence[bytes]) -> bytes:
    answers = []
    for line in lines:
        article = json.loads(line)
        title, text = article["title"], article["text"]
        matches = [{"rule": id_} for id_ in plain.match(f"{title}\n\n{text}" if title else text)]
        answers.append(json.dumps({"id": article["id"], "matches": matches}).encode() + b"\n")
    return b"".join(answers)


def _counted(rules: Sequence[Rule], articles: Sequence[Article]) -> dict[str, int]:
    """In how many of the articles each word and phrase of the rules stands."""
    plain = pivot.PivotMatcher(rules, {})
    counts = Counter(n for a in articles for n in plain.present(f"{a.title}\n\n{a.body}"))
    patterns = plain.patterns
    return {patterns[number]: times for number, times in counts.items()}


# --- lines in, lines out, on all cores ---------------------------------------------------------


def _cores(data: Data, rounds: int) -> Table:
    """The batch mode over a large file, by the clock, once it has loaded."""
    count, path = max(data.rule_files.items())
    few = data.articles_file.read_bytes()
    times = max(1, CORES_BYTES // len(few))
    large = data.folder / "large.jsonl"
    large.write_bytes(few * times)
    matcher = Matcher(rulefiles.load(path).ruleset, spans=False, today=TODAY)
    gc.freeze()
    seconds: dict[int, list[float]] = {1: [], max(2, len(os.sched_getaffinity(0))): []}
    for _ in range(rounds):
        for processes, measured in seconds.items():
            begun = time.monotonic()
            with large.open("rb") as source, Path(os.devnull).open("wb") as sink:
                batch.run(source, sink, matcher, processes=processes)
            measured.append(time.monotonic() - begun)
    gc.unfreeze()
    lines = few.count(b"\n") * times
    alone = median(seconds[1])
    rows = tuple(
        row(CORES_COLUMNS, n, count, lines / median(spent), alone / median(spent))
        for n, spent in seconds.items()
    )
    note = f"Medians of {rounds} rounds, in turns. Whatever else the cores have to do shows here."
    return Table("cores", f"{lines:,} articles of a file, loaded", CORES_COLUMNS, rows, note)


# --- end to end ------------------------------------------------------------------------------


def _batch(data: Data, rates: dict[tuple[str, int], float], rounds: int) -> Table:
    """``monitor match`` as a script calls it, start and load included."""
    rows: list[dict[str, Value]] = []
    nothing = data.folder / "nothing.jsonl"
    nothing.write_bytes(b"")
    count, path = max(data.rule_files.items())  # with few rules it would be the start alone
    rules = ["-m", "monitor", "match", "--rules", str(path)]
    load = median(run([*rules, str(nothing)], folder=data.folder)[0].cpu for _ in range(2))
    for what, more in (("with spans", []), ("--quiet-spans", ["--quiet-spans"])):
        costs = []
        for _ in range(max(1, rounds - 1)):
            command = [*rules, *more, str(data.articles_file)]
            cost, out = run(command, folder=data.folder)
            answers = out.count(b"\n")
            if answers != len(data.articles):
                raise RuntimeError(f"{len(data.articles)} articles, {answers} answers")
            costs.append(cost)
        cpu = median(c.cpu for c in costs)
        bare = rates["find" if more else "match", count]
        net = len(data.articles) / max(cpu - load, 0.01)
        wall = len(data.articles) / median(c.wall for c in costs)
        per_cpu = len(data.articles) / cpu
        rows.append(row(BATCH_COLUMNS, what, count, wall, per_cpu, load, bare / net))
    note = (
        "articles/s by the clock and by CPU, start and load included; bare matcher / this: its "
        "rate above against the command's CPU beyond start and load (reading, writing, and rules "
        "met for the first time)."
    )
    title = f"monitor match over {len(data.articles):,} articles"
    return Table("batch", title, BATCH_COLUMNS, tuple(rows), note)


# --- loading ---------------------------------------------------------------------------------


def _load(data: Data, rounds: int) -> Table:
    count = max(data.rule_files)
    path = data.rule_files[count]
    found = []
    for _ in range(rounds):
        _, out = run(["-m", "bench.loadrules", str(path)], folder=data.folder)
        found.append(json.loads(out))
    seconds = median(f["seconds"] for f in found)
    some = list(rulefiles.load(data.rule_files[min(data.rule_files)]).rules)[:BASELINE_RULES]
    regex, used = _compile_seconds(some)
    reckoned = regex / max(used, 1) * count
    kept = median(f["bytes"] for f in found) / 1e6
    rows = (
        row(LOAD_COLUMNS, BASELINE, count, reckoned, None, 1.0),
        row(LOAD_COLUMNS, "rulefiles.load", count, seconds, kept, reckoned / seconds),
    )
    note = f"Regexes: {used} compiled, reckoned for {count:,}. MB: what stays resident."
    return Table(
        "load", f"{count:,} rules of {path.stat().st_size / 1e6:.1f} MB", LOAD_COLUMNS, rows, note
    )


def _compile_seconds(rules: Sequence[Rule]) -> tuple[float, int]:
    """CPU seconds of compiling what can be, and how many that were."""
    begun, used = time.process_time(), 0
    for rule in rules:
        re.purge()
        try:
            regexes.compiled(rule.tree)
        except regexes.Beyond:
            continue
        used += 1
    return time.process_time() - begun, used
