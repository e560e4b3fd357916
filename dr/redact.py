"""Text from machines without secrets: nothing that opens a door may lie in a run's folder or its evidence bundle."""

from __future__ import annotations

import re
from collections.abc import Iterable

GONE = "[removed]"
_WORDS = "pass(?:word|wd|phrase)?|secret|credential|private[_-]?key|api[_-]?key|auth[_-]?(?:key|pass)|community|md5"
_KEY = rf"[\w.-]*(?:{_WORDS})[\w.-]*"
_BLOCK = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.S)
_RULES = (
    (re.compile(rf"""(?i)(["']?\b{_KEY}["']?[ \t]*[:=][ \t]*)("[^"\n]*"|'[^'\n]*'|[^\s,;}}]+)"""), rf"\1{GONE}"),
    (re.compile(rf"(?i)(\b(?:{_KEY})[ \t]+)(?![:={{])(\S+)"), rf"\1{GONE}"),  # `auth_pass x`, `--password x`
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]*://[^/\s:@]*):[^@\s/]+@"), rf"\1:{GONE}@"),
    (re.compile(r"(?i)\b(bearer|basic|x-auth-token:?)[ \t]+[A-Za-z0-9+/_=.-]{8,}"), rf"\1 {GONE}"),
    (re.compile(r"SCRAM-SHA-256\$\S+|\$[156y2][aby]?\$[^\s:]+"), GONE),
)
_SHORTEST = 6  # characters: a shorter value would take ordinary words away


def redact(text: str, known: Iterable[str] = ()) -> str:
    """The text with every `known` value, private key, password-like setting, hash and URL password removed. It removes
    rather too much: a word after `password` that was none is no loss."""
    for value in sorted((v for v in known if len(v) >= _SHORTEST), key=len, reverse=True):
        text = text.replace(value, GONE)
    text = _BLOCK.sub(GONE, text)
    for pattern, instead in _RULES:
        text = pattern.sub(instead, text)
    return text
