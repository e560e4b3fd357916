"""The controls of central control on literal facts."""


def test_verdict_of_literal_facts(case, verdict_of):
    assert verdict_of(case) == case["verdict"]


def test_only_network_devices_are_asked_for_their_management_path(find):
    listening = {"listening": "tcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:*\ntcp LISTEN 0 3 127.0.0.1:2605 0.0.0.0:*"}
    assert find("L3-SMC1-08", "host", listening) == []
    [finding] = find("L3-SMC1-08", "host", listening, role="router")
    assert finding.verdict == "conform"
    [finding] = find("L3-SMC1-08", "host", {"listening": "tcp LISTEN 0 3 0.0.0.0:2605 0.0.0.0:*"}, role="edge")
    assert finding.verdict == "partial"
