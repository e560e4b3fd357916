"""The controls of backup management on the Xiamen model and on a poorer one."""


def test_verdict_of_literal_facts(case, verdict_of):
    assert verdict_of(case) == case["verdict"]


def test_all_important_systems_named_conforms(xiamen):
    """L3-MMS1-34: without the two that the blueprint leaves out."""
    from compliance.controls.backup_management import _named

    assert not _named.test(xiamen.model_dump_json())[0]
    kept = tuple(s for s in xiamen.systems if s.name not in ("big-data-centre", "host-security"))
    assert _named.test(xiamen.model_copy(update={"systems": kept}).model_dump_json())[0]
