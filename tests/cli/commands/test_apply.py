"""`medcloud apply`: its phases, and in the lab that what is as declared stays untouched."""

from __future__ import annotations

import pytest

from cli.commands.apply import _wanted
from inventory.error import MedcloudError
from tests.conftest import ProvisionedLab


def test_every_phase_runs_in_order_by_default() -> None:
    assert _wanted(None) == ("hosts", "routers", "cloud", "stacks", "keys", "databases", "pacs")


def test_an_unknown_phase_is_bad_input_and_names_the_known_ones() -> None:
    with pytest.raises(MedcloudError) as caught:
        _wanted("stacks,clouds")
    assert caught.value.code == "input"
    assert "'clouds'" in caught.value.message and "databases" in caught.value.hint


@pytest.mark.lab
def test_a_killed_apply_left_no_duplicates(xiamen_lab: ProvisionedLab) -> None:
    """The fixture's first apply was killed while it created servers; the second one finished it."""
    centres = {centre["centre"]: centre for centre in xiamen_lab.json("capacity", "xiamen")["centres"]}
    deployed = {name: centre for name, centre in centres.items() if centre["deployed"]}
    instances = {name: c["real_instances"] + c["counted_instances"] for name, c in deployed.items()}
    assert instances == {"software-park-2": 71, "gaodian": 22, "fuzhou": 8, "software-park-3": 9}
    assert [name for name, centre in deployed.items() if centre["undeclared"]] == []
    for pool in (pool for centre in deployed.values() for pool in centre["compute"]):
        assert pool["used_vcpus"] == pool["committed_vcpus"], pool


@pytest.mark.lab
def test_a_second_apply_changes_nothing(xiamen_lab: ProvisionedLab) -> None:
    again = xiamen_lab.json("apply", "xiamen")
    assert {phase["name"]: phase["changed"] for phase in again["phases"]} == dict.fromkeys(_wanted(None), 0)


@pytest.mark.lab
def test_no_secret_is_in_clear_in_the_state(xiamen_lab: ProvisionedLab) -> None:
    from inventory.secrets import SecretStore

    passphrase = (xiamen_lab.state_root / "passphrase").read_text().strip()
    secrets = SecretStore(xiamen_lab.state / "secrets", passphrase).values()
    assert len(secrets) > 20
    places = [path for path in xiamen_lab.state.rglob("*") if path.is_file() and _is_state(path.parts)]
    assert places
    for path in places:
        content = path.read_bytes()
        assert not [s for s in secrets if s.encode() in content], f"a secret lies in clear in {path}"


def _is_state(parts: tuple[str, ...]) -> bool:
    """Everything but the machines' own disks, where a service must know its password, and the images."""
    return "machines" not in parts and "images" not in parts
