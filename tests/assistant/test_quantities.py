"""Figures and dates as values that can be compared."""

from __future__ import annotations

import time

import pytest

from assistant.quantities import compare_dates, compare_quantities, find_dates, find_ones, find_quantities, find_ratios


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
        pytest.param("one and a quarter billion dollars", 1.25e9, "dollars", id="and a quarter"),
        pytest.param("two and a half million people", 2.5e6, "count", id="and a half"),
        pytest.param("2½ years", 2.5 * 31_557_600, "time", id="fraction sign"),
        pytest.param("half a million jars", 500_000, "count", id="half a million"),
        pytest.param("a quarter of a billion euros", 0.25e9, "euros", id="a quarter of a billion"),
        pytest.param("a million and a half", 1.5e6, "count", id="a million and a half"),
        pytest.param("a half-million pages", 500_000, "count", id="a half-million"),
        pytest.param("half a dozen jars", 6, "count", id="half a dozen"),
        pytest.param("one and a half pages", 1.5, "count", id="one and a half is no pronoun"),
        pytest.param("a thousand million dollars", 1e9, "dollars", id="a thousand million"),
        pytest.param("a quarter of a per cent", 0.0025, "share", id="a part of a per cent"),
        pytest.param("three-quarters of a million", 750_000, "count", id="three-quarters of a million"),
        pytest.param("half an hour", 1_800, "time", id="half an hour"),
        pytest.param("a quarter of a century", 25 * 31_557_600, "time", id="a quarter of a century"),
        pytest.param("an hour and a half", 5_400, "time", id="an hour and a half"),
        pytest.param("5 km", 5_000, "length", id="kilometres"),
        pytest.param("ninety minutes", 5_400, "time", id="minutes"),
        pytest.param("the 21st launch", 21, "ordinal", id="ordinal"),
        pytest.param("twice as long", 2, "times", id="twice"),
        pytest.param("one kilovolt", 1_000, "voltage", id="kilovolts"),
        pytest.param("5 µg of it", 5e-9, "mass", id="micrograms"),
        pytest.param("3 GHz", 3e9, "frequency", id="gigahertz"),
    ],
)
def test_a_figure_is_read_with_its_scale_and_unit(text, value, dimension):
    quantity = only(find_quantities(text))
    assert quantity.value == pytest.approx(value)
    assert quantity.dimension == dimension


@pytest.mark.parametrize(
    ("text", "shares"),
    [
        ("Seven in ten households", [0.7]),
        ("9 out of 10 buyers", [0.9]),
        ("one in five, and 3 in every hundred", [0.2, 0.03]),
        ("nine times in ten, six of ten", [0.9, 0.6]),
        ("one of ten finalists won three times in five seasons", []),
        ("5 in 10 years", []),
        ("2 in 2019, 12 in 10", []),
        ("7 out of 10 000", []),
    ],
)
def test_so_many_in_so_many_is_a_share(text, shares):
    assert [one.value for one in find_ratios(text)] == pytest.approx(shares)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("Kept up for a year, it adds up.", ["a year"], id="a unit of time"),
        pytest.param("A year and a half, half an hour, a year ago", [], id="part of another figure"),
        pytest.param("A single megawatt, an hour long.", ["A single megawatt", "an hour"], id="a single"),
        pytest.param("$5 million a year, twice a day", [], id="for each of them"),
        pytest.param("a second look", [], id="not a number"),
    ],
)
def test_a_unit_without_a_figure_is_one_of_it(text, words):
    assert [text[one.start : one.end] for one in find_ones(text)] == words
    assert all(one.number == 1 for one in find_ones(text))


@pytest.mark.parametrize("text", ["the H100 chip", "COVID-19", "one of them", "in June 2026", "version v3.5"])
def test_what_only_looks_like_a_figure_is_none(text):
    assert find_quantities(text) == []


@pytest.mark.parametrize(
    ("stated", "read", "agreement"),
    [
        pytest.param("$60 billion", "60bn dollars", "same", id="written otherwise"),
        pytest.param("60%", "59.7%", "same", id="rounded"),
        pytest.param("1,900 hectares", "19 square kilometres", "same", id="a square"),
        pytest.param("500 sq ft", "46 m²", "same", id="squares of two kinds"),
        pytest.param("12 square kilometres", "12 kilometres", None, id="a square is no length"),
        pytest.param("about 500 jars", "480 jars", "same", id="about"),
        pytest.param("about 480,000 chips", "555,000 chips", "different", id="about is not that wide"),
        pytest.param("500 jars", "480 jars", "different", id="plain figures are exact"),
        pytest.param("more than 50 ships", "60 ships", "same", id="above a bound"),
        pytest.param("more than 50 ships", "40 ships", "different", id="below a bound"),
        pytest.param("60 ships", "more than 50 ships", "open", id="only a bound is read"),
        pytest.param("fewer than 900 flats", "fewer than 900 flats", "same", id="the same bound"),
        pytest.param("no more than $4 billion", "up to $4 billion", "same", id="no more than"),
        pytest.param("no fewer than 900 flats", "at least 900 flats", "same", id="no fewer than"),
        pytest.param("$250 million", "a quarter of a billion dollars", "same", id="a part of a million"),
        pytest.param("$300 million", "a quarter of a billion dollars", "different", id="another part of it"),
        pytest.param("more than 900 flats", "fewer than 900 flats", "different", id="the other bound"),
        pytest.param("5 km", "3.1 miles", "same", id="converted"),
        pytest.param("9 miles", "9 km", "different", id="another unit"),
        pytest.param("39 °C", "102 degrees Fahrenheit", "same", id="degrees of two scales"),
        pytest.param("102°F", "39 degrees Celsius", "same", id="degrees of two scales the other way round"),
        pytest.param("35 °C", "102 °F", "different", id="other degrees of two scales"),
        pytest.param("39 degrees", "39 °C", "same", id="degrees of a scale that is not named"),
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
        pytest.param("three million, two hundred thousand, " * 2_000, id="scales after commas"),
        pytest.param("two hundred and " * 5_000, id="number words"),
        pytest.param("9" * 50_000, id="digits"),
        pytest.param("from 1 to " * 5_000, id="ranges"),
        pytest.param("May " * 10_000, id="months"),
        pytest.param("5 pounds " * 3_000, id="pounds"),
        pytest.param("a year " * 5_000, id="units"),
        pytest.param("5 in 10 " * 5_000, id="ratios"),
        pytest.param("two million three thousand and " * 2_000, id="thousands"),
    ],
)
def test_hostile_text_is_read_in_bounded_time(text):
    begun = time.process_time()
    find_quantities(text)
    find_ones(text)
    find_ratios(text)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    ("text", "words", "dimension", "means"),
    [
        ("a few hundred milliseconds", "a few hundred milliseconds", "time", (0.1, 1.0)),
        ("some hundreds of seconds", "hundreds of seconds", "time", (100.0, 1000.0)),
        ("tens of thousands of people came", "tens of thousands", "count", (1e4, 1e5)),
        ("several dozen jars", "several dozen", "count", (12.0, 120.0)),
        ("hundreds of millions of euros", "hundreds of millions of euros", "euros", (1e8, 1e9)),
    ],
)
def test_an_order_of_magnitude_is_a_range(text, words, dimension, means):
    found = only(find_quantities(text))
    assert (text[found.start : found.end], found.dimension) == (words, dimension)
    assert found.means == pytest.approx(means, rel=0.01)


@pytest.mark.parametrize(
    ("stated", "read", "agreement"),
    [
        ("hundreds of people", "412 people", "same"),
        ("412 people", "hundreds of people", "open"),
        ("hundreds of people", "thousands of people", "different"),
        ("thousands of people", "412 people", "different"),
        ("millions of people", "30 million people", "same"),
        ("300 people", "hundreds of people", "open"),
        ("hundreds of people", "more than 300 people", "open"),
        ("a few hundred thousand people", "300,000 people", "same"),
        ("tens of thousands", "40,000", "same"),
        ("65,536 bytes", "64 KB", "same"),
        ("5 milliwatts", "5 mW", "same"),
        ("hundreds of seconds", "a few hundred milliseconds", "different"),
        ("up to a billion satellites", "as many as a million satellites", "different"),
        ("up to ten satellites", "up to eight satellites", "same"),
        ("more than 50 jars", "more than 60 jars", "same"),
        ("less than a billion dollars", "3 dollars", "same"),
    ],
)
def test_orders_and_bounds_are_compared_as_they_are_meant(stated, read, agreement):
    assert compare_quantities(only(find_quantities(stated)), only(find_quantities(read))) == agreement
