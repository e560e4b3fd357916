"""The controls of operations management on literal facts."""


def test_verdict_of_literal_facts(case, verdict_of):
    assert verdict_of(case) == case["verdict"]


def test_a_way_out_that_nobody_declared_is_found(find):
    import json

    def seen(peer):
        peers = {peer: {"state": "Established", "pfxRcd": 1, "pfxSnt": 1, "peerUptimeMsec": 1, "remoteAs": 65002}}
        return {"bgp": json.dumps({"ipv4Unicast": {"peers": peers}})}

    [finding] = find("L3-MMS1-24", "router", seen("192.0.2.77"))
    assert finding.verdict == "nonconform" and "192.0.2.77" in finding.proofs[0].raw
