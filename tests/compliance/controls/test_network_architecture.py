"""The controls of network architecture on literal facts."""


def test_verdict_of_literal_facts(case, verdict_of):
    assert verdict_of(case) == case["verdict"]


def test_a_place_with_one_carrier_down_is_named(find):
    text = '{"ipv4Unicast": {"peers": {"172.20.0.1": {"state": "Established"}, "172.20.0.5": {"state": "Active"}}}}'
    [finding] = find("L3-CNS1-05", "router", {"bgp": text})
    assert finding.verdict == "nonconform"
    assert "main-hospital: telecom" in finding.proofs[0].raw


def test_two_edges_with_a_carrier_each_are_two_carriers(build, xiamen):
    """L3-CNS1-05: the devices of a place are looked at together; an unread one leaves it open."""
    import json

    from compliance.controls.network_architecture import _two_carriers
    from compliance.snapshot import Evidence
    from inventory.addresses import line_ends

    peers = {}
    for end in line_ends(xiamen, "main-hospital"):
        session = {"state": "Established", "pfxRcd": 1, "pfxSnt": 1, "peerUptimeMsec": 1, "remoteAs": end.peer_asn}
        peers.setdefault(end.link.carrier, {})[str(end.peer)] = session
    edges = [
        Evidence(f"edge-{n}", "router", "main-hospital", "edge", {"bgp": json.dumps({"ipv4Unicast": {"peers": p}})}, {})
        for n, p in enumerate(peers.values(), start=1)
    ]
    both = _two_carriers(build(*edges), edges[0]).look(edges[0])
    assert both.met, both.raw
    assert _two_carriers(build(edges[0]), edges[0]).look(edges[0]).met is False
    silent = Evidence("edge-2", "router", "main-hospital", "edge", {}, {"bgp": "timed out"})
    assert _two_carriers(build(edges[0], silent), edges[0]).look(edges[0]).met is None


def test_another_edge_of_the_same_place_is_no_stranger(xiamen):
    """L3-ABS1-01, L3-MMS1-24: edges of a campus are each other's neighbours."""
    import json

    from compliance.demands import declared_peers
    from inventory.machines import machines

    other = next(m for m in machines(xiamen) if m.place == "main-hospital" and m.kind == "edge")
    address = next(str(i.address.ip) for i in other.interfaces if i.address)
    session = {"state": "Established", "pfxRcd": 1, "pfxSnt": 1, "peerUptimeMsec": 1, "remoteAs": 65061}
    text = json.dumps({"ipv4Unicast": {"peers": {address: session}}})
    assert declared_peers(xiamen, "main-hospital").test(text)[0]
    assert not declared_peers(xiamen, "gaodian").test(text)[0]
