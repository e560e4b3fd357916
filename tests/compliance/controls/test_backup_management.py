"""The controls of backup management on the Xiamen model and on a poorer one."""


def test_verdict_of_literal_facts(case, find):
    [finding] = find(case["item"], case["kind"], case["sections"])
    assert finding.verdict == case["verdict"], finding.proofs
