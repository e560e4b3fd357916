"""What became of the schedules: one line of JSON each in a file, so that an interruption loses nothing; and a table."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_JUDGED = ("dr", "playbooks/roles")  # what an outcome is true of


@dataclass(frozen=True)
class Outcome:
    """What became of one schedule."""

    seed: int
    strikes: str
    source: str
    promoted: bool
    tries: int
    gap_seconds: float
    acknowledged: int
    missing: int
    doubled: int
    violations: tuple[str, ...]
    seconds: float
    trouble: str = ""  # what kept it from coming to its end
    answers_lost: int = 0  # rows that a retry found there already: their first acknowledgement was lost on the way
    spent: dict[str, float] = field(default_factory=dict)  # seconds of each step of the promotion, all tries together
    at: str = ""
    code: str = ""  # the fingerprint of what was judged

    @property
    def good(self) -> bool:
        return not (self.violations or self.missing or self.doubled or self.trouble)

    @classmethod
    def unjudged(cls, seed: int, why: str) -> Outcome:
        """A schedule of which nothing is known."""
        return cls(seed, "", "", False, 0, 0.0, 0, 0, 0, (), 0.0, why)


class Outcomes:
    """The file of outcomes. Several processes may add to it: a line is one small write."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, outcome: Outcome) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(outcome)) + "\n")

    def of(self, seeds: Iterable[int], code: str) -> list[Outcome]:
        """The newest outcome of each of the seeds under that code, in the seeds' order."""
        known = {one.name for one in fields(Outcome)}
        text = self._path.read_text(encoding="utf-8") if self._path.exists() else ""
        found = {}
        for line in text.splitlines():
            raw = {key: value for key, value in json.loads(line).items() if key in known}
            outcome = Outcome(**raw | {"violations": tuple(raw["violations"])})
            if outcome.code == code:
                found[outcome.seed] = outcome
        return [found[seed] for seed in seeds if seed in found]


def fingerprint() -> str:
    """Which code was judged: the drill and the roles, without their words in Markdown."""
    digest = hashlib.sha256()
    for folder in _JUDGED:
        for path in sorted((_ROOT / folder).rglob("*")):
            if path.is_file() and path.suffix not in (".md", ".pyc"):
                digest.update(str(path.relative_to(_ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:10]


def numbers(text: str) -> list[int]:
    """The seeds of `1,5,9-12`."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def table(outcomes: list[Outcome]) -> str:
    """All outcomes, one a line, and the sums."""
    lines = ["seed  promoted tries   gap s  acked  lost twice retold  split   took s  faults"]
    for o in outcomes:
        lines.append(
            f"{o.seed:4}  {'yes' if o.promoted else 'no':8} {o.tries:5} {o.gap_seconds:7.1f} {o.acknowledged:6} "
            f"{o.missing:5} {o.doubled:5} {o.answers_lost:6} {len(o.violations):6} {o.seconds:8.1f}  {o.strikes}"
        )
        if o.spent:
            lines.append("        " + ", ".join(f"{name} {seconds:.1f} s" for name, seconds in o.spent.items()))
        lines += [f"        ! {text}" for text in (*o.violations, o.trouble) if text]
    unjudged = sum("could not be judged" in o.trouble for o in outcomes)
    lines.append(
        f"{len(outcomes)} schedules: {sum(bool(o.violations) for o in outcomes)} split brains, "
        f"{sum(o.missing for o in outcomes)} of {sum(o.acknowledged for o in outcomes)} acknowledged rows lost, "
        f"{sum(o.doubled for o in outcomes)} chains written twice, {sum(o.promoted for o in outcomes)} promoted, "
        f"{sum(bool(o.trouble) for o in outcomes)} not ended, of which {unjudged} not judged"
    )
    return "\n".join(lines)
