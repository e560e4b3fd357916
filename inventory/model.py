"""The site model: what a hospital's hybrid cloud should be, declared once, frozen, used everywhere.

Sizes are decimal gigabytes (GB) and vCPUs, bandwidth Mbit/s, delays milliseconds, durations ISO 8601 (`PT15M`).
Objects refer to each other by name; `inventory.check` proves that every reference, address and size holds.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Protocol, TypeVar

from pydantic import Field, StringConstraints

from inventory.baseline import Baseline
from inventory.part import Name as Name
from inventory.part import Part as Part
from inventory.part import Text as Text
from inventory.recovery import Recovery


class CentreRole(StrEnum):
    PRODUCTION = "production"
    SAME_CITY_DR = "same-city-dr"
    REMOTE_DR = "remote-dr"
    ANALYTICS = "analytics"
    PUBLIC_CLOUD = "public-cloud"


class CampusKind(StrEnum):
    HOSPITAL = "hospital"
    CLINIC = "clinic"
    FRONT_END = "front-end"  # 前置机 site


class Tier(StrEnum):
    """Administrative tier (省、市、县、乡、村)."""

    NATIONAL = "national"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWNSHIP = "township"
    VILLAGE = "village"


class Workload(StrEnum):
    """What kind of machine a system's instances are."""

    VIRTUAL = "virtual"  # an instance of the private cloud, counted in its vCPU, memory and storage
    DATABASE_SERVER = "database-server"  # 数据库服务器, a dedicated server
    BIG_DATA_SERVER = "big-data-server"  # 大数据中心服务器, a dedicated server


class Software(StrEnum):
    """What our own roles install on a system's instances; `vendor` means the hospital's supplier does."""

    VENDOR = "vendor"
    POSTGRESQL = "postgresql"
    ORTHANC = "orthanc"


class CopyMode(StrEnum):
    SYNC = "sync"  # commit waits for it: RPO 0
    ASYNC = "async"
    STANDBY = "standby"  # instances placed and cold, data by another protection


class Carrier(Part):
    name: Name
    title: Text


class HostGroup(Part):
    """Physical hosts of one kind in a centre."""

    name: Name
    count: int = Field(ge=1)
    sockets: int = Field(ge=1)
    cores_per_socket: int = Field(ge=1)
    threads_per_core: int = Field(default=2, ge=1)
    memory_gb: int = Field(ge=1)
    workload: Workload = Workload.VIRTUAL

    @property
    def vcpus(self) -> int:
        """Hardware threads of one host."""
        return self.sockets * self.cores_per_socket * self.threads_per_core


class StoragePool(Part):
    name: Name
    tier: Name  # storage tier that systems name: ssd, hdd, archive
    usable_gb: int = Field(ge=1)


class Centre(Part):
    """A data centre. `spare_hosts` is the N+x rule: so many hosts may fail and everything still runs."""

    name: Name
    title: Text
    role: CentreRole
    city: str
    cloud: Name  # clouds.yaml name
    index: int = Field(ge=1, le=60)  # numbers its addresses, never reused
    asn: int = Field(ge=64512, le=65534)
    failure_domains: tuple[Name, ...] = ("rack-1",)
    tier: Tier | None = None  # administrative tier whose platform it is (省、市、县平台)
    hosts: tuple[HostGroup, ...] = ()  # none: rented, as in a public cloud
    pools: tuple[StoragePool, ...] = ()
    spare_hosts: int = Field(default=1, ge=0)
    cpu_overcommit: float = Field(default=1.0, ge=1.0, le=8.0)


class Campus(Part):
    name: Name
    title: Text
    kind: CampusKind = CampusKind.HOSPITAL
    tier: Tier = Tier.CITY
    city: str
    index: int = Field(ge=61, le=200)
    asn: int = Field(ge=64512, le=65534)
    beds: int | None = Field(default=None, ge=0)
    lan: IPv4Network
    edges: int = Field(default=1, ge=1, le=2)  # edge routers; the carriers are spread over them
    access_switches: int = Field(default=0, ge=0, le=4)  # each with its part of the LAN; none: wards on the edges' LAN


class Bfd(Part):
    """RFC 5880 timers: a line is dead after `interval_ms` × `multiplier`."""

    interval_ms: int = Field(default=100, ge=10, le=60000)
    multiplier: int = Field(default=3, ge=2, le=50)


class QosClass(Part):
    name: Name
    dscp: int = Field(ge=0, le=63)
    guaranteed_percent: int = Field(ge=1, le=100)


class Link(Part):
    """A carrier line between two places (centre or campus). Lines that share the conduit `path` fail together."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=15)]
    a: Name
    b: Name
    carrier: Name
    path: Name
    bandwidth_mbit: int = Field(ge=1)
    delay_ms: float = Field(ge=0, le=2000)
    jitter_ms: float = Field(default=0, ge=0, le=500)
    loss_percent: float = Field(default=0, ge=0, le=100)
    bfd: Bfd = Bfd()
    qos: tuple[QosClass, ...] = ()
    cost_per_month: int | None = Field(default=None, ge=0)  # CNY


class Flow(Part):
    """An allowed flow; everything else between zones is refused."""

    source: Name  # zone or campus
    target: Name  # zone
    protocol: str = Field(default="tcp", pattern="^(tcp|udp|icmp)$")
    ports: tuple[int, ...] = ()
    why: str


class Zone(Part):
    """A security zone (安全区域) with one network per centre."""

    name: Name
    title: Text
    networks: dict[Name, IPv4Network]  # centre -> CIDR
    isolated: bool = False  # 独立专区


class Tolerance(Part):
    """How long care bears without the system."""

    outpatient: timedelta
    inpatient: timedelta


class Service(Part):
    """An address that moves between centres with its system."""

    address_index: int = Field(ge=1, le=250)
    ports: tuple[int, ...]


class System(Part):
    """A clinical or management system. Sizes are per instance; totals are size × replicas."""

    name: Name
    title: Text
    centre: Name
    zone: Name
    replicas: int = Field(default=1, ge=1)
    workload: Workload = Workload.VIRTUAL
    software: Software = Software.VENDOR
    vcpus: int = Field(ge=1)
    memory_gb: int = Field(ge=1)
    storage_gb: int = Field(ge=0)
    storage_tier: Name = "ssd"
    depends_on: tuple[Name, ...] = ()
    data_class: int = Field(ge=1, le=5)  # GB/T 39725-2020 grade
    tolerance: Tolerance | None = None
    rto: timedelta
    rpo: timedelta
    service: Service | None = None


class Copy(Part):
    centre: Name
    mode: CopyMode
    replicas: int = Field(default=1, ge=1)


class Backup(Part):
    """Off-site backup: to which centre and tier, how often, how long it is kept, how often a restore is proved.

    A whole one comes every `full_every`, between them only what changed since. A database's log is shipped all the
    time, what is not full yet at the latest after `log_every`: no restore ends further in the past than that.
    """

    centre: Name
    storage_tier: Name = "archive"
    every: timedelta
    full_every: timedelta = timedelta(days=7)
    log_every: timedelta = timedelta(minutes=5)
    keep: timedelta
    restore_test_every: timedelta


class Protection(Part):
    """How systems are replicated and backed up; `order` is when they move (lower first)."""

    systems: tuple[Name, ...]
    copies: tuple[Copy, ...] = ()
    backup: Backup | None = None
    order: int = Field(ge=0)


class MachineSize(Part):
    """Limits of a real machine in the lab; what the cloud counts stays the declared size."""

    memory_mb: int = Field(ge=64)


class LabProfile(Part):
    """What a rehearsal lab runs: these centres and campuses; these systems as real machines, all others are counted
    on Nova's fake driver. `repositories`: whether databases' backup servers stand there too."""

    centres: tuple[Name, ...]
    campuses: tuple[Name, ...]
    machines: dict[Name, MachineSize]
    repositories: bool = False


class Site(Part):
    """A hospital's whole site."""

    name: Name
    title: Text
    source: str
    carriers: tuple[Carrier, ...]
    centres: tuple[Centre, ...]
    campuses: tuple[Campus, ...]
    links: tuple[Link, ...]
    zones: tuple[Zone, ...]
    flows: tuple[Flow, ...]
    systems: tuple[System, ...]
    protection: tuple[Protection, ...]
    baseline: Baseline
    recovery: Recovery = Recovery()
    lab: LabProfile | None = None

    def centre(self, name: str) -> Centre:
        """The centre of that name; KeyError when there is none."""
        return _named(self.centres, name)

    def campus(self, name: str) -> Campus:
        return _named(self.campuses, name)

    def system(self, name: str) -> System:
        return _named(self.systems, name)

    def zone(self, name: str) -> Zone:
        return _named(self.zones, name)

    def centre_of_role(self, role: CentreRole) -> Centre:
        """The first centre with that role; KeyError when the site has none."""
        for centre in self.centres:
            if centre.role == role:
                return centre
        raise KeyError(role)

    def protection_of(self, system: str) -> Protection | None:
        """How that system is protected, or None."""
        return next((p for p in self.protection if system in p.systems), None)


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_N = TypeVar("_N", bound=_Named)


def _named(items: tuple[_N, ...], name: str) -> _N:
    for item in items:
        if item.name == name:
            return item
    raise KeyError(name)
