"""Seals evidence: a manifest of every file, checksums that `sha256sum` reads, a signature that `ssh-keygen` checks.

The signature covers SHA256SUMS, that covers every other file, the manifest among them. Whoever has the hospital's
allowed signers needs nothing of ours to verify a bundle; `verify` only says more exactly what is wrong.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inventory.error import refused
from monitors import bundle, signature
from monitors.bundle import Bundle, Flaw, Wrong
from monitors.signature import Signature, State

FORMAT = "medcloud-bundle/1"
NAMESPACE = "medcloud-evidence"
README, MANIFEST, SUMS, SIGNATURE = "README.md", "manifest.json", "SHA256SUMS", "SHA256SUMS.sig"
_OURS = (README, MANIFEST, SUMS, SIGNATURE)


@dataclass(frozen=True)
class Checked:
    """What a bundle turned out to be. Intact means that no byte differs from what was sealed; whether that is what the
    hospital sealed only the signature says. `seal` is the SHA-256 of SHA256SUMS."""

    bundle: Bundle
    kind: str
    about: Mapping[str, Any]
    seal: str
    flaws: tuple[Flaw, ...]
    signature: Signature

    @property
    def intact(self) -> bool:
        return not self.flaws

    @property
    def proved(self) -> bool:
        """Intact and signed by an allowed signer; nothing less may be called valid."""
        return self.intact and self.signature.state is State.VALID


def seal(name: str, files: Mapping[str, bytes], kind: str, about: Mapping[str, Any]) -> Bundle:
    """These files as a sealed, unsigned bundle. `about` says what the manifest tells of them, in JSON's own types."""
    for file in files:
        if file in _OURS or not bundle.proper(file):
            raise refused(f"a bundle cannot hold a file named {file}", "rename it")
    whole = {**files, README: _readme(name, kind).encode()}
    listed = [{"bytes": len(whole[file]), "path": file, "sha256": _sha256(whole[file])} for file in sorted(whole)]
    whole[MANIFEST] = canonical({"about": about, "files": listed, "format": FORMAT, "kind": kind, "name": name})
    sums = "".join(f"{_sha256(whole[file])}  {file}\n" for file in sorted(whole))
    return Bundle(name, {**whole, SUMS: sums.encode()})


def sign(sealed: Bundle, key: Path) -> Bundle:
    """The bundle with a signature by that key (or by the agent or hardware key that holds it)."""
    armoured = signature.sign(sealed.files[SUMS], NAMESPACE, key)
    return Bundle(sealed.name, {**sealed.files, SIGNATURE: armoured})


def verify(path: Path, signers: str | None) -> Checked:
    """Check every byte of a bundle, offline. `signers` is the text of the hospital's allowed signers, None for none."""
    return examine(bundle.read(path), signers)


def examine(found: Bundle, signers: str | None) -> Checked:
    """Like `verify`, for a bundle that was read."""
    sums = found.files.get(SUMS)
    manifest = _manifest(found)
    flaws = [*found.flaws]
    if sums is None:
        flaws.append(Flaw(SUMS, Wrong.MISSING, "nothing says what belongs to the bundle"))
        signed = Signature(State.ABSENT, why="there is nothing that could be signed")
    else:
        flaws += _against_sums(found, sums)
        signed = signature.check(sums, found.files.get(SIGNATURE), NAMESPACE, signers)
    flaws += _against_manifest(found, manifest)
    if signed.state is State.INVALID:
        flaws.append(Flaw(SIGNATURE, Wrong.CHANGED, signed.why))
    about = manifest.get("about")
    kind, seal_hash = str(manifest.get("kind", "")), _sha256(sums) if sums is not None else ""
    return Checked(found, kind, about if isinstance(about, dict) else {}, seal_hash, tuple(flaws), signed)


def canonical(value: Any) -> bytes:
    """The one JSON text of a value that hashes are taken of: sorted keys, no spaces, UTF-8, a line of its own."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"


def _against_sums(found: Bundle, sums: bytes) -> list[Flaw]:
    recorded, flaws = _parse(sums)
    for file, digest in recorded.items():
        if file not in found.files:
            flaws.append(Flaw(file, Wrong.MISSING, f"recorded with SHA-256 {digest}"))
        elif (now := _sha256(found.files[file])) != digest:
            flaws.append(Flaw(file, Wrong.CHANGED, f"recorded with SHA-256 {digest}, now {now}"))
    added = sorted(set(found.files) - set(recorded) - {SUMS, SIGNATURE})
    return flaws + [Flaw(file, Wrong.ADDED, "not recorded when the bundle was sealed") for file in added]


def _parse(sums: bytes) -> tuple[dict[str, str], list[Flaw]]:
    recorded: dict[str, str] = {}
    flaws = []
    for number, line in enumerate(sums.decode("utf-8", errors="replace").split("\n")[:-1], start=1):
        digest, gap, file = line[:64], line[64:66], line[66:]
        if gap != "  " or not bundle.proper(file) or set(digest) - set("0123456789abcdef"):
            flaws.append(Flaw(f"{SUMS}:{number}", Wrong.CHANGED, "not a line of sha256sum"))
        elif file in recorded:
            flaws.append(Flaw(f"{SUMS}:{number}", Wrong.ADDED, f"{file} a second time"))
        recorded.setdefault(file, digest)
    if list(recorded) != sorted(recorded):
        flaws.append(Flaw(SUMS, Wrong.REORDERED, "its lines are not in the order of the names"))
    if not sums.endswith(b"\n"):
        flaws.append(Flaw(SUMS, Wrong.CUT_OFF, "its last line has no end"))
    return recorded, flaws


def _manifest(found: Bundle) -> dict[str, Any]:
    try:
        value = json.loads(found.files.get(MANIFEST, b""))
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _against_manifest(found: Bundle, manifest: dict[str, Any]) -> list[Flaw]:
    if MANIFEST not in found.files:
        return [Flaw(MANIFEST, Wrong.MISSING, "nothing says what the bundle is about")]
    if manifest.get("format") != FORMAT:
        return [Flaw(MANIFEST, Wrong.CONTRADICTS, f"not a manifest of format {FORMAT}")]
    flaws = []
    if canonical(manifest) != found.files[MANIFEST]:
        flaws.append(Flaw(MANIFEST, Wrong.CHANGED, "not in canonical form"))
    if found.name and manifest.get("name") != found.name:
        detail = f"the bundle is named {found.name}, its manifest says {manifest.get('name')}"
        flaws.append(Flaw(MANIFEST, Wrong.CONTRADICTS, detail))
    listed = [
        {"bytes": len(found.files[file]), "path": file, "sha256": _sha256(found.files[file])}
        for file in sorted(set(found.files) - {MANIFEST, SUMS, SIGNATURE})
    ]
    recorded = manifest.get("files")
    if recorded != listed:
        flaws += _differences(recorded if isinstance(recorded, list) else [], listed)
    return flaws


def _differences(recorded: list[Any], listed: list[dict[str, Any]]) -> list[Flaw]:
    """Where the manifest's list and the files differ; sizes say how many bytes came or went."""
    then = {str(item.get("path")): item for item in recorded if isinstance(item, dict)}
    now = {str(item["path"]): item for item in listed}
    flaws = []
    for file in sorted(set(then) & set(now)):
        if then[file] != now[file]:
            sizes = f"{then[file].get('bytes')} bytes when sealed, {now[file]['bytes']} now"
            flaws.append(Flaw(f"{MANIFEST}: {file}", Wrong.CONTRADICTS, sizes))
    for file in sorted(set(then) ^ set(now)):
        detail = "listed, not there" if file in then else "there, not listed"
        flaws.append(Flaw(f"{MANIFEST}: {file}", Wrong.CONTRADICTS, detail))
    if not flaws:
        flaws.append(Flaw(MANIFEST, Wrong.REORDERED, "its list is not in the order of the names"))
    return flaws


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _readme(name: str, kind: str) -> str:
    return _README.format(name=name, kind=kind, namespace=NAMESPACE)


_README = """\
# {name} ({kind})

## 如何核验（只需 OpenSSH 与 coreutils，无需联网）

向医院索取 `allowed_signers`（不要使用与本证据包一同送来的），在本目录内执行：

```sh
ssh-keygen -Y find-principals -s SHA256SUMS.sig -f allowed_signers      # 谁签的
ssh-keygen -Y verify -n {namespace} -I <上一行的名字> -f allowed_signers -s SHA256SUMS.sig < SHA256SUMS
sha256sum --check --strict --quiet SHA256SUMS                            # 无输出即逐字节未变
diff <(find . -type f ! -name 'SHA256SUMS*' | cut -c3- | LC_ALL=C sort) <(cut -c67- SHA256SUMS)   # 无输出即不多不少
```

没有 `SHA256SUMS.sig` 即未签名：只能说明内部一致，不能证明来自医院。
`manifest.json` 说明内容、模型与预案的哈希；`versions.json` 是工具版本。
演练的 `journal.jsonl` 每行的 `hash` 是该行其余内容（键排序、无空格的 JSON）的 SHA-256，`prev` 是上一行的 `hash`。

## How to verify (OpenSSH and coreutils are enough, no network)

Get `allowed_signers` from the hospital (never from where this bundle came from), then in this folder:

```sh
ssh-keygen -Y find-principals -s SHA256SUMS.sig -f allowed_signers      # who signed
ssh-keygen -Y verify -n {namespace} -I <that name> -f allowed_signers -s SHA256SUMS.sig < SHA256SUMS
sha256sum --check --strict --quiet SHA256SUMS                            # no output: not a byte was changed
diff <(find . -type f ! -name 'SHA256SUMS*' | cut -c3- | LC_ALL=C sort) <(cut -c67- SHA256SUMS)   # none: nothing added
```

Without `SHA256SUMS.sig` the bundle is unsigned: it agrees with itself, which does not prove that the hospital made it.
`manifest.json` says what it holds, with the hashes of model and plan; `versions.json` the versions of the tools.
In a drill's `journal.jsonl` the `hash` of a line is the SHA-256 of the rest of it (JSON, keys sorted, no spaces),
`prev` the `hash` of the line before.
`medcloud evidence verify` checks all this and also judges the run again from its journal.
"""
