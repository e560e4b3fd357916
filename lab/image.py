"""Golden images: `base` by mmdebstrap, `machine` and `instance` by our own roles, and the instances' disk image."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from inventory.error import MedcloudError
from lab import packages, process
from lab.builder import Builder
from lab.cgroups import Cell
from lab.disk import Disk
from lab.event import Event, OnEvent
from lab.layers import Cache, digest, playbook_digest
from playbooks.runner import PLAYBOOKS

# The least that systemd, SSH and Ansible need; everything else is a role's business.
BASE_PACKAGES = (
    "ca-certificates",
    "dbus",
    "ethtool",
    "iproute2",
    "iputils-ping",
    "kmod",
    "less",
    "libpam-systemd",
    "openssh-server",
    "procps",
    "python3",
    "python3-apt",
    "systemd",
    "systemd-sysv",
)
_MASKED = ("nvmf-autoconnect.service", "systemd-resolved.service")
_LEFT_OUT = (
    "/usr/share/doc/*",
    "/usr/share/info/*",
    "/usr/share/locale/*",
    "/usr/share/man/??/*",
    "/usr/share/man/??_*/*",
)
_SPARE_MB = 1024  # free space in an instance's sparse disk image: logs, a database, and a copy of it in a bubble
_RECIPE = "1"  # raise it when what this module does to an image changes
_PRIVATE = ("unshare", "--mount", "--pid", "--mount-proc", "--fork", "--kill-child", "--propagation", "private")
_FILL = """
mount -t overlay overlay -o "$1" "$2"
size=$(( $(du -sm "$2" | cut -f1) * 115 / 100 + $4 ))
truncate -s "${size}M" "$3"
exec mkfs.ext4 -q -J size=16 -E lazy_journal_init=1 -m 0 -d "$2" "$3"
"""
_INIT = Path(__file__).parent / "instance-init.sh"
KINDS = ("base", "machine", "instance", "disk")


@dataclass(frozen=True)
class Images:
    """What a lab boots from. `machine` are the layers of a bare machine, top one first; `instance` a raw ext4 image
    made of `instance_layers`, to which nobody can log in yet."""

    machine: tuple[Path, ...]
    instance: Path
    instance_layers: tuple[Path, ...]


@dataclass(frozen=True)
class ImageBuild:
    """Who builds: the lab's name and lock, the cache, and what of the environment package tools need."""

    lab: str
    cache: Cache
    lock: int
    environment: Mapping[str, str]
    on_event: OnEvent

    def images(self) -> Images:
        """All images, built as far as they are missing."""
        base_digest = digest(_RECIPE, packages.RELEASE, *BASE_PACKAGES, *_MASKED, *_LEFT_OUT)
        base = self._ensure("base", base_digest, self._build_base)
        with ThreadPoolExecutor(2) as pool:
            try:
                machine = pool.submit(self._layer, "machine", base, base_digest)
                disk = pool.submit(self._disk, base, base_digest)
                raw = disk.result() / "instance.raw"
                return Images((machine.result(), base), raw, (self._layer("instance", base, base_digest), base))
            except BaseException:
                self.stop()  # an interrupted build must not be waited for
                raise

    def stop(self) -> None:
        """Kill every build of this lab and remove what it left."""
        for kind in KINDS:
            cell = Cell.of(self.lab, f"builder-{kind}")
            cell.kill()
            cell.remove()

    def _ensure(self, kind: str, wanted: str, build: Callable[[Path], Path]) -> Path:
        def tell_and_build(work: Path) -> Path:
            begin = time.monotonic()
            self.on_event(Event("image", kind, "started"))
            built = build(work)
            self.on_event(Event("image", kind, "done", time.monotonic() - begin))
            return built

        return self.cache.ensure(self.lab, kind, wanted, tell_and_build)

    def _layer(self, kind: str, base: Path, base_digest: str) -> Path:
        playbook = f"{kind}-image-build"
        wanted = digest(_RECIPE, base_digest, playbook_digest(PLAYBOOKS / f"{playbook}.yml"))
        builder = Builder(self.lab, kind, self.lock, self.environment, self.on_event)
        return self._ensure(kind, wanted, lambda work: builder.install(playbook, (base,), work))

    def _disk(self, base: Path, base_digest: str) -> Path:
        layer, init = self._layer("instance", base, base_digest), _INIT.read_text()
        wanted = digest(_RECIPE, layer.name, str(_SPARE_MB), init, _FILL)
        return self._ensure("disk", wanted, lambda work: self._fill_disk(work, (layer, base)))

    def _build_base(self, work: Path) -> Path:
        root = work / "root"
        (work / "host.sources").write_text(packages.host_sources())
        options = [word for line in packages.acquire_options() for word in ("--aptopt", line)]
        options += [f"--dpkgopt=path-exclude={pattern}" for pattern in _LEFT_OUT]
        include = f"--include={','.join(BASE_PACKAGES)}"
        command = ["mmdebstrap", "--mode=root", "--variant=minbase", include, *options]
        self._run("base", [*_PRIVATE, *command, packages.RELEASE, str(root), str(work / "host.sources")], work)
        for unit in _MASKED:
            (root / "etc/systemd/system" / unit).symlink_to("/dev/null")
        packages.close_after_building(root)
        return root

    def _fill_disk(self, work: Path, layers: tuple[Path, ...]) -> Path:
        """An ext4 file system with everything the layers hold, sparse, with some room to work in."""
        furnish_instance(work / "upper")
        for name in ("work", "merged", "disk"):
            (work / name).mkdir()
        mounts = f"lowerdir={':'.join(map(str, layers))},upperdir={work / 'upper'},workdir={work / 'work'}"
        script = ["/bin/sh", "-ec", _FILL, "fill", mounts, str(work / "merged"), str(work / "disk/instance.raw")]
        self._run("disk", [*_PRIVATE, *script, str(_SPARE_MB)], work)
        return work / "disk"

    def _run(self, kind: str, command: list[str], work: Path) -> None:
        """Run a long command among the lab's processes; MedcloudError with the end of what it said when it fails."""
        cell, log = Cell.of(self.lab, f"builder-{kind}"), work / "log"
        try:
            code = process.start(cell, command, log, self.lock).wait()
        finally:
            cell.kill()
            cell.remove()
        if code != 0:
            raise MedcloudError(f"{command[len(_PRIVATE)]} failed ({code})", log.read_text(errors="replace")[-1500:])


def furnish_instance(upper: Path) -> None:
    """What makes an installed system an instance: an init that libvirt-lxc can start, a place for operators' keys."""
    upper.mkdir()
    upper.chmod(0o755)
    for folder, mode in (("root", 0o700), ("root/.ssh", 0o700), ("usr", 0o755), ("usr/sbin", 0o755)):
        (upper / folder).mkdir()
        (upper / folder).chmod(mode)
    init = upper / "usr/sbin/init"
    init.write_text(_INIT.read_text())
    init.chmod(0o755)


def admit(image: Path, operator_key: str) -> None:
    """Let the operator log in to the instances that boot from a site's own image."""
    with Disk(image).opened() as root:
        keys = root / "root/.ssh/authorized_keys"
        keys.write_text(f"{operator_key}\n")
        keys.chmod(0o600)
