"""Ansible module: the accounts of a host as the site's register of people says.

Makes the declared people's accounts (locked password, SSH keys, one group per duty), closes the accounts of those who
left and of nobody on the register, takes login shells from services, locks empty passwords, and switches off sudo rules
that let somebody do everything without a password. Nobody is locked out: the account that connects and `spared` ones
are never touched, strangers are closed only where the register names somebody, and root's password is locked only where
a system administrator of the register can log in.
"""

from __future__ import annotations

import os
import re
from datetime import date
from typing import Any, NamedTuple

from ansible.module_utils.basic import AnsibleModule

_LOCKED_SHELLS = ("nologin", "false", "sync")
_NOLOGIN = "/usr/sbin/nologin"
_WIDE = re.compile(r"^\s*([%\w.+@-]+)\s.*NOPASSWD:\s*ALL", re.MULTILINE)
SYSTEM_ADMIN = "system-admin"


class Account(NamedTuple):
    """A line of /etc/passwd and its password field."""

    user: str
    uid: int
    home: str
    shell: str
    password: str

    @property
    def can_login(self) -> bool:
        return not self.shell.endswith(_LOCKED_SHELLS)


class Step(NamedTuple):
    """A change of the host: why, the unit codes that ask for it, and the command."""

    what: str
    items: tuple[str, ...]
    words: tuple[str, ...]


def accounts(passwd: str, shadow: str) -> dict[str, Account]:
    """Accounts by name from the texts of /etc/passwd and /etc/shadow."""
    hashes = {line.split(":")[0]: line.split(":")[1] for line in shadow.splitlines() if ":" in line}
    rows = [line.split(":") for line in passwd.splitlines() if line.count(":") >= 6]
    return {row[0]: Account(row[0], int(row[2]), row[5], row[6], hashes.get(row[0], "*")) for row in rows}


def groups_of(person: dict[str, Any], groups: dict[str, list[str]]) -> list[str]:
    """The groups of that person's duties."""
    return sorted({group for duty in person["duties"] for group in groups.get(duty, [])})


def gone(person: dict[str, Any], today: date) -> bool:
    """Whether the person left, or may no longer."""
    ends = [person.get("left"), person.get("until")]
    return any(end and date.fromisoformat(str(end)) < today for end in ends)


def closing(account: Account, why: str, items: tuple[str, ...]) -> Step:
    """Nothing is deleted: what an account did must stay readable."""
    words = ("usermod", "--lock", "--expiredate", "1", "--shell", _NOLOGIN, account.user)
    return Step(f"close {account.user} ({why})", items, words)


def steps(known: dict[str, Account], wish: dict[str, Any], today: date) -> list[Step]:
    """What has to be done to the accounts, in order."""
    people = [p for p in wish["people"] if not gone(p, today)]
    left = {name for p in wish["people"] if gone(p, today) for name in p["accounts"]}
    mine = {name: p for p in people for name in p["accounts"]}
    found = [*_created(known, mine, wish["groups"])]
    spared = {*wish["spared"], wish["connects_as"], "nobody"}
    for account in known.values():
        if account.user in spared or account.user in mine:
            continue
        if account.user in left and account.can_login:
            found.append(closing(account, "left", ("L3-CES1-07", "L3-HRS1-05", "L3-MMS1-16")))
        elif mine and account.uid >= 1000 and account.can_login:
            found.append(closing(account, "on no register", ("L3-CES1-07", "L3-MMS1-16", "L3-SMC1-02")))
        elif 0 < account.uid < 1000 and account.can_login and account.user not in wish["services_with_shell"]:
            words = ("usermod", "--shell", _NOLOGIN, account.user)
            found.append(Step(f"no shell for {account.user}", ("L3-CES1-05", "L3-CES1-06"), words))
    return [*found, *_passwords(known, mine)]


def _created(known: dict[str, Account], mine: dict[str, Any], groups: dict[str, list[str]]) -> list[Step]:
    items = ("L3-CES1-05", "L3-CES1-08", "L3-SMC1-02", "L3-SMC1-03", "L3-SMC1-05")
    found = []
    for user, person in mine.items():
        if user not in known:
            words = ["useradd", "--create-home", "--shell", "/bin/bash", "--comment", person["name"]]
            joined = ",".join(groups_of(person, groups))
            words += ["--groups", joined] if joined else []
            found.append(Step(f"create {user}", items, (*words, user)))
        elif not known[user].can_login:
            words = ["usermod", "--expiredate", "", "--shell", "/bin/bash", user]
            found.append(Step(f"open {user}", items, tuple(words)))
    return found


def _passwords(known: dict[str, Account], mine: dict[str, Any]) -> list[Step]:
    found = [
        Step(f"lock the empty password of {a.user}", ("L3-CES1-01",), ("usermod", "--lock", a.user))
        for a in known.values()
        if a.password == ""
    ]
    root = known.get("root")
    admins = [p for p in mine.values() if SYSTEM_ADMIN in p["duties"] and p["keys"]]
    if root and root.password[:1] not in ("!", "*", "") and admins:
        found.append(Step("lock root's password", ("L3-CES1-06",), ("usermod", "--lock", "root")))
    return found


def wide_rules(texts: dict[str, str], connects_as: str) -> list[str]:
    """The files among those of sudoers.d that let somebody else than the connecting account do everything."""
    found = {path: {name for name in _WIDE.findall(text)} - {connects_as, "root"} for path, text in texts.items()}
    return sorted(path for path, names in found.items() if names)


def _read(path: str) -> str:
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


class Register:
    """One run of the module."""

    def __init__(self, module: AnsibleModule) -> None:
        self._module = module
        self._codes = {tag for tag in module.params["only"] if tag.startswith("L3-")}
        self._changed: list[str] = []

    def run(self) -> None:
        """Groups, accounts, keys, sudo rules."""
        wish = self._module.params
        used = {group for person in wish["people"] for group in groups_of(person, wish["groups"])}
        there = {line.split(":")[0] for line in _read("/etc/group").splitlines()}
        for group in sorted(used - there):
            self._do(Step(f"group {group}", ("L3-CES1-05",), ("groupadd", "--system", "--force", group)), always=True)
        for step in steps(accounts(_read("/etc/passwd"), _read("/etc/shadow")), wish, date.today()):
            self._do(step)
        self._keys(wish["people"])
        self._rules(wish["connects_as"])
        self._module.exit_json(changed=bool(self._changed), what=self._changed)

    def _wanted(self, items: tuple[str, ...]) -> bool:
        return not self._codes or bool(self._codes & set(items))

    def _do(self, step: Step, always: bool = False) -> None:
        if not always and not self._wanted(step.items):
            return
        self._changed.append(step.what)
        if not self._module.check_mode:
            self._module.run_command(list(step.words), check_rc=True)

    def _keys(self, people: list[dict[str, Any]]) -> None:
        """Exactly the declared keys; a key that somebody added by hand is not on the register."""
        if not self._wanted(("L3-CES1-04", "L3-SMC1-01")):
            return
        known = accounts(_read("/etc/passwd"), _read("/etc/shadow"))
        for person in people:
            for user in person["accounts"]:
                if user in known and not gone(person, date.today()):
                    self._key_file(known[user], "".join(f"{key}\n" for key in person["keys"]))

    def _key_file(self, account: Account, wanted: str) -> None:
        path = os.path.join(account.home, ".ssh", "authorized_keys")
        if wanted == (_read(path) if os.path.exists(path) else ""):
            return
        self._changed.append(f"keys of {account.user}")
        if self._module.check_mode:
            return
        folder = os.path.dirname(path)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600), "w") as file:
            file.write(wanted)
        for name in (folder, path):
            os.chown(name, account.uid, -1, follow_symlinks=False)

    def _rules(self, connects_as: str) -> None:
        """A name with a dot is no rule to sudo, so the file stays to be looked at."""
        if not self._wanted(("L3-CES1-08",)) or not os.path.isdir("/etc/sudoers.d"):
            return
        paths = [os.path.join("/etc/sudoers.d", name) for name in os.listdir("/etc/sudoers.d") if "." not in name]
        for path in wide_rules({path: _read(path) for path in paths if os.path.isfile(path)}, connects_as):
            self._changed.append(f"sudo rule {path}")
            if not self._module.check_mode:
                os.makedirs("/var/lib/medcloud/sudoers.off", mode=0o700, exist_ok=True)
                os.replace(path, os.path.join("/var/lib/medcloud/sudoers.off", os.path.basename(path)))


def main() -> None:
    words = {"type": "list", "elements": "str", "default": []}
    spec = {
        "people": {"type": "list", "elements": "dict", "default": []},
        "groups": {"type": "dict", "default": {}},
        "connects_as": {"type": "str", "required": True},
        "spared": words,
        "services_with_shell": words,
        "only": words,
    }
    Register(AnsibleModule(argument_spec=spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
