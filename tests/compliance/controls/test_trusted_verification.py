"""The controls of trusted verification on literal facts."""


def test_verdict_of_literal_facts(case, find):
    [finding] = find(case["item"], case["kind"], case["sections"])
    assert finding.verdict == case["verdict"], finding.proofs


def test_each_device_is_judged_under_its_own_item(find):
    assert find("L3-CES1-24", "host", {"trust": "absent: root of trust"}, role="router") == []
    assert len(find("L3-CNS1-08", "host", {"trust": "absent: root of trust"}, role="router")) == 1
    assert len(find("L3-ABS1-20", "host", {"trust": "absent: root of trust"}, role="edge")) == 1
