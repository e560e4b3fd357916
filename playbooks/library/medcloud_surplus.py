"""Ansible module: what a host must not have: needless packages are removed, needless units stopped and masked.

A package that something else needs stays, and the audit goes on finding it: a person decides what leaves with it.
"""

from __future__ import annotations

import fnmatch
import os
import re

from ansible.module_utils.basic import AnsibleModule

_FOLDERS = ("/etc/systemd/system", "/run/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system")


def there(units: list[str]) -> list[str]:
    """The units among those that the host has and that are not masked yet."""
    found = []
    for unit in units:
        paths = [os.path.join(folder, unit) for folder in _FOLDERS if os.path.lexists(os.path.join(folder, unit))]
        if paths and os.path.realpath(paths[0]) != "/dev/null":
            found.append(unit)
    return found


def matching(installed: list[str], patterns: list[str]) -> list[str]:
    """The installed packages whose name fits one of the patterns."""
    return sorted(name for name in installed if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns))


def removable(simulated: str, wanted: list[str]) -> bool:
    """Whether `apt-get -s purge` takes away nothing but what is wanted."""
    return set(re.findall(r"^(?:Purg|Remv) (\S+)", simulated, re.MULTILINE)) <= set(wanted)


class Surplus:
    """One run of the module."""

    def __init__(self, module: AnsibleModule) -> None:
        self._module = module

    def run(self) -> None:
        """Units first, so that nothing restarts while its package goes."""
        wish = self._module.params
        codes = {tag for tag in wish["only"] if tag.startswith("L3-")}
        units = there(wish["units"]) if not codes or "L3-CES1-18" in codes else []
        packages = self._needless(wish["packages"]) if not codes or "L3-CES1-17" in codes else []
        if not self._module.check_mode:
            for unit in units:
                self._mask(unit)
            if packages:
                words = ["apt-get", "-qq", "-y", "purge", *packages]
                self._module.run_command(words, check_rc=True, environ_update={"DEBIAN_FRONTEND": "noninteractive"})
        self._module.exit_json(changed=bool(units or packages), what=[*units, *packages])

    def _needless(self, patterns: list[str]) -> list[str]:
        found = matching(self._installed(), patterns)
        simulated = {name: self._module.run_command(["apt-get", "-s", "-qq", "purge", name])[1] for name in found}
        return [name for name in found if removable(simulated[name], found)]

    def _installed(self) -> list[str]:
        words = ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\n"]
        _, out, _ = self._module.run_command(words, check_rc=True)
        return [line.split()[1] for line in out.splitlines() if line.startswith("installed ")]

    def _mask(self, unit: str) -> None:
        own = os.path.join(_FOLDERS[0], unit)
        self._module.run_command(["systemctl", "disable", "--now", unit])  # a unit without [Install] is still stopped
        self._module.run_command(["systemctl", "stop", unit])
        if os.path.lexists(own):
            os.unlink(own)  # a file of that name would keep the mask away
        os.symlink("/dev/null", own)
        self._module.run_command(["systemctl", "daemon-reload"], check_rc=True)


def main() -> None:
    words = {"type": "list", "elements": "str", "default": []}
    spec = {"units": words, "packages": words, "only": words}
    Surplus(AnsibleModule(argument_spec=spec, supports_check_mode=True)).run()


if __name__ == "__main__":
    main()
