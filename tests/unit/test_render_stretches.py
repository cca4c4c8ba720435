"""Strips with stretches: the picture and the text tell the same."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from mnemo_helpers import render

SVG = "{http://www.w3.org/2000/svg}"


def test_text_and_picture_tell_the_same() -> None:
    """How many places in how many stretches, and where; what lies nowhere is said to."""
    shown = render.stretches({"a day": [(1, 3), (99, 100)], "a <product>": [(41, 50)], "none": []}, 100)
    assert "a day" in shown.text
    assert "5 of 100 in 2 stretches, from place 1 to 100" in shown.text
    assert "10 of 100 in 1 stretch, from place 41 to 50" in shown.text
    drawn = ElementTree.fromstring(shown.html)
    assert drawn.findtext(f"{SVG}title") == shown.text
    strips = [len(group.findall(f"{SVG}rect")) - 1 for group in drawn.findall(f"{SVG}g")]
    assert strips == [2, 1, 0]


def test_each_stretch_lies_where_it_is() -> None:
    """A stretch of half a list is half a strip, and a single place in a million can still be seen."""
    shown = render.stretches({"half": [(51, 100)]}, 100)
    strip, mark = ElementTree.fromstring(shown.html).iter(f"{SVG}rect")
    left, width = float(strip.attrib["x"]), float(strip.attrib["width"])
    assert abs(float(mark.attrib["x"]) - (left + width / 2)) < 1
    assert abs(float(mark.attrib["width"]) - width / 2) < 1
    _, thin = ElementTree.fromstring(render.stretches({"one": [(7, 7)]}, 1_000_000).html).iter(f"{SVG}rect")
    assert float(thin.attrib["width"]) >= 1
