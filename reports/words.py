"""The words of a report in one language, and how that language writes numbers, sizes and durations.

Texts live in `words.yml`, each key with its Chinese and English form.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import yaml

from inventory.model import Text

LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Words:
    """Texts of one language; calling it gives the text of a key (KeyError for an unknown one)."""

    language: str
    texts: dict[str, str]

    def __call__(self, key: str, **values: object) -> str:
        text = self.texts[key]
        return text.format(**values) if values else text

    def known(self, prefix: str, name: str) -> str:
        """The text of `prefix.name`, or the bare name where other rooms use a name that has no text here."""
        return self.texts.get(f"{prefix}.{name}", name)

    def text(self, title: Text) -> str:
        return title.zh if self.language == "zh" else title.en

    def seconds(self, value: float) -> str:
        """Seconds as a person reads them: 0.32 s, 24.8 s, 15 min, 4 h."""
        for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
            if value >= size and value % size == 0:
                return self(f"unit.{unit}", value=f"{value / size:g}")
        return self("unit.second", value=f"{value:.2f}" if value < 10 else f"{value:.1f}")

    def duration(self, value: timedelta) -> str:
        return self.promise(value.total_seconds())

    def promise(self, seconds: float) -> str:
        """A declared recovery point: zero is a bare 0."""
        return self("unit.zero") if seconds == 0 else self.seconds(seconds)

    def bandwidth(self, mbit: int) -> str:
        return f"{mbit // 1000} Gbit/s" if mbit >= 1000 and mbit % 1000 == 0 else f"{mbit} Mbit/s"

    def number(self, value: float) -> str:
        """With thousands separators, at most two decimals."""
        return f"{value:,.2f}".rstrip("0").rstrip(".")

    def storage(self, gigabytes: float) -> str:
        return f"{self.number(gigabytes / 1000)} TB" if gigabytes >= 10000 else f"{self.number(gigabytes)} GB"

    def day(self, moment: datetime) -> str:
        return self("format.day", year=moment.year, month=moment.month, day=moment.day, iso=f"{moment:%Y-%m-%d}")

    def moment(self, moment: datetime) -> str:
        """Always with its offset: an assessor must be able to compare it with other logs."""
        zone = " UTC" if moment.utcoffset() == timedelta() else f"{moment:%z}"
        return f"{moment:%Y-%m-%d %H:%M:%S}{zone}"


def load_words(language: str) -> Words:
    """The words of `zh` or `en`."""
    table = yaml.safe_load((Path(__file__).parent / "words.yml").read_text(encoding="utf-8"))
    return Words(language, {key: forms[language] for key, forms in table.items()})
