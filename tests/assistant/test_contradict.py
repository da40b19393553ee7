"""What exact words have against a statement, one kind of slip after the other."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

import evals
from assistant.contradict import find_doubts

PAIRS = Path(evals.__file__).parent / "datasets" / "paraphrases_development.jsonl"


def kinds(statement: str, *quotes: str, context: tuple[str, ...] = ()) -> set[str]:
    return {doubt.kind for doubt in find_doubts(statement, quotes, context=context)}


@pytest.mark.parametrize(
    ("statement", "quote", "kind"),
    [
        pytest.param("The dam cost 84 million euros.", "The dam cost 48 million euros.", "figure", id="figure"),
        pytest.param("The dam cost $48 million.", "The dam cost 48 million euros.", "unit", id="currency"),
        pytest.param("The lake is 9 miles long.", "The lake is 9 km long.", "unit", id="unit"),
        pytest.param("Six in ten tenants agreed.", "70 per cent of the tenants agreed.", "figure", id="six in ten"),
        pytest.param("The mill gives ten megawatts.", "The mill gives a megawatt.", "figure", id="one of a unit"),
        pytest.param("It lasts a year and a half.", "It lasts two years.", "figure", id="and a half"),
        pytest.param("The walk takes one hour.", "The walk takes half an hour.", "figure", id="half of a unit"),
        pytest.param("It took twelve months.", "It took a year and a half.", "figure", id="more than one of a unit"),
        pytest.param("It took one year.", "It took three years, to a year ago.", "figure", id="a year ago"),
        pytest.param("It took one year.", "It took three years and 20 new cars a year.", "figure", id="for each year"),
        pytest.param("40 percent of ships sank.", "40 of the ships sank.", "figure", id="a count is no share"),
        pytest.param("Sales doubled.", "Sales tripled in two regions.", "figure", id="a count is no times"),
        pytest.param("It needs eight times as much.", "It needs 140 GB.", "figure", id="so many times"),
        pytest.param("It settles at one kilovolt.", "It settles at one volt.", "figure", id="thousand times the unit"),
        pytest.param("Up to a billion bees live there.", "Up to a million bees live there.", "figure", id="bound"),
        pytest.param("It takes hundreds of seconds.", "It takes a few hundred milliseconds.", "figure", id="order"),
        pytest.param("It weighs 5 kg.", "It weighs 9 kg, of which it won 5.", "figure", id="no unit where one differs"),
        pytest.param("One in ten smokes.", "One in five smokes, in 10 cities.", "figure", id="another of so many"),
        pytest.param(
            "The firm hired 200 staff in Leeds.",
            "The firm hired 300 staff in Leeds and 200 left in York.",
            "figure",
            id="figure of another clause",
        ),
        pytest.param("The new mill needs 20 kW.", "The mill needs 20 MW, the new one ten.", "unit", id="unit left out"),
        pytest.param("It opened in May 2024.", "It opened in March 2024.", "date", id="date"),
        pytest.param(
            "The lamp was electrified in 1988.",
            "The lamp was electrified in 1931, and since 1988 it runs by itself.",
            "date",
            id="date of something else",
        ),
        pytest.param("Revenue rose from $5bn to $4bn.", "Revenue rose to $5bn, from $4bn.", "figure", id="from and to"),
        pytest.param("The dam was built by Keller.", "The dam was built by Brandt.", "name", id="name"),
        pytest.param("Entry costs £5.", "The ball weighs 5 pounds.", "figure", id="money and weight"),
        pytest.param("Beyond launched a burger.", "Impossible launched a burger.", "name", id="name like a word"),
        pytest.param("The council did not agree.", "The council did agree.", "negation", id="not added"),
        pytest.param("The council approved it.", "The council never approved it.", "negation", id="not dropped"),
        pytest.param("Norvane has opened a plant.", "Norvane expects to open a plant.", "state", id="expected"),
        pytest.param("Norvane expects to open a plant.", "Norvane opened a plant.", "state", id="has happened"),
        pytest.param("Helix bought Norvane.", "Helix said that it would buy Norvane.", "state", id="announced"),
        pytest.param("Helix will sell its unit.", "Helix may sell its unit.", "state", id="only possible"),
        pytest.param(
            "It failed because of the rain.", "It failed because its roof was rotten.", "cause", id="another cause"
        ),
        pytest.param("Prices fell in spring.", "Prices rose in spring.", "opposite", id="opposite"),
        pytest.param("The plant is safe.", "The plant is unsafe.", "opposite", id="prefix"),
        pytest.param("It closed after the vote.", "It closed before the vote.", "opposite", id="before and after"),
        pytest.param("Brandt may sue Helix.", "Helix may sue Brandt.", "order", id="who did it to whom"),
        pytest.param("Brandt was sued by Helix.", "Brandt sued Helix.", "order", id="passive"),
        pytest.param("Otter is faster than Heron.", "Heron is faster than Otter.", "order", id="compared"),
    ],
)
def test_a_slip_is_noticed(statement, quote, kind):
    assert kind in kinds(statement, quote)


@pytest.mark.parametrize(
    ("statement", "quotes"),
    [
        pytest.param("The dam cost about 50 million euros.", ["The dam cost 48 million euros."], id="rounded"),
        pytest.param("The ships cost twelve million.", ["The ships cost 12 million."], id="words for digits"),
        pytest.param("Seven in ten agreed.", ["70 per cent of the tenants agreed."], id="seven in ten"),
        pytest.param("82 out of 100 agreed.", ["Of the 100 tenants 82 agreed."], id="both counts"),
        pytest.param("The lease runs for twelve months.", ["The lease runs for a year."], id="a year"),
        pytest.param("One kilowatt is enough.", ["A single kilowatt is enough."], id="a single kilowatt"),
        pytest.param("It cost a quarter of a billion euros.", ["It cost 250 million euros."], id="part of a billion"),
        pytest.param(
            "The mill takes 20 kilowatts and the shop needs five to ten.",
            ["The shop needs between five and ten kilowatts, the mill takes 20 kilowatts."],
            id="a unit left out",
        ),
        pytest.param("It cost no more than £4 million.", ["It cost up to £4 million."], id="no more than"),
        pytest.param("It opened in summer 2024.", ["It opened on 3 July 2024."], id="coarser date"),
        pytest.param("The FTC agreed.", ["The Federal Trade Commission agreed."], id="initials"),
        pytest.param(
            "The Federal Trade Commission agreed.", ["The FTC agreed, the Federal Trade body."], id="spelt out"
        ),
        pytest.param("German makers agreed.", ["Makers in Germany agreed."], id="adjective of a country"),
        pytest.param("Helix's unit is sold.", ["The unit of Helix is sold."], id="possessive"),
        pytest.param("The council did not agree.", ["The council refused to agree."], id="not in other words"),
        pytest.param("Helix could sell its unit.", ["Helix may sell its unit."], id="may and could"),
        pytest.param("Helix never sold again.", ["In 1990 it left; it would never sell again."], id="a story goes on"),
        pytest.param("Norvane plans to open a plant.", ["Norvane expects to open a plant."], id="plans and expects"),
        pytest.param("Helix was sued by Brandt.", ["Brandt sued Helix."], id="passive turned round"),
        pytest.param("The club charges EUR 90.", ["The club charges 90 euros."], id="currency by its code"),
        pytest.param("It costs £18,000.", ["It costs 18,000 pounds."], id="currency by its sign"),
        pytest.param("The bag weighs 10 pounds.", ["The bag, of 10 pounds, is blue."], id="pounds of weight"),
        pytest.param("Once updated, it starts.", ["After the update it starts."], id="capital of a sentence's start"),
        pytest.param("Twice Ruiz has said no.", ["Ruiz has turned down two offers."], id="adverb before a name"),
        pytest.param("Nobody may camp there.", ["No one may camp there."], id="a pronoun is no name"),
        pytest.param("The plan was dropped.", ["Not only was it late: the plan was dropped."], id="not only"),
        pytest.param(
            "The two sides met in Oslo.", ["The sides met.", "Both, two of them, were in Oslo."], id="two quotes"
        ),
    ],
)
def test_the_same_in_other_words_raises_no_doubt(statement, quotes):
    assert kinds(statement, *quotes) == set()


def test_a_name_may_come_from_the_title():
    assert "name" in kinds("Lindholm has a bridge.", "There is a bridge.")
    assert "name" not in kinds("Lindholm has a bridge.", "There is a bridge.", context=("The bridges of Lindholm",))


def test_a_title_does_not_bear_out_a_figure():
    title = ("The bridge that cost 48 million euros",)
    assert "figure" in kinds("The lamps cost 48 million euros.", "The bridge has lamps.", context=title)


def test_the_reason_names_what_differs():
    (doubt,) = find_doubts("The dam cost 84 million euros.", ["The dam cost 48 million euros."])
    assert doubt.against
    assert doubt.reason == "give another figure than “84 million euros”"


def test_no_true_development_pair_is_doubted():
    rows = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    true = [row for row in rows if row["label"] == "supported"]
    doubted = [row["claim"] for row in true if find_doubts(row["claim"], [row["quote"]], context=[row["title"]])]
    assert len(doubted) <= 1, doubted


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("not " * 5_000, id="not"),
        pytest.param("Aa Bb " * 1_500, id="names"),
        pytest.param("because of " * 3_000, id="causes"),
        pytest.param("more than " * 3_000, id="than"),
        pytest.param("A" * 20_000, id="one word"),
        pytest.param("5 in 10 " * 150, id="figures"),
    ],
)
def test_hostile_text_is_read_in_bounded_time(text):
    begun = time.process_time()
    find_doubts(text[:2_000], [text])
    assert time.process_time() - begun < 10
