"""Save and restore for real: the same machines as they were, whatever happened in between or in the middle."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from inventory.error import MedcloudError
from lab import saves
from tests.lab.bench import Bench, Host, small_site

pytestmark = pytest.mark.lab

NODE, ROUTER = "software-park-2-node-1", "software-park-2-router-1"
_SEED = 20261123


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One centre, up."""
    folder = small_site(tmp_path_factory.mktemp("site") / "small", ["software-park-2"], [])
    found = Bench("savetest", folder, tmp_path_factory.mktemp("state"))
    try:
        found.run("up")
        yield found
    finally:
        found.run("down")


@pytest.fixture(autouse=True)
def no_saves_left(bench: Bench) -> Iterator[None]:
    yield
    for save in bench.run("saves"):
        bench.run("forget", save["name"])


def _write(bench: Bench, word: str) -> None:
    """A word on two machines and in the clouds' state, nothing synced by hand."""
    for machine in (NODE, ROUTER):
        assert bench.ssh(machine, f"echo {word} > /root/word; mkdir -p /root/{word}").returncode == 0
    (bench.state / "pulumi").mkdir(exist_ok=True)
    (bench.state / "pulumi/word").write_text(word)


def _words(bench: Bench) -> set[str]:
    said = [bench.ssh(machine, "cat /root/word; ls -d /root/*/").stdout.split() for machine in (NODE, ROUTER)]
    assert all(words[1:] == [f"/root/{words[0]}/"] for words in said), said
    return {words[0] for words in said} | {(bench.state / "pulumi/word").read_text()}


def _forget_word(bench: Bench) -> None:
    for machine in (NODE, ROUTER):
        bench.ssh(machine, "rm -rf /root/*")


def test_a_restore_brings_everything_back(bench: Bench) -> None:
    _write(bench, "one")
    bench.run("save", "first")
    assert _words(bench) == {"one"}
    _forget_word(bench)
    _write(bench, "two")
    bench.run("save", "second")
    bench.run("kill", ROUTER)
    bench.run("restore", "first")
    assert _words(bench) == {"one"}
    assert bench.run("status")["faults"] == []
    bench.run("restore", "second")
    assert _words(bench) == {"two"}
    assert [save["name"] for save in bench.run("saves")] == ["first", "second"]


def test_a_save_outlives_down(bench: Bench) -> None:
    _forget_word(bench)
    _write(bench, "kept")
    bench.run("save", "first")
    bench.run("down")
    assert not [item for item in Host(bench).now() if bench.name in item]
    assert bench.timed("restore", "first") < 30
    assert _words(bench) == {"kept"}
    assert bench.ssh(NODE, "systemctl is-system-running --wait").stdout.strip() == "running"


def test_what_cannot_be_saved_is_refused(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.run("kill", ROUTER)
    with pytest.raises(MedcloudError, match="whole lab") as caught:
        bench.lab.save("broken")
    assert caught.value.code == "refused"
    bench.run("heal")
    monkeypatch.setattr(saves, "DEEPEST", 0)
    with pytest.raises(MedcloudError, match="stand on each other"):
        bench.lab.save("too-deep")
    assert bench.run("saves") == []
    assert bench.lab.status().up


def test_forgotten_saves_free_their_disks(bench: Bench) -> None:
    disks = bench.state / "saves/.disks"
    before = set(disks.iterdir())
    bench.run("save", "first")
    bench.run("forget", "first")
    assert len(set(disks.iterdir()) - before) == len(bench.lab.machines)  # they stand on them
    bench.run("down")
    assert list(disks.iterdir()) == []
    bench.run("up")


@pytest.mark.parametrize("verb", ["save", "restore"])
def test_what_was_killed_is_finished_by_the_next(bench: Bench, verb: str) -> None:
    _forget_word(bench)
    _write(bench, "before")
    bench.run("save", "base")
    longest, luck = bench.timed("restore", "base"), random.Random(f"{_SEED} {verb}")
    for number in range(2):
        name = "base" if verb == "restore" else f"try-{number}"
        moment = 0.5 + luck.random() * (longest - 0.5)
        bench.killed(moment, verb, name)
        assert bench.run("up")["up"] is True, f"after {moment:.2f} s of {verb}"
        assert _words(bench) == {"before"}
        assert not (bench.state / "saves/intent.json").exists()
        left = {path.name for path in (bench.state / "saves").iterdir()} - {".disks"}
        assert left == {save["name"] for save in bench.run("saves")}


_ROLE = Path(__file__).resolve().parents[2] / "playbooks/roles/openstack_compute/files"
_GUEST = """<domain type='lxc'><name>guest</name><memory unit='MiB'>512</memory><vcpu>1</vcpu>
<os><type arch='x86_64'>exe</type><init>/sbin/init</init></os>
<devices><emulator>/usr/lib/libvirt/libvirt_lxc</emulator><filesystem type='file' accessmode='passthrough'>
<driver type='loop' format='raw'/><source file='/var/lib/guest.raw'/><target dir='/'/></filesystem>
<console type='pty'/></devices></domain>"""
_INSTALL = """set -e; cat > /var/lib/guest.qcow2; qemu-img convert -O raw /var/lib/guest.qcow2 /var/lib/guest.raw
mkdir -p /etc/systemd/system/libvirt-guests.service.d; mv /root/libvirt-guests /etc/default/
mv /root/libvirt-guests.conf /etc/systemd/system/libvirt-guests.service.d/medcloud.conf
systemctl daemon-reload; systemctl enable --quiet libvirtd libvirt-guests; systemctl start libvirtd libvirt-guests
virsh -qc lxc:///system define /root/guest.xml; virsh -qc lxc:///system start guest"""
_INSIDE = "nsenter -t $(pgrep -P $(pgrep -o libvirt_lxc)) -m -p"


def test_a_node_shuts_its_guests_down_first(bench: Bench) -> None:
    for name, text in [(path.name, path.read_text()) for path in _ROLE.glob("libvirt-guests*")] + [
        ("guest.xml", _GUEST)
    ]:
        assert bench.ssh(NODE, f"cat > /root/{name}", text.encode()).returncode == 0
    said = bench.ssh(NODE, _INSTALL, bench.lab.instance_image.read_bytes())
    assert said.returncode == 0, said.stderr
    assert bench.ssh(NODE, f"{_INSIDE} systemctl is-system-running --wait; {_INSIDE} touch /root/here").returncode == 0
    begin = time.monotonic()
    bench.run("save", "guest")
    assert time.monotonic() - begin < 40  # the guest alone would hold the node for a minute and a half
    said = bench.ssh(NODE, "dumpe2fs -h /var/lib/guest.raw; virsh -qc lxc:///system start guest")
    assert "Filesystem state:         clean" in said.stdout
    assert "needs_recovery" not in said.stdout
    assert bench.ssh(NODE, f"{_INSIDE} ls /root/here").returncode == 0


def test_down_gives_an_unfinished_save_up(bench: Bench) -> None:
    lab = bench.lab
    lab._saves.intend_save("half", ())  # as a command killed before it did anything
    with pytest.raises(MedcloudError, match="half was interrupted"):
        lab.heal()
    bench.run("down")
    assert lab.saves() == ()
    assert bench.run("up")["up"] is True
