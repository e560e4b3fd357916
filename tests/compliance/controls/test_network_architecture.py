"""The controls of network architecture on literal facts."""


def test_verdict_of_literal_facts(case, verdict_of):
    assert verdict_of(case) == case["verdict"]


def test_a_place_with_one_carrier_down_is_named(find):
    text = '{"ipv4Unicast": {"peers": {"172.20.0.1": {"state": "Established"}, "172.20.0.5": {"state": "Active"}}}}'
    [finding] = find("L3-CNS1-05", "router", {"bgp": text})
    assert finding.verdict == "nonconform"
    assert "main-hospital: telecom" in finding.proofs[0].raw
