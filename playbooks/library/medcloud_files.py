"""Ansible module: many files, their owners and modes, and states that commands keep, in one run per host.

`files`: `dest` with one of `content` (the whole file), `keys` (settings in somebody else's file, `separator` between
key and value), or neither (owner and mode of a file that is there). `validate` is a command that must accept a file
before it is installed (%s is its path). `states`, looked at after the files: `run` is run when `unless` fails. `then`
names `commands`; they run once each, in their own order, when everything is in place, in the next run if this one dies
before. `items` are the unit codes that an entry makes true, `needs` the program without which it means nothing;
`only` are the tags of the run: unit codes choose their entries.
"""

from __future__ import annotations

import grp
import os
import pwd
import re
import stat
import tempfile
from typing import Any

from ansible.module_utils.basic import AnsibleModule

Entry = dict[str, Any]
_UNIT = re.compile(r"^L3-")


def chosen(entries: list[Entry], only: list[str]) -> list[Entry]:
    """The entries of the unit codes among the run's tags (all when no tag is one) whose program is on this host."""
    codes = {tag for tag in only if _UNIT.match(tag)}
    there = [entry for entry in entries if os.path.exists(entry.get("needs", "/"))]
    return [entry for entry in there if not codes or codes & set(entry["items"])]


def with_keys(text: str, keys: dict[str, Any], separator: str) -> str:
    """The text with each key set once; lines of comment that show a key make place for it."""
    lines = text.splitlines()
    for key, value in keys.items():
        wanted, mine = f"{key}{separator}{value}", re.compile(rf"^\s*#?\s*{re.escape(key)}(\s*=|\s+)\s*\S*\s*$")
        places = [number for number, line in enumerate(lines) if mine.match(line)]
        set_there = [number for number in places if not lines[number].lstrip().startswith("#")]
        place = (set_there or places or [len(lines)])[0]
        lines[place : place + 1] = [wanted]
        lines = [line for number, line in enumerate(lines) if number == place or number not in set_there]
    return "\n".join(lines) + "\n"


def read(path: str) -> str | None:
    """The file's text, None where there is no ordinary file (a folder, or a link to elsewhere)."""
    if os.path.islink(path) or not os.path.isfile(path):
        return None
    with open(path, encoding="utf-8", errors="surrogateescape") as file:
        return file.read()


class Enforcement:
    """One run of the module."""

    def __init__(self, module: AnsibleModule) -> None:
        self._module = module
        self._changed: list[str] = []
        self._then: list[str] = []
        names = "+".join(sorted(module.params["commands"])) or "none"
        self._debts = os.path.join(module.params["debts"], names)

    def _owed(self) -> list[str]:
        """Commands that an interrupted run still had to run; check mode only reads them."""
        return (read(self._debts) or "").split()

    def _take_up(self, owed: list[str]) -> None:
        self._changed += [f"finish {name}" for name in dict.fromkeys(owed)]
        self._then += owed

    def run(self) -> None:
        """Make every chosen entry true, then the commands they name; tell what was not so before."""
        wish = self._module.params
        self._take_up(self._owed())
        for entry in chosen(wish["files"], wish["only"]):
            self._file(entry)
        for entry in chosen(wish["states"], wish["only"]):
            self._state(entry)
        for name in wish["commands"]:
            if name in self._then:
                self._run(wish["commands"][name])
        if self._owed() and not self._module.check_mode:
            os.unlink(self._debts)
        self._module.exit_json(changed=bool(self._changed), what=self._changed)

    def _file(self, entry: Entry) -> None:
        path, present = entry["dest"], read(entry["dest"])
        wanted = self._wanted(entry, present)
        if wanted is None and not os.path.exists(path):
            return
        different = wanted is not None and wanted != present
        if different and not self._module.check_mode:
            self._write(entry, str(wanted))
        if self._attributes(entry) or different:
            self._note(path, entry)

    def _wanted(self, entry: Entry, present: str | None) -> str | None:
        if entry.get("keys"):
            return with_keys(present or "", entry["keys"], entry.get("separator", "\t"))
        return entry.get("content")

    def _write(self, entry: Entry, text: str) -> None:
        path = entry["dest"]
        self._owe(entry)
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".medcloud-")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="surrogateescape") as file:
                file.write(text)
            if entry.get("validate"):
                self._run([word.replace("%s", draft) for word in entry["validate"]])
            self._set(draft, entry)
            os.replace(draft, path)
        finally:
            if os.path.exists(draft):
                os.unlink(draft)

    def _attributes(self, entry: Entry) -> bool:
        """Whether owner, group or mode are others than wanted; they are put right."""
        path = entry["dest"]
        if not os.path.exists(path):
            return True  # check mode: it would have been written
        found = os.stat(path)
        uid, gid, mode = self._wish(entry, found)
        same = (found.st_uid, found.st_gid, stat.S_IMODE(found.st_mode)) == (uid, gid, mode)
        if not same and not self._module.check_mode:
            self._set(path, entry)
        return not same

    def _set(self, path: str, entry: Entry) -> None:
        uid, gid, mode = self._wish(entry, os.stat(path))
        os.chown(path, uid, gid)
        os.chmod(path, mode)

    @staticmethod
    def _wish(entry: Entry, found: os.stat_result) -> tuple[int, int, int]:
        uid = pwd.getpwnam(entry["owner"]).pw_uid if "owner" in entry else 0
        gid = grp.getgrnam(entry["group"]).gr_gid if "group" in entry else 0
        return uid, gid, int(entry["mode"], 8) if "mode" in entry else 0o644

    def _state(self, entry: Entry) -> None:
        code, _, _ = self._module.run_command(entry["unless"])
        if code != 0:
            self._note(entry["name"], entry)
            if not self._module.check_mode:
                self._run(entry["run"])

    def _note(self, what: str, entry: Entry) -> None:
        self._changed.append(what)
        self._then += entry.get("then", [])

    def _owe(self, entry: Entry) -> None:
        """Write down, before a file changes, which commands must follow: a run may be killed in between."""
        names = [name for name in entry.get("then", []) if name not in self._owed()]
        if names:
            os.makedirs(os.path.dirname(self._debts), mode=0o755, exist_ok=True)
            with open(self._debts, "a", encoding="utf-8") as file:
                file.write("".join(f"{name}\n" for name in names))

    def _run(self, words: list[str]) -> None:
        if self._module.check_mode:
            return
        code, out, err = self._module.run_command(words)
        if code != 0:
            self._module.fail_json(msg=f"{' '.join(words)}: exit {code}: {(err or out).strip()[-400:]}")


def main() -> None:
    rows = {"type": "list", "elements": "dict", "default": []}
    spec = {"files": rows, "states": rows, "commands": {"type": "dict", "default": {}}}
    spec["debts"] = {"type": "path", "default": "/var/lib/medcloud/owed"}
    spec["only"] = {"type": "list", "elements": "str", "default": []}
    Enforcement(AnsibleModule(argument_spec=spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
