"""The controls of personal information on literal facts."""


def test_verdict_of_literal_facts(case, verdict_of):
    assert verdict_of(case) == case["verdict"]


def test_systems_with_personal_data_need_a_retention(xiamen):
    """L3-CES1-34."""
    from compliance.controls.personal_information import _catalogued

    met, raw = _catalogued.test(xiamen.model_dump_json())
    assert (met, raw) == (False, "big-data-centre: grade 4, no retention ¦ host-security: grade 3, no retention")
    kept = tuple(s for s in xiamen.systems if s.name not in ("big-data-centre", "host-security"))
    assert _catalogued.test(xiamen.model_copy(update={"systems": kept}).model_dump_json())[0]
