"""How well colour-blind people can tell the colours of a picture apart."""

from __future__ import annotations

import pytest

from fototeca.assets import Colour
from fototeca.media.colourblind import judge


def colours(*found: str) -> list[Colour]:
    """Make colours by their values."""
    return [Colour(name="any", hex=value, share=0.1) for value in found]


@pytest.mark.parametrize("pair", [("#000000", "#ffffff"), ("#0000ff", "#ffff00"), ("#000080", "#ffa500")])
def test_what_differs_in_light_stays_apart(pair: tuple[str, str]) -> None:
    assert judge(colours(*pair)).score == 1.0


@pytest.mark.parametrize(
    "pair",
    [
        ("#a52a2a", "#556b2f"),  # brown and olive green, to those who see no red or no green
        ("#8e8e8e", "#b87ea0"),  # grey and a pale purple
        ("#ff69b4", "#8a8fd0"),
    ],
)
def test_what_is_taken_for_each_other_scores_low(pair: tuple[str, str]) -> None:
    assert judge(colours(*pair)).score < 0.75


def test_the_worst_pair_is_named() -> None:
    found = judge(colours("#000000", "#a52a2a", "#ffffff", "#556b2f"))
    assert found.pair == ("#a52a2a", "#556b2f")
    assert found.score == judge(colours("#a52a2a", "#556b2f")).score


def test_shades_that_are_near_for_everybody_are_not_held_against_it() -> None:
    assert judge(colours("#404040", "#484848")).score == pytest.approx(1.0, abs=0.02)


def test_few_colours() -> None:
    assert (judge([]).score, judge(colours("#ff0000")).score, judge(colours("#ff0000")).pair) == (1.0, 1.0, None)
    assert judge(colours("#ff0000", "#ff0000")).score == 0.0
