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
    "cpu_allocation_ratio|enabled_backends|notify_on_state_change"
)
_AUDIT_RULES = "grep -rhEv '^[[:space:]]*(#|$)' /etc/audit/rules.d/ || echo absent: rules"


def _if_present(tool: str, command: str) -> str:
    return f"if command -v {tool} >/dev/null; then {command}; true; else echo 'absent: {tool}'; fi"


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
    "units": "systemctl list-unit-files --type=service,socket --state=enabled --no-legend --no-pager --plain",
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
    "integrity": _if_present("aide", "systemctl list-timers --all --no-legend --no-pager"),
    "wireless": "ls -d /sys/class/net/*/wireless || echo absent: wireless",
    "links": "ip -br addr; ip -4 route show",
}
ROUTER = {
    "nftables": "nft list ruleset",
    "bgp": "vtysh -c 'show bgp summary json'",
    "bfd": "vtysh -c 'show bfd peers json'",
    "frr": "vtysh -c 'show running-config' | sed -E 's/(password|secret) .*/\\1 ***/'",
    "interfaces": "ip -br addr",
}
CLOUD_NODE = {
    "openstack_conf": f"grep -HE '^\\[|^[[:space:]]*({_OPENSTACK_KEYS})[[:space:]]*=' "
    "/etc/keystone/keystone.conf /etc/nova/nova.conf /etc/nova/nova-control.conf /etc/cinder/cinder.conf "
    "/etc/glance/glance-api.conf /etc/neutron/neutron.conf"
    " || echo absent: openstack",
    "api_listening": "ss -Hltn",
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
    "backup_tools": "ls /etc/pgbackrest.conf /etc/pgbackrest/pgbackrest.conf || echo absent: pgbackrest",
}
