"""The controls of backup and recovery on literal facts."""


def test_verdict_of_literal_facts(case, find):
    [finding] = find(case["item"], case["kind"], case["sections"])
    assert finding.verdict == case["verdict"], finding.proofs


def test_only_the_member_in_another_city_is_off_site(find):
    streaming = {"receiver": "streaming|10.22.20.10"}
    assert find("L3-CES1-30", "database", streaming, place="gaodian") == []
    [finding] = find("L3-CES1-30", "database", streaming, place="fuzhou")
    assert finding.verdict == "conform"
    [finding] = find("L3-CES1-30", "database", {"receiver": ""}, place="fuzhou")
    assert finding.verdict == "nonconform"


def test_a_cluster_without_a_primary_has_no_hot_redundancy(find):
    [finding] = find("L3-CES1-31", "database", {"recovery": "t", "replication": ""})
    assert finding.verdict == "nonconform"
