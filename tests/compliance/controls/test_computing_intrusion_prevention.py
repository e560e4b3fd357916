"""Controls of intrusion prevention in the computing environment on literal facts."""


def test_verdict_of_literal_facts(case, verdict_of):
    assert verdict_of(case) == case["verdict"]


def test_an_instance_is_filtered_by_its_security_group_and_judged_there(find):
    assert find("L3-CES1-19", "host", {"ssh_access": "listenaddress 0.0.0.0:22"}, role="postgresql") == []


def test_ports_are_judged_by_role(find):
    listening = {"listening": "tcp LISTEN 0 244 10.21.20.10:5432 0.0.0.0:*\ntcp LISTEN 0 128 0.0.0.0:22 0.0.0.0:*"}
    assert find("L3-CES1-18", "host", listening, role="postgresql")[0].verdict == "conform"
    assert find("L3-CES1-18", "host", listening, role="workstation")[0].verdict == "partial"
