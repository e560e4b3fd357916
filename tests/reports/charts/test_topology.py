from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from inventory.model import Site
from reports.charts.topology import topology
from reports.words import load_words


@pytest.mark.parametrize("name", ["hospital", "xiamen"])
def test_every_line_is_drawn_once_and_declared_ones_are_dashed(name: str, request: pytest.FixtureRequest) -> None:
    site: Site = request.getfixturevalue(name)
    root = ElementTree.fromstring(topology(site, load_words("zh")))
    paths = [element for element in root.iter() if element.tag.endswith("path")]
    assert len(paths) == len(site.links)
    assert site.lab is not None
    run = {*site.lab.centres, *site.lab.campuses}
    declared = sum(not {link.a, link.b} <= run for link in site.links)
    assert sum("stroke-dasharray" in path.attrib for path in paths) == declared


def test_says_which_instances_are_real(hospital: Site) -> None:
    text = topology(hospital, load_words("en"))
    assert "1 real · 3 counted" in text and "1 real · 0 counted" in text
    assert text.count("declared, not run here") == 1


def test_carriers_differ_in_colour(hospital: Site) -> None:
    colours = set(re.findall(r'<path[^>]* stroke="(#\w+)"', topology(hospital, load_words("en"))))
    assert len(colours) == 2


def test_a_site_without_a_lab_is_all_solid(hospital: Site) -> None:
    text = topology(hospital.model_copy(update={"lab": None}), load_words("en"))
    assert "declared, not run here" not in text
    assert 'stroke-dasharray="4 4"' not in text


def test_titles_cannot_become_markup(hospital: Site) -> None:
    centre = hospital.centres[0]
    title = centre.title.model_copy(update={"en": "<b>&\"'"})
    site = hospital.model_copy(update={"centres": (centre.model_copy(update={"title": title}), *hospital.centres[1:])})
    assert "<b>" not in topology(site, load_words("en"))
