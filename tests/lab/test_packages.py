"""Where a builder's packages come from, and what of it stays in an image."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.error import MedcloudError
from lab import packages

DEB822 = """# comment
Types: deb
URIs: http://mirror.invalid/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://other.invalid/packages
Suites: bookworm
Components: main
Signed-By: /usr/share/keyrings/other.gpg

Types: deb
URIs: http://mirror.invalid/old
Suites: bullseye
Components: main
"""


def test_only_debians_own_sources_are_taken() -> None:
    found = packages.sources({"debian.sources": DEB822})
    assert "mirror.invalid/debian" in found
    assert "Suites: bookworm bookworm-updates" in found
    assert "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg" in found
    assert "other.invalid" not in found
    assert "/old" not in found


def test_one_line_sources_are_understood() -> None:
    lines = (
        "deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://m.invalid/d bookworm main\n"
        "deb-src http://m.invalid/d bookworm main\n"
        "deb [signed-by=/etc/apt/keyrings/x.gpg] http://x.invalid bookworm main\n"
        "# deb http://off.invalid/d bookworm main\n"
    )
    found = packages.sources({"sources.list": lines})
    assert found.count("Types: deb") == 1
    assert "URIs: http://m.invalid/d\n" in found


def test_no_source_is_an_error_with_a_way_out() -> None:
    with pytest.raises(MedcloudError, match="no source of Debian bookworm"):
        packages.sources({"x.sources": "Types: deb\nURIs: http://m.invalid\nSuites: trixie\nComponents: main\n"})


def test_an_image_keeps_nothing_of_its_building(tmp_path: Path) -> None:
    packages.open_for_building(tmp_path, {"PIP_INDEX_URL": "http://index.invalid", "SECRET": "x"})
    environment = (tmp_path / "etc/environment").read_text()
    assert "index.invalid" in environment
    assert "SECRET" not in environment
    assert (tmp_path / "usr/sbin/policy-rc.d").stat().st_mode & 0o111
    for name in ("etc/ssh/ssh_host_rsa_key", "var/lib/apt/lists/x_InRelease", "root/.ssh/authorized_keys"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    packages.close_after_building(tmp_path)
    left = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file() and p.stat().st_size}
    assert left <= {"etc/ssl/certs/ca-certificates.crt"}
    assert (tmp_path / "etc/machine-id").exists()
