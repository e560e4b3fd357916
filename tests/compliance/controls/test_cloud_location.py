"""The controls of cloud location on literal facts."""


def test_verdict_of_literal_facts(case, verdict_of):
    assert verdict_of(case) == case["verdict"]


def test_a_centre_abroad_is_found(xiamen):
    """L3-PES2-01."""
    from compliance.demands import abroad_of

    assert abroad_of(xiamen) == []
    centre = xiamen.centres[0].model_copy(update={"city": "Singapore"})
    moved = xiamen.model_copy(update={"centres": (centre, *xiamen.centres[1:])})
    assert abroad_of(moved) == ["software-park-2: Singapore"]
