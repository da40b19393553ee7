"""Figures and dates as values that can be compared."""

from __future__ import annotations

import time

import pytest

from assistant.quantities import compare_dates, compare_quantities, find_dates, find_quantities


def only(found):
    (one,) = found
    return one


@pytest.mark.parametrize(
    ("text", "value", "dimension"),
    [
        pytest.param("$60 billion", 60e9, "dollars", id="scale word"),
        pytest.param("60bn dollars", 60e9, "dollars", id="scale letters and currency word"),
        pytest.param("US$5m", 5e6, "dollars", id="one letter that sticks"),
        pytest.param("EUR 90", 90, "euros", id="code"),
        pytest.param("GBP90m", 90e6, "pounds", id="code that sticks"),
        pytest.param("a fee of 90 pounds", 90, "pounds", id="pounds of money"),
        pytest.param("a weight loss of 90 pounds", 90, "count", id="pounds of weight"),
        pytest.param("İNR ſix", 6, "count", id="letters that only look like others"),
        pytest.param("1,234,567 people", 1_234_567, "count", id="thousands"),
        pytest.param("two hundred and fifty thousand chips", 250_000, "count", id="words"),
        pytest.param("a dozen jars", 12, "count", id="dozen"),
        pytest.param("59.7%", 0.597, "share", id="per cent sign"),
        pytest.param("59.7 per cent", 0.597, "share", id="per cent"),
        pytest.param("3 percentage points", 0.03, "points", id="points are no per cent"),
        pytest.param("half of the staff", 0.5, "share", id="fraction"),
        pytest.param("5 km", 5_000, "length", id="kilometres"),
        pytest.param("ninety minutes", 5_400, "time", id="minutes"),
        pytest.param("the 21st launch", 21, "ordinal", id="ordinal"),
        pytest.param("twice as long", 2, "times", id="twice"),
    ],
)
def test_a_figure_is_read_with_its_scale_and_unit(text, value, dimension):
    quantity = only(find_quantities(text))
    assert quantity.value == pytest.approx(value)
    assert quantity.dimension == dimension


@pytest.mark.parametrize("text", ["the H100 chip", "COVID-19", "one of them", "in June 2026", "version v3.5"])
def test_what_only_looks_like_a_figure_is_none(text):
    assert find_quantities(text) == []


@pytest.mark.parametrize(
    ("stated", "read", "agreement"),
    [
        pytest.param("$60 billion", "60bn dollars", "same", id="written otherwise"),
        pytest.param("60%", "59.7%", "same", id="rounded"),
        pytest.param("about 500 jars", "480 jars", "same", id="about"),
        pytest.param("about 480,000 chips", "555,000 chips", "different", id="about is not that wide"),
        pytest.param("500 jars", "480 jars", "different", id="plain figures are exact"),
        pytest.param("more than 50 ships", "60 ships", "same", id="above a bound"),
        pytest.param("more than 50 ships", "40 ships", "different", id="below a bound"),
        pytest.param("60 ships", "more than 50 ships", "open", id="only a bound is read"),
        pytest.param("fewer than 900 flats", "fewer than 900 flats", "same", id="the same bound"),
        pytest.param("more than 900 flats", "fewer than 900 flats", "different", id="the other bound"),
        pytest.param("5 km", "3.1 miles", "same", id="converted"),
        pytest.param("9 miles", "9 km", "different", id="another unit"),
        pytest.param("$5 million", "€5 million", None, id="currencies are not compared"),
    ],
)
def test_figures_agree_as_far_as_their_words_allow(stated, read, agreement):
    assert compare_quantities(only(find_quantities(stated)), only(find_quantities(read))) == agreement


@pytest.mark.parametrize(
    ("text", "years", "months", "days"),
    [
        pytest.param("16 June 2026", (2026, 2026), (6, 6), (16, 16), id="day first"),
        pytest.param("June 16, 2026", (2026, 2026), (6, 6), (16, 16), id="month first"),
        pytest.param("2026-06-16", (2026, 2026), (6, 6), (16, 16), id="ISO"),
        pytest.param("mid-June", None, (6, 6), (11, 20), id="part of a month"),
        pytest.param("the third quarter of 2026", (2026, 2026), (7, 9), None, id="quarter in words"),
        pytest.param("Q3 2026", (2026, 2026), (7, 9), None, id="quarter"),
        pytest.param("late 2025", (2025, 2025), (9, 12), None, id="part of a year"),
        pytest.param("the 1990s", (1990, 1999), None, None, id="decade"),
    ],
)
def test_a_date_is_read_as_far_as_it_is_given(text, years, months, days):
    date = only(find_dates(text))
    assert (date.years, date.months, date.days) == (years, months, days)


@pytest.mark.parametrize("text", ["You may go.", "They march on.", "2,500 cars", "1500 people"])
def test_what_only_looks_like_a_date_is_none(text):
    assert find_dates(text) == []


@pytest.mark.parametrize(
    ("stated", "read", "agreement"),
    [
        pytest.param("June 2026", "16 June 2026", "same", id="a day lies in its month"),
        pytest.param("16 June 2026", "June 2026", "open", id="a month leaves the day open"),
        pytest.param("mid-June", "16 June", "same", id="mid-June"),
        pytest.param("early June", "16 June", "different", id="not early in June"),
        pytest.param("the third quarter of 2026", "August 2026", "same", id="a month in its quarter"),
        pytest.param("the second quarter of 2026", "August 2026", "different", id="another quarter"),
    ],
)
def test_dates_agree_as_far_as_they_are_given(stated, read, agreement):
    assert compare_dates(only(find_dates(stated)), only(find_dates(read))) == agreement


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("1," * 20_000, id="commas"),
        pytest.param("two hundred and " * 5_000, id="number words"),
        pytest.param("9" * 50_000, id="digits"),
        pytest.param("from 1 to " * 5_000, id="ranges"),
        pytest.param("May " * 10_000, id="months"),
        pytest.param("5 pounds " * 3_000, id="pounds"),
    ],
)
def test_hostile_text_is_read_in_bounded_time(text):
    begun = time.process_time()
    find_quantities(text)
    assert time.process_time() - begun < 5
