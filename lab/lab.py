"""The lab: a whole site's bare machines and carrier lines on this host, and the faults that can be done to them."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from inventory.error import MedcloudError, bad_input, refused
from inventory.model import Site
from lab import builder, damage, faults, kernel, linux, loops, namespaces, saves, wiring
from lab.cgroups import Cell
from lab.damage import Damage
from lab.disk import Disk
from lab.event import Event, OnEvent, ignore
from lab.fault import Record
from lab.image import ImageBuild, Images, admit
from lab.keys import Keys
from lab.layers import Cache, digest
from lab.line import Relayed
from lab.machine import LabMachine, bury
from lab.saves import Save, Saves
from lab.scene import Scene
from lab.state import LabFolder
from lab.status import LabStatus, describe

_NAME = re.compile(r"[a-z][a-z0-9-]{0,23}")
_SSH_PATIENCE, _STOP_PATIENCE = 120.0, 60.0
_WORKERS = 8
_T = TypeVar("_T")
_R = TypeVar("_R")


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
        self._saves = Saves(state_dir)
        self._wiring = wiring.plan(site)
        self.machines = tuple(LabMachine(name, m, self._folder.machine(m.name)) for m in self._wiring.machines)
        self.lines = tuple(Relayed(name, item, self._folder.line(item.name)) for item in self._wiring.lines)

    @property
    def ops_netns(self) -> str:
        """Name of the network namespace that operators speak from."""
        return namespaces.namespace(self.name, "ops")

    @property
    def instance_image(self) -> Path:
        """The disk image (qcow2) of the instances; it exists after the first `up`."""
        return self._folder.instance_image

    def up(self, on_event: OnEvent = ignore) -> LabStatus:
        """Bring up what is missing and wait until every machine answers by SSH; faults made on purpose stay."""
        kernel.require(self._cache_dir)
        kernel.raise_limits()
        with self._folder.locked() as lock:
            Cell.of(self.name).create()
            self._finish(on_event)
            self._prepare_machines(lock, on_event)
            self._enforce(lock, self._damage(), on_event)
        return self.status()

    def down(self, on_event: OnEvent = ignore) -> None:
        """Remove everything that carries the lab's name from this host; keys and cached images stay."""
        kernel.require_root()
        with self._folder.locked():
            on_event(Event("lab", self.name, "stopping"))
            self._saves.abandon()
            self._end_processes()
            names = {m.name for m in self._wiring.machines} | set(self._folder.machine_names()) | {"sw", "ops"}
            for name in sorted(names):
                namespaces.remove(namespaces.namespace(self.name, name))
            builder.remove_private(self.name)
            self._cache.clear_work(self.name)
            self._keys.forget_others(self._wiring.machines)
            self._folder.bury()
            self._saves.sweep(())
            on_event(Event("lab", self.name, "gone"))

    def save(self, name: str, files: Sequence[str] = (), on_event: OnEvent = ignore) -> LabStatus:
        """Stop every machine, keep its disk as it is under that name, and bring the lab up again.

        `files` are names in the site's state folder that come along because they tell what stands on the machines.
        Refused while faults are on, machines are off, or too many saves stand on each other.
        """
        kernel.require_root()
        with self._folder.locked() as lock:
            self._finish(on_event)
            self._require_up()
            if self._folder.faults() or not self.status().up:
                raise refused("only a whole lab can be saved", "medcloud lab heal and up first")
            if any(len(m.spec.frozen) >= saves.DEEPEST for m in self.machines if m.spec):
                raise refused(f"{saves.DEEPEST} saves stand on each other already", "restore an earlier one first")
            self._saves.intend_save(name, files)
            self._finish(on_event)
            self._enforce(lock, self._damage(), on_event)
        return self.status()

    def restore(self, name: str, on_event: OnEvent = ignore) -> LabStatus:
        """Throw every machine's disk away and bring the lab up as it was saved; faults end. The lab may be down."""
        kernel.require(self._cache_dir)
        kernel.raise_limits()
        with self._folder.locked() as lock:
            self._finish(on_event)
            self._saves.intend_restore(name, self.machines)
            Cell.of(self.name).create()
            self._finish(on_event)
            self._enforce(lock, self._damage(), on_event)
        return self.status()

    def saves(self) -> tuple[tuple[Save, int], ...]:
        """Every save, oldest first, with the MB (10^6 bytes) its disks take on the host."""
        return tuple((save, self._saves.used_mb(save)) for save in self._saves.every())

    def forget(self, name: str) -> None:
        """Delete a save; disks that the running machines or other saves stand on stay as long as those."""
        with self._folder.locked():
            self._saves.forget(name, self._frozen())

    def _finish(self, on_event: OnEvent) -> None:
        """Do the save or restore that was begun, here or by a command that was killed; machines are off afterwards."""
        intent, begin = self._saves.intent, time.monotonic()
        if intent is None:
            return
        self._saves.check(intent, self.machines)
        on_event(Event("lab", f"{intent.verb} {intent.name}", "started"))
        if intent.verb == "save":
            _parallel(lambda machine: self._stop(machine, on_event), self.machines, workers=len(self.machines))
            saved = _parallel(lambda machine: self._saves.freeze(machine, intent), self.machines)
            save = self._saves.publish(intent, saved)
        else:
            save = self._saves.find(intent.name)
            _parallel(self._power_off, self.machines)
            _parallel(lambda machine: self._saves.put_back(machine, save), self.machines)
            self._saves.put_back_files(save)
            self._folder.remember(self._damage().outliving_disks().records)
            shutil.rmtree(self._folder.keepsakes, ignore_errors=True)
        for owner in (self._folder.root, self._saves.folder / save.name):
            self._cache.pin(owner, save.lowers)
        self._saves.abandon()
        self._saves.sweep(self._frozen())
        on_event(Event("lab", f"{intent.verb} {intent.name}", "done", time.monotonic() - begin))

    def _stop(self, machine: LabMachine, on_event: OnEvent) -> None:
        begin = time.monotonic()
        word = "stopped" if machine.stop(_STOP_PATIENCE) else "killed: it does not shut down"
        on_event(Event("machine", machine.name, word, time.monotonic() - begin))

    def _frozen(self) -> set[str]:
        """Frozen disks that the machines stand on now."""
        return {path for machine in self.machines if machine.spec for path in machine.spec.frozen}

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

    def strike(self, kind: str, target: str, **params: Any) -> None:
        """Break something on purpose: a fault of `lab/faults/` at a line, conduit, machine, place or pair "a/b"."""
        fault = faults.make(kind, params)
        target = damage.target(self._wiring, fault.aim, target)
        with self._folder.locked():
            self._require_up()
            before, scene = self._damage(), self._scene
            self._require_relays(before)
            if fault.indoors and not self._machine(target).running:
                raise refused(f"{target} has no power: nothing can be done inside", f"heal {target} first")
            fault.check(scene, target)
            broken = before.struck(kind, target, params)
            self._folder.remember(broken.records)
            self._power_down(broken)
            self._set_lines(broken)
            try:
                _act(fault.apply, scene, target)
            except MedcloudError:
                self._take_back(scene, broken, Record(kind, target, params, "", fault.part))
                raise

    def _take_back(self, scene: Scene, broken: Damage, failed: Record) -> None:
        """Forget a fault that could not be made; one that cannot even be undone stays written down for `heal`."""
        try:
            _act(faults.of(failed).heal, scene, failed.target)
        except MedcloudError:
            return
        left = Damage(tuple(record for record in broken.records if record.key != failed.key))
        self._folder.remember(left.records)
        self._set_lines(left)

    def heal(
        self, target: str | None = None, kind: str | None = None, on_event: OnEvent = ignore, wait: bool = True
    ) -> None:
        """Undo the faults of a target, or of that kind (None: all); machines answer when it returns, if `wait`."""
        word = None if target is None else damage.any_target(self._wiring, target)
        if kind is not None:
            faults.find(kind)
        with self._folder.locked() as lock:
            self._require_up()
            wanted = self._damage().healing(word, kind)
            self._folder.remember(wanted.records)
            self._enforce(lock, wanted, on_event, wait)

    def calm(self, kind: str, target: str) -> None:
        """End one fault of a storm at its time: a machine that gets its power back is not waited for."""
        self.heal(target, kind, wait=False)

    def _damage(self) -> Damage:
        return Damage(self._folder.faults())

    @property
    def _scene(self) -> Scene:
        machines = {machine.name: machine for machine in self.machines}
        return Scene(self.name, self.site, self._wiring, machines, self._folder.keepsakes)

    def _machine(self, name: str) -> LabMachine:
        return next(machine for machine in self.machines if machine.name == name)

    def _power_down(self, broken: Damage) -> None:
        """Cut the power of those who shall have none: all their processes first, so that none sees the others go."""
        victims = [m for m in self.machines if m.name in broken.powerless | broken.losing_power and m.running]
        for machine in victims:
            machine.die()
        self._set_lines(broken)
        for machine in victims:
            self._power_off(machine)

    def _require_up(self) -> None:
        kernel.require_root()
        if not namespaces.path(self.ops_netns).exists():
            raise MedcloudError(f"the lab {self.name} is not up", f"medcloud lab up {self.site.name}")
        if intent := self._saves.intent:
            raise refused(
                f"{intent.verb} {intent.name} was interrupted", f"medcloud lab up {self.site.name} finishes it"
            )

    def _require_relays(self, now: Damage) -> None:
        """A fault of a line that nothing carries would be no fault."""
        lacking = [r.line.name for r in self.lines if not r.running and not set(r.line.machines) & now.powerless]
        if lacking:
            raise MedcloudError(f"no relay carries the line {lacking[0]}", f"medcloud lab up {self.site.name}")

    def _prepare_machines(self, lock: int, on_event: OnEvent) -> None:
        """Disks for machines without one; images only when a machine or the instances' image needs them."""
        new = [machine for machine in self.machines if machine.spec is None]
        if new or not self._folder.instance_image.exists():
            build = ImageBuild(self.name, self._cache, lock, self._environment, on_event)
            images, key = build.images(), self._keys.operator_public
            content = f"{images.instance.parent.name}-{digest(key)}"
            self._folder.publish_instance_image(images.instance, content, lambda image: admit(image, key))
            hosts = _hosts_file(self.machines)
            _parallel(lambda machine: machine.prepare(self._layers_of(machine, images), self._keys, hosts), new)
            self._cache.pin(self._folder.root, {layer for m in self.machines if m.spec for layer in m.spec.lowers})
        self._keys.trust(self._wiring.machines)

    def _layers_of(self, machine: LabMachine, images: Images) -> tuple[Path, ...]:
        """What a machine without a disk gets to stand on; a bench that needs something else overrides it. A backup
        server brings databases up again, so it has what their instances have."""
        return images.instance_layers if machine.machine.kind == "repository" else images.machine

    def _enforce(self, lock: int, wanted: Damage, on_event: OnEvent, wait: bool = True) -> None:
        """Make everything as declared, but for the faults wanted. Safe to repeat, whatever was there before."""
        begin = time.monotonic()
        namespaces.lay_switch(self.name, self._wiring)
        self._power_down(wanted)
        alive = [m for m in self.machines if m.name not in wanted.powerless]
        stopped = [machine for machine in alive if not machine.running]
        _parallel(self._plug, stopped)
        relays = [r for r in self.lines if not set(r.line.machines) & wanted.powerless]
        _parallel(lambda relay: relay.start(wanted.condition(self._scene, relay.line), lock), relays)
        _parallel(lambda pair: pair[0].unpark(pair[1]), [(r, m.name) for m in stopped for r in self._lines_of(m)])
        on_event(Event("cable", f"{len(self.lines)} lines", "done", time.monotonic() - begin))
        self._set_lines(wanted)
        _parallel(lambda machine: machine.boot(lock), stopped)
        self._settle(wanted, {machine.name for machine in alive})
        if wait:
            self._await_ssh([m for m in alive if not wanted.silences(m.machine)], begin, on_event)

    def _settle(self, wanted: Damage, alive: set[str]) -> None:
        """End what shall end and forget it, then do what holds; inside a machine only as long as that has power.

        What cannot be done stays written down; the first such error is raised when all others are done.
        """
        scene, errors = self._scene, []
        for record, fault in wanted.ending:
            if not fault.indoors or record.target in alive:
                try:
                    _act(fault.heal, scene, record.target)
                    wanted = wanted.without(record)
                except MedcloudError as error:
                    errors.append(error)
        self._folder.remember(wanted.records)
        for record, fault in wanted.active:
            if not fault.indoors or record.target in alive:
                try:
                    _act(fault.apply, scene, record.target)
                except MedcloudError as error:
                    errors.append(error)
        if errors:
            raise errors[0]

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

    def _set_lines(self, wanted: Damage) -> None:
        conditions = [(relay, wanted.condition(self._scene, relay.line)) for relay in self.lines]
        _parallel(lambda pair: pair[0].set(pair[1]), [pair for pair in conditions if pair[0].actual != pair[1]])

    def _await_ssh(self, machines: list[LabMachine], begin: float, on_event: OnEvent) -> None:
        patient_since, stop = time.monotonic(), threading.Event()

        def wait(machine: LabMachine) -> None:
            address = str(machine.machine.management.ip)
            with linux.in_network(namespaces.path(self.ops_netns)):
                while not builder.greets(address):
                    if stop.is_set() or time.monotonic() - patient_since > _SSH_PATIENCE:
                        console = machine.folder / "console.log"
                        raise MedcloudError(f"{machine.name} does not answer by SSH at {address}", f"read {console}")
                    time.sleep(0.1)
            on_event(Event("machine", machine.name, "ready", time.monotonic() - begin))

        _parallel(wait, machines, stop)


def _act(deed: Callable[[Scene, str], None], scene: Scene, target: str) -> None:
    """MedcloudError for what the machine's own state forbids, for example its full disk."""
    try:
        deed(scene, target)
    except OSError as error:
        raise MedcloudError(f"{target}: {error.strerror} ({error.filename})", "heal its other faults first") from error


def _parallel(
    task: Callable[[_T], _R], items: Iterable[_T], stop: threading.Event | None = None, workers: int = _WORKERS
) -> list[_R]:
    """What the task gives for every item, several at once; the first error is raised when all have ended."""
    with ThreadPoolExecutor(workers) as pool:
        try:
            return [future.result() for future in [pool.submit(task, item) for item in items]]
        except BaseException:
            if stop:
                stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _hosts_file(machines: Iterable[LabMachine]) -> str:
    lines = [f"{m.machine.management.ip} {m.name}" for m in machines]
    return "\n".join(["127.0.0.1 localhost", "::1 localhost ip6-localhost", *lines, ""])
