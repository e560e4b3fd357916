"""The lab: a whole site's bare machines and carrier lines on this host, and the faults that can be done to them."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from inventory.error import MedcloudError, bad_input
from inventory.model import Site
from lab import builder, faults, kernel, line, linux, loops, namespaces, wiring
from lab.cgroups import Cell
from lab.disk import Disk
from lab.event import Event, OnEvent, ignore
from lab.faults import Faults
from lab.image import ImageBuild, Images
from lab.keys import Keys
from lab.layers import Cache
from lab.line import Relayed
from lab.machine import LabMachine, bury
from lab.state import LabFolder
from lab.status import LabStatus, describe

_NAME = re.compile(r"[a-z][a-z0-9-]{0,23}")
_SSH_PATIENCE = 120.0
_WORKERS = 8
_T = TypeVar("_T")


class Lab:
    """A site's lab, found by its name. Every method raises MedcloudError for what the user must know.

    `state_dir` is the site's own state folder, `cache_dir` the user's cache folder; `environment` is where the package
    tools' settings (proxies, indexes) are taken from when images are built.
    """

    def __init__(
        self, site: Site, name: str, state_dir: Path, cache_dir: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        if not _NAME.fullmatch(name):
            raise bad_input(f"{name!r} cannot be a lab's name", "use at most 24 small letters, digits and hyphens")
        self.site, self.name = site, name
        self._cache_dir, self._environment = cache_dir, dict(environment or {})
        self._cache = Cache(cache_dir / "images")
        self._folder, self._keys = LabFolder(state_dir / "lab"), Keys(state_dir / "ssh")
        self._wiring = wiring.plan(site)
        self.machines = tuple(LabMachine(name, m, self._folder.machine(m.name)) for m in self._wiring.machines)
        self.lines = tuple(Relayed(name, item, self._folder.line(item.name)) for item in self._wiring.lines)

    @property
    def ops_netns(self) -> str:
        """Name of the network namespace that operators speak from."""
        return namespaces.namespace(self.name, "ops")

    @property
    def instance_image(self) -> Path:
        """The raw disk image of the instances; it exists after the first `up`."""
        return self._folder.instance_image

    def up(self, on_event: OnEvent = ignore) -> LabStatus:
        """Bring up what is missing and wait until every machine answers by SSH; faults made on purpose stay."""
        kernel.require(self._cache_dir)
        kernel.raise_limits()
        with self._folder.locked() as lock:
            Cell.of(self.name).create()
            self._prepare_machines(lock, on_event)
            self._enforce(lock, self._folder.faults(), on_event)
        return self.status()

    def down(self, on_event: OnEvent = ignore) -> None:
        """Remove everything that carries the lab's name from this host; keys and cached images stay."""
        kernel.require_root()
        with self._folder.locked():
            on_event(Event("lab", self.name, "stopping"))
            self._end_processes()
            names = {m.name for m in self._wiring.machines} | set(self._folder.machine_names()) | {"sw", "ops"}
            for name in sorted(names):
                namespaces.remove(namespaces.namespace(self.name, name))
            builder.remove_private(self.name)
            self._cache.clear_work(self.name)
            self._keys.forget_others(self._wiring.machines)
            shutil.rmtree(self._folder.root)
            on_event(Event("lab", self.name, "gone"))

    def _end_processes(self) -> None:
        """Cut the power of every machine, known to the model or not, and end everything else."""
        folders = [self._folder.machine(name) for name in self._folder.machine_names()]
        _parallel(lambda folder: Disk.of(folder).cut_power(), folders)
        whole = Cell.of(self.name)
        whole.kill()
        _parallel(bury, folders)
        loops.sweep()
        whole.remove()

    def status(self) -> LabStatus:
        """What runs and what is broken, read from the kernel."""
        return describe(self.name, self.machines, self.lines, self._folder.faults())

    def cut(self, link: str) -> None:
        """Take the carrier of a line away on both ends."""
        faults.known(link, (item.line.name for item in self.lines), "line")
        self._break(lambda current: current.with_cut(link))

    def isolate(self, place: str) -> None:
        """Make a place unreachable without a sign: its lines and its management uplink swallow everything."""
        faults.known(place, self._wiring.places, "place")
        self._break(lambda current: current.with_isolated(place))

    def kill(self, machine: str) -> None:
        """Cut a machine's power: all its processes die at once, its lines lose their carrier, its disk stays."""
        faults.known(machine, (m.name for m in self.machines), "machine")
        self._break(lambda current: current.with_killed(machine))

    def heal(self, target: str | None = None, on_event: OnEvent = ignore) -> None:
        """Undo the faults of a line, machine or place (None: all); machines that were off answer when it returns."""
        if target is not None:
            names = [*(m.name for m in self.machines), *(item.line.name for item in self.lines), *self._wiring.places]
            faults.known(target, names, "line, machine or place")
        with self._folder.locked() as lock:
            self._require_up()
            healed = self._folder.faults().healed(target)
            self._folder.remember(healed)
            self._enforce(lock, healed, on_event)

    def _break(self, change: Callable[[Faults], Faults]) -> None:
        with self._folder.locked():
            self._require_up()
            broken = change(self._folder.faults())
            self._folder.remember(broken)
            victims = [machine for machine in self.machines if machine.name in broken.killed and machine.running]
            for machine in victims:
                machine.die()
            self._set_lines(broken)
            for machine in victims:
                self._power_off(machine)
            self._set_feet(broken)

    def _require_up(self) -> None:
        kernel.require_root()
        if not namespaces.path(self.ops_netns).exists():
            raise MedcloudError(f"the lab {self.name} is not up", f"medcloud lab up {self.site.name}")

    def _prepare_machines(self, lock: int, on_event: OnEvent) -> None:
        """Disks for machines without one; images only when a machine or the instances' image needs them."""
        new = [machine for machine in self.machines if machine.layers is None]
        if new or not self._folder.instance_image.exists():
            build = ImageBuild(self.name, self._cache, lock, self._environment, on_event)
            images = build.images(self._keys.operator_public)
            self._folder.publish_instance_image(images.instance)
            hosts = _hosts_file(self.machines)
            _parallel(lambda machine: machine.prepare(self._layers_of(machine, images), self._keys, hosts), new)
        self._keys.trust(self._wiring.machines)

    def _layers_of(self, machine: LabMachine, images: Images) -> tuple[Path, ...]:
        """What a machine without a disk gets to stand on; a bench that needs something else overrides it."""
        return images.machine

    def _enforce(self, lock: int, wanted: Faults, on_event: OnEvent) -> None:
        """Make everything as declared, but for the faults wanted. Safe to repeat, whatever was there before."""
        begin = time.monotonic()
        namespaces.lay_switch(self.name, self._wiring)
        alive = [m for m in self.machines if m.name not in wanted.killed]
        for machine in (m for m in self.machines if m not in alive and m.running):
            self._power_off(machine)
        stopped = [machine for machine in alive if not machine.running]
        _parallel(self._plug, stopped)
        relays = [r for r in self.lines if not set(r.line.machines) & set(wanted.killed)]
        _parallel(lambda relay: relay.start(line.wanted_state(relay.line, wanted), lock), relays)
        _parallel(lambda pair: pair[0].unpark(pair[1]), [(r, m.name) for m in stopped for r in self._lines_of(m)])
        on_event(Event("cable", f"{len(self.lines)} lines", "done", time.monotonic() - begin))
        self._set_lines(wanted)
        self._set_feet(wanted)
        _parallel(lambda machine: machine.boot(lock), stopped)
        reachable = [m for m in alive if m.machine.place not in wanted.isolated]
        self._await_ssh(reachable, on_event)

    def _plug(self, machine: LabMachine) -> None:
        """A fresh network for a machine that is off: nothing of its former life may linger in the kernel."""
        self._power_off(machine)
        namespaces.plug_machine(self.name, machine.name, self._wiring.ports)

    def _power_off(self, machine: LabMachine) -> None:
        for relay in self._lines_of(machine):
            relay.park(machine.name)
        namespaces.unplug_machine(self.name, machine.name, self._wiring.ports)
        machine.power_off()

    def _lines_of(self, machine: LabMachine) -> list[Relayed]:
        return [relay for relay in self.lines if machine.name in relay.line.machines]

    def _set_lines(self, wanted: Faults) -> None:
        changed = [
            (relay, state) for relay in self.lines if relay.actual != (state := line.wanted_state(relay.line, wanted))
        ]
        _parallel(lambda pair: pair[0].set(pair[1]), changed)

    def _set_feet(self, wanted: Faults) -> None:
        for foot in self._wiring.feet:
            namespaces.set_foot(self.name, foot, alive=foot.place not in wanted.isolated)

    def _await_ssh(self, machines: list[LabMachine], on_event: OnEvent) -> None:
        begin, stop = time.monotonic(), threading.Event()

        def wait(machine: LabMachine) -> None:
            address = str(machine.machine.management.ip)
            with linux.in_network(namespaces.path(self.ops_netns)):
                while not builder.greets(address):
                    if stop.is_set() or time.monotonic() - begin > _SSH_PATIENCE:
                        console = machine.folder / "console.log"
                        raise MedcloudError(f"{machine.name} does not answer by SSH at {address}", f"read {console}")
                    time.sleep(0.1)
            on_event(Event("machine", machine.name, "ready", time.monotonic() - begin))

        _parallel(wait, machines, stop)


def _parallel(task: Callable[[_T], object], items: Iterable[_T], stop: threading.Event | None = None) -> None:
    """The task for every item, several at once; the first error is raised when all have ended."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        try:
            for future in [pool.submit(task, item) for item in items]:
                future.result()
        except BaseException:
            if stop:
                stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _hosts_file(machines: Iterable[LabMachine]) -> str:
    lines = [f"{m.machine.management.ip} {m.name}" for m in machines]
    return "\n".join(["127.0.0.1 localhost", "::1 localhost ip6-localhost", *lines, ""])
