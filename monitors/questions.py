"""What audits ask of a host, a router, a cloud node and a database: shell commands that only read, by section.

No secret leaves a host: password hashes are reduced to their kind on the spot, configuration is read by named keys. A
tool that is not installed is a fact, not a failure: it prints `absent: <tool>`.
"""

from __future__ import annotations

_PLAIN = r"grep -hEv '^[[:space:]]*(#|;|$)'"
_SHADOW = (
    r"""awk -F: '{ h = $2; k = "set"; if (h == "") k = "empty"; else if (h ~ /^[!*]/) k = "locked"; """
    r"""a = "-"; if (k == "set" && split(h, p, "$") > 2) a = p[2]; """
    r"""print $1 ":" k ":" a ":" $3 ":" $4 ":" $5 ":" $6 ":" $7 ":" $8 }' /etc/shadow"""
)
# By name, so that no password in these files can come along.
_OPENSTACK_KEYS = (
    "lockout_[a-z_]+|password_(regex|expires_days)|unique_last_password_count|volume_clear|verify_glance_signatures|"
    "enforce_secure_rbac|live_migration_with_native_tls|my_ip|enabled_filters|ram_allocation_ratio|"
    "cpu_allocation_ratio|enabled_backends|notify_on_state_change|driver|mechanism_drivers|audit_map_file|"
    "instance_usage_audit|scheduled_domain_filter|auth_strategy|keep_alive|api_insecure"
)
_KERNEL = (
    "kernel.randomize_va_space kernel.kptr_restrict kernel.dmesg_restrict fs.suid_dumpable fs.protected_symlinks "
    "fs.protected_hardlinks net.ipv4.tcp_syncookies net.ipv4.conf.all.accept_redirects "
    "net.ipv4.conf.all.accept_source_route net.ipv4.conf.all.send_redirects"
)
# The standard test file of anti-malware products, in two halves so that no scanner takes this file for it.
_EICAR = (r"X5O!P%@AP[4\\PZX54(P^)7CC)7}", r"$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*")
# What takes records, who owns them, from whom the last ones came (time of their file), whether the kernel keeps them.
_LOG_SERVER = (
    f"files='/etc/rsyslog.conf /etc/rsyslog.d /etc/medcloud/log-server.conf'; {_PLAIN} -r $files 2>/dev/null | "
    "grep -iE 'load.*(imtcp|imrelp|imptcp)' || { echo 'absent: log server'; exit 0; }; cd /var/log/central || exit 0; "
    "stat -c 'folder %a %U:%G' .; "
    "grep -ohE '[0-9]+ days ago' /usr/local/sbin/medcloud-log-seal | sed 's/^/removed after /'; "
    "for d in */; do n=$(ls -t $d | grep -m1 -E '[.]log([.]gz)?$'); "
    '[ -z "$n" ] || echo received ${d%/} $(stat -c %Y $d$n); done; ls -d */*.log */*.log.gz 2>/dev/null | '
    "sed 's/.*[/]//' | sort | sed -n '1s/^/oldest /p'; "
    'lsattr */*.log */*.log.gz 2>/dev/null | awk \'{ print ($1 ~ /[ai]/ ? "kept" : "loose"), $2 }\' | '
    "sort | awk '{ n[$1]++; last[$1] = $2 } END { for (k in n) print k, n[k], last[k] }'"
)
_AUDIT_RULES = "grep -rhEv '^[[:space:]]*(#|$)' /etc/audit/rules.d/ || echo absent: rules"


def _if_present(tool: str, command: str) -> str:
    return f"if command -v {tool} >/dev/null; then {command}; true; else echo 'absent: {tool}'; fi"


def _asked(address: str, unit: str) -> str:
    """A local HTTP answer of a service, where that service is installed."""
    at = f"/lib/systemd/system/{unit}.service"
    return f"if [ -e {at} ]; then curl -sf -m 5 '{address}'; else echo 'absent: {unit}'; fi"


HOST = {
    "identity": "hostname; uname -sr; cat /etc/os-release; systemd-detect-virt || true",
    "accounts": "getent passwd",
    "shadow": _SHADOW,
    "groups": "getent group | grep -E '^(root|sudo|wheel|adm|docker|lxd):'",
    "login_defs": f"{_PLAIN} /etc/login.defs",
    "pwquality": f"cat /etc/security/pwquality.conf /etc/security/pwquality.conf.d/*.conf | {_PLAIN} || true",
    "pam_password": f"{_PLAIN} /etc/pam.d/common-password",
    "pam_auth": f"{_PLAIN} /etc/pam.d/common-auth; {_PLAIN} /etc/security/faillock.conf || true",
    "sshd": "sshd -T",
    "ssh_access": "sshd -T | grep -E '^(port|listenaddress|allowusers|allowgroups) '; "
    "nft list ruleset | grep -E 'hook input|dport' || true",
    "shell_timeout": "grep -rHE 'TMOUT' /etc/profile /etc/profile.d /etc/bash.bashrc || echo absent: TMOUT",
    "sudoers": f"{_PLAIN} -r /etc/sudoers /etc/sudoers.d || echo absent: sudo",
    # systemd on a busy host may think about all its files for longer than the bus's usual 25 s.
    "units": "SYSTEMD_BUS_TIMEOUT=75 "
    "systemctl list-unit-files --type=service,socket --state=enabled --no-legend --no-pager --plain",
    "listening": "ss -Hltnup",
    "journald": f"systemd-analyze cat-config systemd/journald.conf | {_PLAIN}; systemctl is-active systemd-journald",
    "rsyslog": _if_present("rsyslogd", f"{_PLAIN} -r /etc/rsyslog.conf /etc/rsyslog.d; systemctl is-active rsyslog"),
    "logrotate": f"{_PLAIN} -r /etc/logrotate.conf /etc/logrotate.d || true",
    "auditd": _if_present("auditctl", "systemctl is-active auditd; auditctl -s 2>&1; auditctl -l 2>&1"),
    "audit_rules": _AUDIT_RULES,
    "audit_conf": f"{_PLAIN} /etc/audit/auditd.conf || echo absent: auditd.conf",
    "audit_unit": "systemctl show auditd -p RefuseManualStop -p Restart -p LoadState",
    "time": _if_present("chronyc", "systemctl is-active chrony; chronyc -c tracking; chronyc -c sources"),
    "log_files": "stat -c '%a %U:%G %n' /var/log/audit /var/log/audit/audit.log /var/log/auth.log /var/log/syslog "
    "/var/log/journal || true",
    "log_sample": "tail -n 3 /var/log/auth.log || journalctl -t sshd -n 3 -o short-iso --no-pager || true",
    "key_files": "stat -c '%a %U:%G %n' /etc/passwd /etc/shadow /etc/group /etc/ssh/sshd_config",
    "lsm": "cat /sys/kernel/security/lsm || echo absent: lsm",
    "trust": "ls -d /sys/firmware/efi/efivars /dev/tpm0 /sys/kernel/security/ima || echo absent: root of trust",
    "malware": _if_present("clamd", "systemctl is-active clamav-daemon; stat -c %Y:%n /var/lib/clamav/*"),
    "malware_test": _if_present(
        "clamdscan", f"printf '%s%s' '{_EICAR[0]}' '{_EICAR[1]}' | clamdscan --no-summary - 2>&1"
    ),
    "integrity": _if_present(
        "aide", "systemctl list-timers --all --no-legend --no-pager | grep -i aide; stat -c %Y:%n /var/lib/aide/*.db*"
    ),
    "intrusion": "for u in wazuh-agent.service falco.service ossec.service aide-check.timer dailyaidecheck.timer; do "
    "[ -e /lib/systemd/system/$u ] || [ -e /etc/systemd/system/$u ] && echo $u $(systemctl is-active $u); "
    "done | grep . || echo absent: host IDS",
    "ids": _if_present(
        "suricata",
        "systemctl is-active suricata; stat -c '%Y:%n' /var/lib/suricata/rules/*.rules; "
        'grep -h \'"event_type":"alert"\' /var/log/suricata/eve.json | tail -n 3',
    ),
    "ids_engine": _if_present(
        "suricata", "suricata --dump-config | grep -E '^(app-layer.protocols|outputs|af-packet)'"
    ),
    "packages": "dpkg-query -W -f '${Package} ${Version}\\n'",
    "updates": "if ls /var/lib/apt/lists/*Packages* >/dev/null 2>&1; then "
    "echo lists $(stat -c %Y /var/lib/apt/lists/*Packages* | sort -n | tail -1); "
    "apt-get -s -qq -o Debug::NoLocking=true upgrade | grep ^Inst | head -40; "
    "ls /run/reboot-required 2>/dev/null || true; "
    "else echo 'absent: package lists'; fi",
    "unattended": "cat /etc/apt/apt.conf.d/20auto-upgrades || echo absent: automatic updates",
    "service_users": "ss -Hltunp | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -u | "
    "xargs -r -n1 ps -o user:32=,comm= -p | sort -u",
    "kernel": f"sysctl {_KERNEL} 2>/dev/null || true",
    "residual": "tail -n +2 /proc/swaps; sysctl fs.suid_dumpable; "
    "systemd-analyze cat-config systemd/coredump.conf 2>/dev/null | grep -E '^Storage' || true",
    "load": "echo cpus $(nproc); echo loadavg $(cat /proc/loadavg); grep -E '^Mem(Total|Available)' /proc/meminfo; "
    "if [ -e /proc/sys/net/netfilter/nf_conntrack_count ]; then echo conntrack "
    "$(cat /proc/sys/net/netfilter/nf_conntrack_count /proc/sys/net/netfilter/nf_conntrack_max); fi; "
    "ls /var/log/sysstat 2>/dev/null | tail -n 1 || true",
    "recording": "command -v tlog-rec-session; grep -rhE 'pam_tty_audit|pam_tlog' /etc/pam.d; "
    f"{_PLAIN} -r /etc/sudoers /etc/sudoers.d 2>/dev/null | grep -E 'log_(input|output|subcmds)|logfile|iolog'; "
    "ls -d /var/log/medcloud-sessions /var/log/sudo-io 2>/dev/null; true",
    "login_sources": "grep -hE 'Accepted [a-z/-]+ for' /var/log/auth.log | sed -E "
    "'s/.*Accepted ([a-z\\/-]+) for ([^ ]+) from ([^ ]+) .*/\\1 \\2 \\3/' | sort | uniq -c | sort -rn | "
    "head -n 20; true",
    "managed": "grep -rlE 'Ansible managed' /etc --include='*.conf' --include='*.rules' | head -n 20; true",
    "sensors": _if_present("ipmitool", "ipmitool sdr elist full; ipmitool sdr type 'Power Supply'"),
    "ups": _if_present(
        "upsc", "for u in $(upsc -l); do echo ups $u; upsc $u | grep -E '^(battery.runtime|ups.status)'; done"
    ),
    "log_server": _LOG_SERVER,
    "prometheus_targets": _asked("http://127.0.0.1:9090/api/v1/targets?state=active", "prometheus"),
    "prometheus_rules": _asked("http://127.0.0.1:9090/api/v1/rules?type=alert", "prometheus"),
    "prometheus_alarms": _asked("http://127.0.0.1:9090/api/v1/alertmanagers", "prometheus"),
    "wireless": "ls -d /sys/class/net/*/wireless || echo absent: wireless",
    "links": "ip -br addr; ip -4 route show",
}
ROUTER = {
    "nftables": "nft list ruleset",
    "bgp": "vtysh -c 'show bgp summary json'",
    "bfd": "vtysh -c 'show bfd peers json'",
    "frr": "vtysh -c 'show running-config' | sed -E 's/(password|secret) .*/\\1 ***/'",
    "interfaces": "ip -br addr",
    "counters": "ip -s -j link",
    "queues": "tc -s qdisc",
    "addresses_known": "ip -4 neigh show; sysctl net.ipv4.conf.all.arp_filter net.ipv4.conf.all.rp_filter",
}
CLOUD_NODE = {
    "openstack_conf": f"grep -HE '^\\[|^[[:space:]]*({_OPENSTACK_KEYS})[[:space:]]*=' "
    "/etc/keystone/keystone.conf /etc/nova/nova.conf /etc/nova/nova-control.conf /etc/cinder/cinder.conf "
    "/etc/glance/glance-api.conf /etc/neutron/neutron.conf"
    " /etc/neutron/plugins/ml2/ml2_conf.ini /etc/neutron/ml2.ini 2>/dev/null || echo absent: openstack",
    "api_listening": "ss -Hltn",
    "api_pipeline": "grep -HE 'audit' /etc/nova/api-paste.ini /etc/neutron/api-paste.ini /etc/cinder/api-paste.ini "
    "2>/dev/null || echo absent: audit filter",
    "policies": "grep -HEv '^[[:space:]]*(#|$)' /etc/nova/policy.yaml /etc/neutron/policy.yaml "
    "/etc/keystone/policy.yaml /etc/cinder/policy.yaml /etc/glance/policy.yaml 2>/dev/null "
    "|| echo absent: policy override",
    "libvirt": "grep -hE '^(listen_tls|listen_tcp|tls_no_verify_certificate|security_driver|auth_tls|auth_tcp)' "
    "/etc/libvirt/libvirtd.conf /etc/libvirt/qemu.conf /etc/libvirt/lxc.conf 2>/dev/null; "
    "echo ksm=$(cat /sys/kernel/mm/ksm/run 2>/dev/null || echo absent); "
    "ss -Hltn 'sport = :16509' | sed 's/^/clear text: /'",
    "flow_export": _if_present(
        "ovs-vsctl",
        "for t in sFlow IPFIX NetFlow Mirror; do echo $t $(ovs-vsctl --bare --columns=_uuid list $t | grep -c .); done",
    ),
    "ceph": _if_present("ceph", "ceph -s -f json; echo; ceph osd pool ls detail -f json"),
}
PACS = {
    "orthanc": "grep -hoE '\"(AuthenticationEnabled|SslEnabled|SslVerifyPeers|DicomTlsEnabled|DicomCheckCalledAet|"
    "DicomAlwaysAllow[A-Za-z]+|HttpPort|DicomPort|OverwriteInstances)\" *: *[a-z0-9]+' /etc/orthanc/*.json "
    "|| echo absent: orthanc",
}


def _sql(query: str) -> str:
    return f'runuser -u postgres -- psql -XAtq -F "|" -d postgres -c "{query}"'


DATABASE = {
    "settings": _sql(
        "select name || '=' || setting from pg_settings where name = any(string_to_array('password_encryption,ssl,"
        "ssl_min_protocol_version,listen_addresses,log_connections,log_disconnections,log_statement,log_line_prefix,"
        "logging_collector,log_destination,data_checksums,wal_level,archive_mode,idle_session_timeout,"
        "idle_in_transaction_session_timeout,authentication_timeout,synchronous_standby_names,synchronous_commit,"
        "shared_preload_libraries,row_security,server_version,port', ','))"
    ),
    "hba": _sql(
        "select type, array_to_string(database, ','), array_to_string(user_name, ','), coalesce(address, ''), "
        "coalesce(netmask, ''), auth_method from pg_hba_file_rules where error is null order by line_number"
    ),
    "roles": _sql(
        "select rolname, rolsuper, rolcanlogin, rolcreaterole, rolreplication, coalesce(rolvaliduntil::text, ''), "
        "case when rolpassword is null then 'none' else left(rolpassword, 5) end from pg_authid "
        "where rolname !~ '^pg_' order by 1"
    ),
    "public_grants": _sql(
        "select n.nspname || '.' || c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace, "
        "aclexplode(c.relacl) a where a.grantee = 0 and n.nspname !~ '^(pg_|information_schema)'"
    ),
    "recovery": _sql("select pg_is_in_recovery()"),
    "replication": _sql("select application_name, client_addr, state, sync_state from pg_stat_replication"),
    "receiver": _sql("select status, sender_host from pg_stat_wal_receiver"),
    "table_grants": "for d in $("
    + _sql("select datname from pg_database where datallowconn and not datistemplate")
    + r"""); do runuser -u postgres -- psql -XAtq -F '|' -d "$d" -c "select current_database(), grantee, """
    r"""string_agg(distinct privilege_type, ','), count(distinct table_name) """
    r"""from information_schema.role_table_grants where table_schema !~ '^(pg_|information_schema)' """
    r"""group by grantee order by 2"; done""",
    # The repository answers a member for its own database only.
    "backups": _if_present(
        "pgbackrest",
        "runuser -u postgres -- pgbackrest --output=json --stanza="
        "$(sed -n 's/^\\[\\([a-z0-9-]*\\)\\]$/\\1/p' /etc/pgbackrest.conf | grep -vx global | head -n 1) info",
    ),
    "backup_tools": "ls /etc/pgbackrest.conf /etc/pgbackrest/pgbackrest.conf 2>/dev/null | grep . "
    "|| echo absent: pgbackrest",
}
REPOSITORY = {"status": "/usr/local/sbin/medcloud-backup status"}
