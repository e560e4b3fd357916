"""The controls of backup management on the Xiamen model and on a poorer one."""


def test_verdict_of_literal_facts(case, verdict_of):
    assert verdict_of(case) == case["verdict"]
