"""Opening a machine's files from the host without being led out."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from inventory.error import MedcloudError
from lab import loops
from lab.inside import open_file
from tests.lab.conftest import THERE, Bench, eventually


@pytest.fixture
def root(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "var/lib").mkdir(parents=True)
    (tmp_path / "var/lib/file").write_text("its own")
    (tmp_path / "away").symlink_to("/etc")
    (tmp_path / "var/lib/link").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe")
    handle = os.open(tmp_path, os.O_PATH | os.O_DIRECTORY)
    yield handle
    os.close(handle)


def test_a_file_of_the_machine(root: int) -> None:
    handle = open_file(root, "/var/lib/file", os.O_RDONLY)
    assert os.read(handle, 99) == b"its own"
    os.close(handle)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/away/passwd", "symbolic link"),
        ("/var/lib/link", "symbolic link"),
        ("/var/lib/file/x", "symbolic link"),
        ("/var/../../etc/passwd", "without .."),
        ("var/lib/file", "begin with /"),
        ("/var/lib", "no regular file"),
        ("/pipe", "no regular file"),
        ("/", "no regular file"),
    ],
)
def test_nothing_else(root: int, path: str, why: str) -> None:
    with pytest.raises(MedcloudError, match=why):
        os.close(open_file(root, path, os.O_RDONLY))


def test_a_missing_file_is_missing(root: int) -> None:
    with pytest.raises(FileNotFoundError):
        open_file(root, "/var/lib/none", os.O_RDONLY)


# A guest as libvirt-lxc makes one: a file system of its own on a loop device, a control group named by its id.
_GUEST = """
set -e
truncate -s 64M /root/guest.img && mkfs.ext4 -q -F /root/guest.img && mkdir -p /root/guest
mount -o loop /root/guest.img /root/guest
cd /root/guest && mkdir -p usr etc && mount --bind /usr usr && ln -s usr/bin usr/lib usr/lib64 . 2>/dev/null
printf '127.0.0.1 localhost\\n127.0.1.1 guest-db\\n' > etc/hosts
seq 1 9999 > data
mkdir -p /sys/fs/cgroup/machine.slice/inst-11aa-22bb
nohup sh -c 'echo $$ > /sys/fs/cgroup/machine.slice/inst-11aa-22bb/cgroup.procs
  exec unshare --uts --mount chroot /root/guest sleep 600' >/dev/null 2>&1 &
"""


@pytest.fixture
def crowded(tmp_path: Path) -> Iterator[None]:
    """A host where the next free loop device is one that a dead machine's disk left."""
    image, held = tmp_path / "image", []
    image.write_bytes(bytes(1 << 20))
    with loops.attach(image):  # makes the device, and leaves it free
        pass
    while int((device := _losetup("--find")).removeprefix("/dev/loop")) < loops.FIRST:
        _losetup(device, str(image))
        held.append(device)
    yield
    for device in held:
        _losetup("--detach", device)


def _losetup(*words: str) -> str:
    return subprocess.run(["losetup", *words], check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.lab
@pytest.mark.usefixtures("crowded")
def test_a_node_mounts_an_image_on_the_device_that_a_disk_left(bench: Bench) -> None:
    mount = "cd $(mktemp -d) && truncate -s 8M image && mkfs.ext4 -q -F image && mkdir on && mount -o loop image on"
    assert bench.ssh(bench.first(THERE, "node"), f"{mount} && umount on").returncode == 0


@pytest.mark.lab
def test_a_guests_disk_and_files_are_reached_by_its_name_or_id(bench: Bench) -> None:
    node = bench.first(THERE, "node")
    assert bench.ssh(node, _GUEST).returncode == 0
    eventually(lambda: bench.ssh(node, "pgrep -x sleep").returncode == 0)

    def writes(folder: str) -> bool:
        return bench.ssh(node, f"dd if=/dev/zero of={folder}/probe bs=1M count=2 conv=fsync").returncode == 0

    was = bench.ssh(node, "sha256sum /root/guest/data").stdout
    bench.lab.strike("fill", node, guest="guest-db")
    assert not writes("/root/guest") and writes("/root")
    bench.lab.strike("corrupt", node, guest="11aa-22bb", path="/data", block=2)
    assert bench.ssh(node, "sha256sum /root/guest/data").stdout != was
    assert len(bench.sentences()) == 2
    bench.lab.heal(node)
    assert writes("/root/guest")
    assert bench.ssh(node, "sha256sum /root/guest/data; ls -A /root/guest | grep -c ballast").stdout == f"{was}0\n"
    with pytest.raises(MedcloudError, match="no guest 'guest-dbx' runs") as caught:
        bench.lab.strike("fill", node, guest="guest-dbx")
    assert "guest-db" in caught.value.hint
    bench.lab.strike("kill", node)  # the guest, its mount and its loop device go with the power
