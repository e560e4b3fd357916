"""A light bench: the site's routers, one campus and its database, on bare machines without clouds.

Each centre's node stands on the instances' image and is the database's member there, with the addresses its instance
would have; everything on it is put there by our own playbooks. Boots in seconds, three databases in under a gigabyte.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

from cli.context import Settings, SiteContext, enter_network, open_site
from cli.phases import play
from inventory import addresses
from inventory.model import Site, Software
from inventory.placement import Instance, machine_instances
from lab.image import Images
from lab.keys import Keys
from lab.lab import Lab
from lab.machine import LabMachine
from monitors.ssh import Access, Ssh

NAME = "brain"
PLAYBOOKS = ("hosts-configure", "routers-configure", "databases-deploy")
_NETWORK = """[Unit]
Description=The addresses that the centre's instance would have
Before=network.target etcd.service patroni.service
DefaultDependencies=no
After=local-fs.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/sbin/ip address replace {address}/32 dev lo
ExecStart=/sbin/ip address replace {gateway}/24 dev eth2
ExecStart=/sbin/ip link set eth2 up
ExecStart=/sbin/ip route replace default via {router} src {address}

[Install]
WantedBy=multi-user.target
"""


def light_site(site: Site, backups: bool = False) -> Site:
    """The site with one campus of one edge, and its database as its only real machines; with its backups if wanted."""
    assert site.lab is not None
    database = next(s.name for s in site.systems if s.software is Software.POSTGRESQL and s.name in site.lab.machines)
    campus = site.lab.campuses[0]
    members = {instance.centre for instance in machine_instances(site) if instance.system.name == database}
    profile = site.lab.model_copy(
        update={
            "campuses": (campus,),
            "centres": tuple(centre for centre in site.lab.centres if centre in members),
            "machines": {database: site.lab.machines[database]},
            "repositories": backups,
        }
    )
    campuses = tuple(c.model_copy(update={"edges": 1, "access_switches": 0}) if c.name == campus else c
                     for c in site.campuses)  # fmt: skip
    return site.model_copy(update={"lab": profile, "campuses": campuses})


@dataclasses.dataclass(frozen=True)
class Seat(LabMachine):
    """A node that is a database member: its disk holds the addresses of the instance, as a unit `network`."""

    network: str

    def _furnish(self, upper: Path, keys: Keys, hosts: str) -> None:
        super()._furnish(upper, keys, hosts)
        units = upper / "etc/systemd/system"
        (units / "multi-user.target.wants").mkdir(parents=True)
        (units / "systemd-networkd.service").symlink_to("/dev/null")
        (units / "bench-network.service").write_text(self.network)
        (units / "multi-user.target.wants/bench-network.service").symlink_to("../bench-network.service")


class LightLab(Lab):
    """The lab of a light site."""

    def __init__(
        self, site: Site, name: str, state_dir: Path, cache_dir: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(site, name, state_dir, cache_dir, environment)
        self.machines = tuple(
            Seat(m.lab, m.machine, m.folder, _network(site, m.machine.place)) if m.machine.kind == "node" else m
            for m in self.machines
        )

    def _layers_of(self, machine: LabMachine, images: Images) -> tuple[Path, ...]:
        return images.instance_layers if isinstance(machine, Seat) else super()._layers_of(machine, images)


def seats(site: Site) -> dict[str, Instance]:
    """The database's members by centre."""
    return {instance.centre: instance for instance in machine_instances(site)}


def node(centre: str) -> str:
    """The machine that carries the centre's member."""
    return f"{centre}-node-1"


@dataclasses.dataclass
class Bench:
    """A light lab with everything deployed on it."""

    context: SiteContext
    lab: LightLab

    @classmethod
    def open(cls, state: Path, cache: Path, name: str = NAME, backups: bool = False) -> Bench:
        """The bench of that name; nothing runs yet unless it was deployed before."""
        context = open_site(Settings(state, cache, name, "light-bench"), "xiamen")
        context = dataclasses.replace(context, site=light_site(context.site, backups))
        return cls(context, LightLab(context.site, name, context.state, cache))

    def deploy(self, say: Callable[[str], None]) -> None:
        """Bring the machines up, let them know each other and run our playbooks; what is done already is quick."""
        self.lab.up()
        self._trust()
        self.join()
        self._await_boot()
        for playbook in PLAYBOOKS:
            say(f"playbook {playbook}")
            play(self.context, playbook, lambda text: None, limit="all:!nodes")

    def join(self) -> None:
        """Let this thread speak from the operators' network."""
        with open(f"/run/netns/{self.lab.ops_netns}") as handle:
            enter_network(handle.fileno())

    def _await_boot(self) -> None:
        """A machine greets before it lets anybody in: Ansible would be asked for a password and give up."""
        with Ssh(Access(self.context.key_file, self.context.known_hosts)) as shell:
            for machine in self.lab.machines:
                shell.run(str(machine.machine.management.ip), "systemctl is-system-running --wait", timeout=90)

    def _trust(self) -> None:
        path = self.context.known_hosts
        lines = path.read_text().splitlines()
        keys = {line.split(" ", 1)[0].split(",")[-1]: line.split(" ", 1)[1] for line in lines if "," in line}
        ours = {str(seat.address): keys[node(centre)] for centre, seat in seats(self.context.site).items()}
        kept = [line for line in lines if line.split(" ", 1)[0] not in ours]
        path.write_text("\n".join([*kept, *(f"{address} {key}" for address, key in ours.items())]) + "\n")


def _network(site: Site, centre: str) -> str:
    place = site.centre(centre)
    return _NETWORK.format(
        address=seats(site)[centre].address,
        gateway=addresses.cloud_gateway(place),
        router=addresses.lan_gateway(place).ip,
    )
