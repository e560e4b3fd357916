"""What a machine itself can tell after something failed: its log around the failure, services, routes, database, files.

One round trip a machine; every part is bounded in size on the machine already, and what it does not have stays out.
"""

from __future__ import annotations

from collections.abc import Mapping

from dr.doors import Shell
from inventory.error import MedcloudError
from inventory.machines import machines
from inventory.model import Site
from inventory.placement import machine_instances
from monitors.reading import Section, read_sections

_LINES, _BYTES, _PATIENCE = 800, 60_000, 15.0
_FILES = (
    "/etc/patroni/config.yml /etc/default/etcd /etc/medcloud/lease.json /etc/medcloud/lease.nft /etc/frr/frr.conf "
    "/etc/nftables.conf /etc/keepalived/keepalived.conf /etc/haproxy/haproxy.cfg /etc/orthanc/orthanc.json"
)
_DATABASE = (
    "for way in http https; do curl -sk --max-time 3 $way://127.0.0.1:8008/cluster && break; done; echo; "
    "runuser -u postgres -- psql -X -q -d postgres -c 'select pg_is_in_recovery(), now()' "
    "-c 'select pid, state, wait_event, left(query, 80) as query, now() - xact_start as busy from pg_stat_activity' "
    "-c 'select application_name, state, sync_state, sent_lsn, flush_lsn from pg_stat_replication' "
    "-c 'select status, sender_host, flushed_lsn from pg_stat_wal_receiver' || true"
)
_BGP = "-c 'show bgp summary' -c 'show bfd peers brief' -c 'show bgp ipv4 unicast' -c 'show vrrp summary'"
_PARTS = {
    "services": "systemctl list-units --type=service --state=active,failed,activating,deactivating --plain --no-legend",
    "failed": "systemctl list-units --state=failed --plain --no-legend",
    "metrics": "cat /proc/uptime /proc/loadavg; grep -E '^(Mem|Swap|Dirty)' /proc/meminfo; df -P; ss -s; "
    "ps -eo pid,stat,rss,pcpu,etimes,comm --sort=-rss | head -40",
    "addresses": "ip -br address",
    "routes": "ip route show table all",
    "filter": "if command -v nft >/dev/null; then nft list ruleset; fi",
    "routing": f"if command -v vtysh >/dev/null; then vtysh {_BGP}; fi",
    "database": f"if [ -e /etc/patroni/config.yml ]; then {_DATABASE}; fi",
    "files": f'for f in {_FILES}; do if [ -e "$f" ]; then echo "# $f"; cat "$f"; fi; done',
}


class Inside:
    """All machines of a site, bare ones and instances, by name."""

    def __init__(self, shell: Shell, site: Site) -> None:
        self._shell = shell
        self._addresses = {m.name: str(m.management.ip) for m in machines(site)}
        self._addresses |= {i.name: str(i.address) for i in machine_instances(site)}

    def look(self, name: str, seconds: int) -> Mapping[str, str]:
        """Part → what the machine said; its log of the last `seconds` by its own clock. A part that failed says so.

        MedcloudError when the machine is unknown or does not answer.
        """
        if name not in self._addresses:
            raise MedcloudError(f"no machine `{name}`")
        parts = {"log": f"journalctl --no-pager -q -o short-iso-precise --since=-{seconds}s -n {_LINES}", **_PARTS}
        commands = {part: _bounded(command) for part, command in parts.items()}
        found = read_sections(self._shell, self._addresses[name], commands, _PATIENCE)
        return {part: _said(found.get(part)) for part in parts}


def _bounded(command: str) -> str:
    """The end of what the command says, and its own exit status."""
    return f'out=$( {{ {command}; }} 2>&1 ); r=$?; printf %s "$out" | tail -c {_BYTES}; exit $r'


def _said(section: Section | None) -> str:
    if section is None:
        return "not readable: cut off"
    return section.text if section.exit == 0 else f"not readable: exit {section.exit}: {section.text[-500:]}"
