"""The Pulumi program of one centre: what its cloud should hold, computed from the site model."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import pulumi

from inventory import addresses
from inventory.error import MedcloudError
from inventory.model import Campus, Centre, Flow, Site, Zone
from inventory.placement import Instance, Runs, instances, is_dedicated
from inventory.repository import PORT, Repository, repositories
from stacks.clouds import CloudAccess
from stacks.components.access import Access, AccessConfig, ImageConfig
from stacks.components.gateway import Gateway, GatewayConfig
from stacks.components.sizes import Sizes
from stacks.components.system import Place, ServerConfig, System, SystemConfig, split
from stacks.components.tenancy import Tenancy, TenancyConfig
from stacks.components.zone_network import Rule, ZoneNetwork, ZoneNetworkConfig
from stacks.size import Size

SSH = 22


@dataclass(frozen=True)
class MachineImage:
    """The image of servers that boot; `content` is a hash of what the file holds."""

    path: Path
    content: str
    hypervisor: str = "lxc"


@dataclass(frozen=True)
class CentreInputs:
    """What a centre's stack needs beside the model. `image` may be missing where nothing boots."""

    public_key: str
    image: MachineImage | None = None


def build(site: Site, centre: Centre, inputs: CentreInputs, access: CloudAccess) -> None:
    """Declare every resource of the centre. Runs inside of Pulumi."""
    options = pulumi.ResourceOptions(provider=_provider(site, access))
    placed = instances(site, centre.name)
    tenancy = Tenancy(tenancy_config(site, centre), options)
    entry = Access(access_config(site, centre, inputs), tenancy.project_id, options)
    sizes = Sizes(distinct_sizes(site, placed), options)
    inside = pulumi.ResourceOptions(provider=options.provider, depends_on=[tenancy.quota])
    zones = {
        zone.name: ZoneNetwork(zone_config(site, centre, zone), tenancy.project_id, inside)
        for zone in site.zones
        if centre.name in zone.networks
    }
    gateway = Gateway(
        GatewayConfig(name=centre.name, address=str(addresses.cloud_gateway(centre))),
        tenancy.project_id,
        [zone.subnet.id for zone in zones.values()],
        options,
    )
    for config in system_configs(site, placed):
        zone = zones[config.zone]
        System(
            config,
            Place(
                tenancy.project_id,
                zone.network.id,
                zone.subnet.id,
                zone.security_group.id,
                site.name,
                entry.images,
                [tenancy.quota, entry.keypair, *sizes.flavors.values()],
                gateway.router,
            ),
            options,
        )
    pulumi.export("project_id", tenancy.project_id)
    pulumi.export("machines", [item.name for item in placed if item.runs is Runs.MACHINE])
    pulumi.export("counted", [item.name for item in placed if item.runs is Runs.COUNTED])


def _provider(site: Site, access: CloudAccess) -> pulumi.ProviderResource:
    return pulumi.ProviderResource(
        "medcloud",
        "cloud",
        {
            "auth_url": access.auth_url,
            "username": access.username,
            "project": access.project,
            "region": access.region,
            "owner": site.name,
            "password": pulumi.Output.secret(access.password),
        },
    )


def tenancy_config(site: Site, centre: Centre) -> TenancyConfig:
    """The project's quota: what the model places in the centre, with room for calls that broke off: a cloud keeps their
    reservations for a day, and an exact quota would then refuse the next apply."""
    placed = instances(site, centre.name)
    volumes = [size for item in placed if not is_dedicated(item.system) for size in split(item.storage_gb)]
    return TenancyConfig(
        project=site.name,
        instances=_roomy(len(placed)),
        cores=_roomy(sum(item.vcpus for item in placed)),
        ram_mb=_roomy(sum(size_of(site, item).ram_mb for item in placed)),
        volumes=_roomy(len(volumes)),
        volume_gb=_roomy(sum(volumes)),
        zones=sum(1 for zone in site.zones if centre.name in zone.networks),
    )


def _roomy(count: int) -> int:
    """A tenth more, at least two."""
    return count + max(2, -(-count // 10))


def access_config(site: Site, centre: Centre, inputs: CentreInputs) -> AccessConfig:
    """Only the images that some server of the centre needs. Raises MedcloudError when one of them is not there."""
    images, placed = {}, instances(site, centre.name)
    if any(item.runs is Runs.COUNTED for item in placed):
        images["counted"] = ImageConfig(name="counted", hypervisor="fake")
    machines = [item.name for item in placed if item.runs is Runs.MACHINE]
    if machines and (inputs.image is None or not inputs.image.path.exists()):
        raise MedcloudError(
            f"{machines[0]} is to run as a machine and there is no image that it could boot",
            "bring the lab up (`medcloud lab up`), it builds the image",
        )
    if machines and inputs.image:
        images["machine"] = ImageConfig(
            name="machine",
            hypervisor=inputs.image.hypervisor,
            content=inputs.image.content,
            path=str(inputs.image.path),
        )
    return AccessConfig(site=site.name, public_key=inputs.public_key, images=images)


def size_of(site: Site, item: Instance) -> Size:
    """The declared size; of a real machine in a lab also what it really takes there."""
    real = site.lab.machines.get(item.system.name) if site.lab and item.runs is Runs.MACHINE else None
    return Size(vcpus=item.vcpus, memory_gb=item.memory_gb, runs_in_mb=real.memory_mb if real else None)


def distinct_sizes(site: Site, placed: tuple[Instance, ...]) -> list[Size]:
    """Each size once, the small ones first."""
    found = {size_of(site, item) for item in placed}
    return sorted(found, key=lambda size: (size.vcpus, size.memory_gb, size.name))


def zone_config(site: Site, centre: Centre, zone: Zone) -> ZoneNetworkConfig:
    """The zone's network in that centre; DHCP keeps to .200-.250."""
    net = zone.networks[centre.name]
    return ZoneNetworkConfig(
        name=zone.name,
        cidr=str(net),
        gateway=str(net[1]),
        pool=(str(net[200]), str(net[250])),
        rules=zone_rules(site, zone),
    )


def zone_rules(site: Site, zone: Zone) -> tuple[Rule, ...]:
    """What may enter the zone: the declared flows, the centres' service gateways to the same ports, the operators.

    A service gateway forwards to the servers from its own address on the provider network, so it needs what the flows
    into the zone need; operators reach every zone by SSH and ping.
    """
    flows = [flow for flow in site.flows if flow.target == zone.name]
    rules = {rule for flow in flows for source in _sources(site, flow) for rule in _flow_rules(flow, source)}
    gateways = [f"{addresses.lan_gateway(centre).ip}/32" for centre in site.centres]
    rules |= {rule for flow in flows for source in gateways for rule in _flow_rules(flow, source)}
    rules |= {Rule(protocol="tcp", source=f"{found.address}/32", port=PORT) for found in _repositories(site, zone)}
    for operators in [str(addresses.management(item)) for item in _places(site)]:
        rules |= {Rule(protocol="tcp", source=operators, port=SSH), Rule(protocol="icmp", source=operators)}
    return tuple(sorted(rules, key=lambda rule: (rule.protocol, rule.source, rule.port or 0)))


def _repositories(site: Site, zone: Zone) -> list[Repository]:
    """The backup servers that read databases of this zone."""
    return [found for found in repositories(site) if any(system.zone == zone.name for system in found.systems)]


def _places(site: Site) -> list[Centre | Campus]:
    return [*site.centres, *site.campuses]


def _flow_rules(flow: Flow, source: str) -> list[Rule]:
    ports: tuple[int | None, ...] = flow.ports or (None,)
    return [Rule(protocol=flow.protocol, source=source, port=port) for port in ports]


def _sources(site: Site, flow: Flow) -> list[str]:
    """The source's networks: a campus LAN, or the zone's networks in every centre (a system may have moved)."""
    campus: Campus | None = next((item for item in site.campuses if item.name == flow.source), None)
    return [str(campus.lan)] if campus else [str(net) for net in site.zone(flow.source).networks.values()]


def system_configs(site: Site, placed: tuple[Instance, ...]) -> list[SystemConfig]:
    """One config per system that has instances in the centre, in the model's order."""
    groups = [list(items) for _, items in groupby(placed, key=lambda item: item.system.name)]
    return [
        SystemConfig(
            name=items[0].system.name,
            zone=items[0].zone,
            data_class=items[0].system.data_class,
            public=not site.zone(items[0].zone).isolated,
            servers=tuple(_server_config(site, item) for item in items),
        )
        for items in groups
    ]


def _server_config(site: Site, item: Instance) -> ServerConfig:
    dedicated = is_dedicated(item.system) or not item.storage_gb
    return ServerConfig(
        name=item.name,
        address=str(item.address),
        size=size_of(site, item),
        runs=item.runs.value,
        storage_gb=item.storage_gb,
        storage_tier=None if dedicated else item.storage_tier,
        role=item.copy.value if item.copy else "primary",
    )
