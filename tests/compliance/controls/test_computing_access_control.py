"""Controls of access in the computing environment on literal facts."""


def test_verdict_of_literal_facts(case, verdict_of):
    assert verdict_of(case) == case["verdict"]
