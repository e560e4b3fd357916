"""Where a builder gets packages from: the host's own sources, proxies and trust anchors, copied and removed again."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from inventory.error import MedcloudError

RELEASE = "bookworm"
_SUITES = {RELEASE, f"{RELEASE}-updates", f"{RELEASE}-security"}
_ONE_LINE = re.compile(r"deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<components>.+)")
_BUNDLE = "etc/ssl/certs/ca-certificates.crt"
_TRUST_VARIABLES = ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
_PASSED = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
_BUILD_ONLY = (
    "usr/sbin/policy-rc.d",
    "etc/apt/apt.conf.d/99host",
    "etc/pip.conf",
    "usr/local/share/ca-certificates/host",
)


def sources(texts: Mapping[str, str]) -> str:
    """The Debian sources among the host's source files (name → content), in deb822 form.

    Other vendors' sources (another keyring, another suite) stay out. MedcloudError when none is left.
    """
    stanzas = []
    for name, text in sorted(texts.items()):
        stanzas += list(_deb822(text)) if name.endswith(".sources") else list(_one_line(text))
    if not stanzas:
        raise MedcloudError(
            f"this machine's apt configuration has no source of Debian {RELEASE}",
            "add one below /etc/apt/sources.list.d: the lab's machines are installed from the same place",
        )
    return "\n\n".join(stanzas) + "\n"


def host_sources(apt: Path = Path("/etc/apt")) -> str:
    """The Debian sources of this host."""
    files = [apt / "sources.list", *apt.glob("sources.list.d/*.list"), *apt.glob("sources.list.d/*.sources")]
    return sources({file.name: file.read_text() for file in files if file.is_file()})


def acquire_options() -> list[str]:
    """How this host's apt fetches (proxies, time checks), as apt.conf lines."""
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    return [
        line for line in dump.splitlines() if line.startswith("Acquire::") and not line.startswith("Acquire::Compr")
    ]


def open_for_building(root: Path, environment: Mapping[str, str]) -> None:
    """Let packages be installed below `root`: sources, trust and name service of the host; no service starts."""
    _write(root / "usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755)
    _write(root / "etc/apt/apt.conf.d/99host", "\n".join(acquire_options()) + "\n")
    _write(root / "etc/environment", "".join(f'{k}="{v}"\n' for k, v in _variables(environment).items()))
    for name in ("etc/resolv.conf", "etc/pip.conf", "etc/hosts", _BUNDLE):
        if Path("/", name).is_file():
            _write(root / name, Path("/", name).read_text())
    anchors = Path("/usr/local/share/ca-certificates")
    if anchors.is_dir():
        shutil.copytree(anchors, root / "usr/local/share/ca-certificates/host", dirs_exist_ok=True)


def close_after_building(root: Path) -> None:
    """Take away what only building needed, and everything that must not be the same on two machines."""
    for name in (*_BUILD_ONLY, "etc/hosts", "etc/hostname", "root/.ssh", "root/.ansible", "root/.cache"):
        _drop(root / name)
    for pattern in (
        "var/lib/apt/lists/*",
        "var/cache/apt/*",
        "var/log/**/*.log",
        "var/log/journal/*",
        "tmp/*",
        "var/tmp/*",
        "etc/ssh/ssh_host_*",
        "var/lib/systemd/random-seed",
        "var/lib/dbus/machine-id",
    ):
        for found in root.glob(pattern):
            _drop(found)
    for name in ("etc/machine-id", "etc/resolv.conf", "etc/environment", "etc/default/locale"):
        _write(root / name, "")


def _variables(environment: Mapping[str, str]) -> dict[str, str]:
    """What a login on the builder needs to know of the host's environment."""
    passed = {key: value for key, value in environment.items() if key.upper() in _PASSED}
    return passed | {name: f"/{_BUNDLE}" for name in _TRUST_VARIABLES}


def _deb822(text: str) -> Iterable[str]:
    for raw in text.replace("\r", "").split("\n\n"):
        lines = [line for line in raw.splitlines() if line.strip() and not line.startswith("#")]
        fields = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines if not line[0].isspace())}
        suites, signed = _SUITES.intersection(fields.get("suites", "").split()), fields.get("signed-by", "")
        usable = "main" in fields.get("components", "").split() and fields.get("enabled", "yes") != "no"
        if suites and usable and _is_debian(signed):
            yield _stanza(fields["uris"], sorted(suites), signed)


def _one_line(text: str) -> Iterable[str]:
    for line in text.splitlines():
        found = _ONE_LINE.match(line)
        if found is None:
            continue
        suite, components = found["suite"], found["components"].split("#")[0].split()
        signed = next((o[10:] for o in (found["options"] or "").split() if o.startswith("signed-by=")), "")
        if suite in _SUITES and "main" in components and _is_debian(signed):
            yield _stanza(found["uri"], [suite], signed)


def _is_debian(signed_by: str) -> bool:
    """A source signed by another vendor's key is not Debian's."""
    return not signed_by or "debian-archive" in signed_by


def _stanza(uris: str, suites: list[str], signed_by: str) -> str:
    lines = ["Types: deb", f"URIs: {uris}", f"Suites: {' '.join(suites)}", "Components: main"]
    return "\n".join([*lines, *([f"Signed-By: {signed_by}"] if signed_by else [])])


def _write(path: Path, text: str, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_text(text)
    path.chmod(mode)


def _drop(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
