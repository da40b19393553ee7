"""The figures and dates that a text states, as values that can be compared.

"$60 billion" and "60bn dollars" are the same figure, "mid-June" holds 16 June, "about 500" holds 480. What a figure
means is a range: a rounded one holds everything that rounds to it, "more than 50" everything above 50.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

Agreement = Literal["same", "open", "different"]
"""Of what is read with what is stated: it says so, it leaves it open, it says otherwise."""

Range = tuple[float, float]
ANYTHING: Range = (-math.inf, math.inf)

MOST_ROUNDED = 0.2
"""How far a rounded figure reaches at most, as a share of it: "1 hour" may be 50 minutes, and is not half an hour."""

FAR = 100.0
"""A bound so many times another says something else, though it holds: "up to a billion" beside "up to a million"."""

ROUGHLY = 0.06
"""How far "about" reaches, as a share of the figure, where its zeros do not say more."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A figure; `text[start:end]` are its words."""

    start: int
    end: int
    value: float
    """In the base unit of its dimension: metres, seconds, kilograms, dollars, a share of 1, ..."""
    number: float
    """In the unit that is written."""
    dimension: str
    """"count" where no unit is given, "ordinal", "times", or the name of what the unit measures."""
    means: Range
    """All values that the words fit, in the base unit."""
    bounded: bool
    """Whether only a bound is given ("more than 50")."""
    counted: str
    """The word after a count, in lower case: what is counted."""
    unit: str = ""
    """The unit as it is written, in lower case."""
    digits: str = ""
    """The digits as they are written, without zeros at the ends."""


@dataclass(frozen=True, slots=True)
class Date:
    """A date as far as it is given; `text[start:end]` are its words. A part that is not given is None."""

    start: int
    end: int
    years: tuple[int, int] | None = None
    months: tuple[int, int] | None = None
    days: tuple[int, int] | None = None


_PLAIN = {0x17F: "s", 0x130: "I", 0x131: "i", 0x212A: "K"}
"""Letters that patterns take for s, i and k whatever their case, and tables do not know."""


def find_dates(text: str) -> list[Date]:
    """The dates in a text, in their order."""
    text = text.translate(_PLAIN)
    found: list[Date] = []
    for match in _DATE.finditer(text):
        date = _date_of(match, text)
        if date is not None:
            found.append(date)
    return found


def find_quantities(text: str) -> list[Quantity]:
    """The figures in a text that are no dates, in their order."""
    text = text.translate(_PLAIN)
    taken = [(date.start, date.end) for date in find_dates(text)]
    found: list[Quantity] = []
    end = 0
    for match in _NUMBER.finditer(text):
        inside = any(start <= match.start() < stop for start, stop in taken)
        if match.start() < end or inside:
            continue
        quantity = _quantity_of(match, text)
        if quantity is not None:
            if found and _leaves_out_unit(quantity, found[-1], text):
                quantity = replace(
                    quantity,
                    value=quantity.value / 100,
                    means=(quantity.means[0] / 100, quantity.means[1] / 100),
                    dimension="share",
                )
            found.append(quantity)
            end = quantity.end
    return found


def find_ones(text: str) -> list[Quantity]:
    """What is one of a unit, though no figure says so: "a year", "a single megawatt"; not "$5 million a year"."""
    text = text.translate(_PLAIN)
    figures = find_quantities(text)
    ends = [one.end for one in figures]
    found: list[Quantity] = []
    for match in _ONE.finditer(text):
        start = match.start()
        before = bisect_right(ends, start)
        if before < len(figures) and figures[before].start < match.end():
            continue  # "a year and a half"
        for_each = before > 0 and _FOR_EACH.fullmatch(text[ends[before - 1] : start][:FOR_EACH_LENGTH])
        if not for_each and not _ONCE.search(text[max(0, start - 5) : start]):
            dimension, factor = _UNITS[match["unit"].lower()]
            found.append(Quantity(*match.span(), factor, 1.0, dimension, (factor, factor), False, ""))
    return found


def find_ratios(text: str) -> list[Quantity]:
    """The shares that two counts make: "seven in ten", "9 out of 10"; `find_quantities` gives the counts."""
    found: list[Quantity] = []
    for match in _RATIO.finditer(text.translate(_PLAIN)):
        some, whole = (_value_of(match[name].lower().removeprefix("a ").replace(",", "")) for name in ("some", "all"))
        share, margin = some / whole, min(PART_STEP, 1.0 / whole) / 2
        if share <= 1.0:
            means = (share - margin, share + margin)
            found.append(Quantity(*match.span(), share, share, "share", means, False, ""))
    return found


def with_unit_of(bare: Quantity, other: Quantity) -> Quantity:
    """A number that leaves its unit to be understood, in the unit of another: "more than 100" beside "15 kW"."""
    factor = other.value / other.number if other.number else 1.0
    low, high = bare.means
    return replace(
        bare, value=bare.value * factor, means=(low * factor, high * factor), dimension=other.dimension, counted=""
    )


def _leaves_out_unit(quantity: Quantity, before: Quantity, text: str) -> bool:
    """Whether a bare number at the end of a clause is a percentage like the figure before it: "9 percent, then 5."."""
    if quantity.dimension != "count" or before.dimension != "share" or quantity.counted or not quantity.digits:
        return False
    return re.match(r"\s*(?:[.,;)]|\Z)", text[quantity.end :]) is not None


def compare_quantities(stated: Quantity, read: Quantity) -> Agreement | None:
    """How the figure that is read bears on the stated one; None where they measure different things."""
    if stated.dimension != read.dimension:
        return None
    read = _on_scale_of(stated, read)
    low, high = stated.means
    slack = 1e-6 * max(abs(stated.value), abs(read.value)) + 1e-12
    if stated.dimension in _LOOSE:
        slack += 0.02 * abs(read.value)
    if stated.dimension == "data":  # 1,024 of a unit are a thousand to some
        slack += 0.1 * abs(read.value)
    if not read.bounded:
        return "same" if low - slack <= read.value <= high + slack else "different"
    if stated.means == read.means:
        return "same"
    if math.inf in map(abs, read.means) and math.isclose(stated.value, read.value, rel_tol=1e-6):
        return "different" if stated.bounded else "same"
    if stated.bounded and read.means[0] >= low - slack and read.means[1] <= high + slack:
        return "different" if abs(stated.value) > FAR * abs(read.value) > 0.0 else "same"
    return "open" if read.means[0] < high + slack and read.means[1] > low - slack else "different"


def _on_scale_of(stated: Quantity, read: Quantity) -> Quantity:
    """Degrees Celsius as degrees Fahrenheit, or the other way round, where the other figure is given so."""
    scales = _scale_of(stated.unit), _scale_of(read.unit)
    if scales == ("F", "C"):
        factor, shift = 1.8, 32.0
    elif scales == ("C", "F"):
        factor, shift = 1 / 1.8, -32.0 / 1.8
    else:
        return read
    low, high = (one * factor + shift for one in read.means)
    return replace(read, value=read.value * factor + shift, means=(low, high))


def _scale_of(unit: str) -> str:
    """C or F, of a unit in lower case; empty for degrees of no scale and for what is no temperature."""
    found = _TEMPERATURE.fullmatch(unit)
    return found[1][0].upper() if found else ""


_TEMPERATURE = re.compile(r"(?:°|degrees?)[ \u00a0]?(c|f|celsius|centigrade|fahrenheit)")


def compare_dates(stated: Date, read: Date) -> Agreement:
    """How the date that is read bears on the stated one."""
    is_open = False
    for wanted, given in ((stated.years, read.years), (stated.months, read.months), (stated.days, read.days)):
        if wanted is None:
            continue
        if given is None:
            is_open = True
        elif given[1] < wanted[0] or wanted[1] < given[0]:
            return "different"
        elif given[0] < wanted[0] or wanted[1] < given[1]:
            is_open = True
    return "open" if is_open else "same"


# Dates

_MONTH_NAMES = """
    january jan | february feb | march mar | april apr | may | june jun
    july jul | august aug | september sept sep | october oct | november nov | december dec
"""
_MONTHS = {
    name: number
    for number, names in enumerate(_MONTH_NAMES.strip().replace("\n", "|").split("|"), 1)
    for name in names.split()
}
_SEASONS = {"spring": (3, 5), "summer": (6, 8), "autumn": (9, 11), "fall": (9, 11), "winter": (12, 12)}
_NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}

_MONTH = (
    "(?:[Jj]anuary|[Ff]ebruary|March|[Aa]pril|May|[Jj]une|[Jj]uly|August|[Ss]eptember|[Oo]ctober|[Nn]ovember|[Dd]ecember"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_PART = r"(?:(?P<part>[Ee]arly|[Mm]id|[Ll]ate|[Bb]eginning of|[Mm]iddle of|[Ee]nd of)[ -](?:the )?)?"
_YEAR = r"(?:1[0-9]|20)\d\d"
_TH = "(?:st|nd|rd|th)?"
_NO_DAY = r"(?![\d,.]*\d|:\d| ?%|[ -](?:million|billion|percent))"
_QUARTER = "[Ff]irst|[Ss]econd|[Tt]hird|[Ff]ourth|1st|2nd|3rd|4th"
_DATE = re.compile(
    rf"\b(?P<iso>{_YEAR})-(?P<iso_month>0[1-9]|1[0-2])-(?P<iso_day>[0-3]\d)\b"
    rf"|\b(?:(?P<day_before>[0-3]?\d){_TH}(?: of)? )(?P<month_after>{_MONTH})(?:,? (?P<year_after>{_YEAR})\b)?"
    rf"|\b{_PART}(?P<month>{_MONTH})(?: (?P<day>[0-3]?\d){_TH}{_NO_DAY})?(?:,? (?:of )?(?P<year>{_YEAR})\b)?"
    rf"|\b(?:[Qq](?P<q>[1-4])|(?P<quarter>{_QUARTER})[ -]quarter)\b"
    rf"(?:,? (?:of )?(?:fiscal )?(?P<quarter_year>{_YEAR})\b)?"
    rf"|\b(?P<half>[Ff]irst|[Ss]econd) half of (?:fiscal )?(?P<half_year>{_YEAR})\b"
    rf"|\b(?P<season>[Ss]pring|[Ss]ummer|[Aa]utumn|[Ff]all|[Ww]inter)(?: of)? (?P<season_year>{_YEAR})\b"
    rf"|\b(?P<decade>{_YEAR})['’]?s\b"
    rf"|\b(?P<century>1\d|20|21)(?:th|st) centur"
    rf"|\b{_PART.replace('part', 'year_part')}(?P<only_year>{_YEAR})\b(?![,.]\d|%|['’]s\b)"
)

_BEFORE_YEAR = re.compile(
    r"(?:\b(?:in|since|by|until|from|during|before|after|of|fiscal|years?|to|and|for|the|late|early|mid|end|around|circa"
    r"|through|between)[ -]|[(,–—/-] ?)\Z",
    re.IGNORECASE,
)
_BEFORE_MONTH = re.compile(
    r"\b(?:in|since|until|by|from|of|last|next|this|during|before|after|to|and)\s\Z", re.IGNORECASE
)
_PARTS_OF_MONTH = {
    part: days
    for parts, days in (("early beginning", (1, 10)), ("mid middle", (11, 20)), ("late end", (21, 31)))
    for part in parts.split()
}
_PARTS_OF_YEAR = {
    part: months
    for parts, months in (
        ("early", (1, 4)),
        ("beginning", (1, 3)),
        ("mid middle", (5, 8)),
        ("late", (9, 12)),
        ("end", (10, 12)),
    )
    for part in parts.split()
}


def _date_of(match: re.Match[str], text: str) -> Date | None:
    part = (match["part"] or match["year_part"] or "").lower().split(" ")[0]
    start, end = match.span()
    if part == "end" and re.search(r"\bby (?:the )?\Z", text[max(0, start - 7) : start], re.IGNORECASE):
        part = ""  # any day of it will do
    if match["iso"]:
        return Date(start, end, _one(match["iso"]), _one(match["iso_month"]), _one(match["iso_day"]))
    if match["month_after"]:
        return Date(start, end, _one(match["year_after"]), _month(match["month_after"]), _one(match["day_before"]))
    if match["month"]:
        if match["month"] in ("May", "March", "Mar", "Jan", "Sep", "Dec") and not _is_month(match, text):
            return None
        days = _PARTS_OF_MONTH.get(part) if match["day"] is None else _one(match["day"])
        return Date(start, end, _one(match["year"]), _month(match["month"]), days)
    if match["q"] or match["quarter"]:
        number = int(match["q"]) if match["q"] else _NTH[match["quarter"].lower()]
        return Date(start, end, _one(match["quarter_year"]), (3 * number - 2, 3 * number))
    if match["half"]:
        return Date(start, end, _one(match["half_year"]), (1, 6) if match["half"].lower() == "first" else (7, 12))
    if match["season"]:
        return Date(start, end, _one(match["season_year"]), _SEASONS[match["season"].lower()])
    if match["decade"]:
        year = int(match["decade"])
        return Date(start, end, (year, year + (99 if year % 100 == 0 and year < 2000 else 9)))
    if match["century"]:
        first = 100 * (int(match["century"]) - 1)
        return Date(start, end, (first, first + 100))
    if not _is_year(match, text):
        return None
    return Date(start, end, _one(match["only_year"]), _PARTS_OF_YEAR.get(part))


def _one(number: str | None) -> tuple[int, int] | None:
    return None if number is None else (int(number), int(number))


def _month(name: str) -> tuple[int, int]:
    number = _MONTHS[name.lower().rstrip(".")]
    return number, number


def _is_month(match: re.Match[str], text: str) -> bool:
    """Whether "May" or "March" is the month: it has a day, a year or a part, or follows a word that months follow."""
    if match["day"] or match["year"] or match["part"]:
        return True
    return bool(_BEFORE_MONTH.search(text[max(0, match.start() - 12) : match.start()]))


def _is_year(match: re.Match[str], text: str) -> bool:
    """Whether four digits are a year: nothing counted follows, or a word that years follow stands before."""
    if match["year_part"]:
        return True
    before = text[max(0, match.start() - 12) : match.start()]
    if before[-1:] in "$€£¥" and before:
        return False
    after = re.match(r"[ -]?([A-Za-z%°µμ]+)", text[match.end() : match.end() + 24])
    if after and (after[1].lower() in _UNITS or after[1].lower() in _SCALES):
        return False
    if _BEFORE_YEAR.search(before):
        return True
    return after is None or not after[1][0].islower() or after[1] in _STOPS


_STOPS = frozenset(
    "and or but to the a an as at by for from in of on with was were is are had has have when while who which that "
    "after before until it he she they".split()
)
"""Words that may follow a year; another one is what four digits count."""

# Figures


def _longest_first(words: Iterable[str]) -> str:
    """The words as alternatives of a pattern, so that no shorter one is found in a longer."""
    return "|".join(sorted(words, key=len, reverse=True))


_SMALL = {
    word: number
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split()
    )
}
_TENS = {word: 10 * n for n, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)}
_SCALES = {
    name: value
    for value, names in (
        (1e2, "hundred"),
        (12.0, "dozen dozens"),
        (1e3, "thousand k"),
        (1e6, "million millions m mn mln"),
        (1e9, "billion billions bn b bln"),
        (1e12, "trillion tn trn t"),
    )
    for name in names.split()
}
_ORDINALS = {
    word: number
    for number, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
        "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split(),
        1,
    )
}
_TIMES = {
    name: value
    for value, names in (
        (2.0, "twice,doubled,double,doubling"),
        (3.0, "tripled,triple"),
        (4.0, "quadrupled"),
        (0.5, "halved,half as"),
    )
    for name in names.split(",")
}
_FRACTIONS = {
    name: value
    for value, names in (
        (0.5, "half"),
        (1 / 3, "third thirds"),
        (0.25, "quarter quarters"),
        (0.2, "fifth fifths"),
        (0.1, "tenth tenths"),
    )
    for name in names.split()
}

_UNITS: dict[str, tuple[str, float]] = {
    name: (dimension, factor)
    for dimension, factor, names in (
        ("share", 0.01, "% percent pct per\xa0cent percentage"),
        ("dollars", 1.0, "dollar dollars usd"),
        ("dollars", 0.01, "cent cents"),
        ("euros", 1.0, "euro euros eur"),
        ("pounds", 1.0, "gbp sterling"),
        ("yen", 1.0, "yen jpy"),
        ("yuan", 1.0, "yuan renminbi rmb"),
        ("rupees", 1.0, "rupee rupees inr"),
        ("length", 1.0, "metre metres meter meters"),
        ("length", 1000.0, "km kilometre kilometres kilometer kilometers"),
        ("length", 0.01, "cm centimetre centimetres centimeter centimeters"),
        ("length", 0.001, "mm millimetre millimetres millimeter millimeters"),
        ("length", 1e-6, "micrometre micrometres micrometer micrometers micron microns µm μm"),
        ("length", 1e-9, "nanometre nanometres nanometer nanometers nm"),
        ("length", 1609.344, "mile miles mi"),
        ("length", 0.3048, "foot feet ft"),
        ("length", 0.0254, "inch inches"),
        ("length", 0.9144, "yard yards"),
        ("mass", 1.0, "kg kilogram kilograms kilo kilos"),
        ("mass", 0.001, "gram grams"),
        ("mass", 1e-6, "mg milligram milligrams"),
        ("mass", 1e-9, "microgram micrograms µg μg"),
        ("mass", 1000.0, "tonne tonnes ton tons"),
        ("mass", 0.4536, "lb lbs"),
        ("time", 1.0, "second seconds sec secs"),
        ("time", 0.001, "millisecond milliseconds ms"),
        ("time", 1e-6, "microsecond microseconds µs μs"),
        ("time", 1e-9, "nanosecond nanoseconds ns"),
        ("time", 60.0, "minute minutes min mins"),
        ("time", 3600.0, "hour hours hr hrs"),
        ("time", 86400.0, "day days"),
        ("time", 604800.0, "week weeks"),
        ("time", 2629800.0, "month months"),
        ("time", 31557600.0, "year years yr yrs"),
        ("time", 315576000.0, "decade decades"),
        ("time", 3155760000.0, "century centuries"),
        ("power", 1.0, "watt watts w"),
        ("power", 1e3, "kw kilowatt kilowatts"),
        ("power", 1e6, "mw megawatt megawatts"),
        ("power", 0.001, "milliwatt milliwatts"),
        ("power", 1e9, "gw gigawatt gigawatts"),
        ("energy", 1e3, "kwh"),
        ("energy", 1e6, "mwh"),
        ("energy", 1e9, "gwh"),
        ("energy", 1e12, "twh"),
        ("heat", 1.0, "joule joules"),
        ("heat", 1e3, "kj kilojoule kilojoules"),
        ("heat", 1e6, "mj megajoule megajoules"),
        ("volume", 1.0, "litre litres liter liters"),
        ("volume", 0.001, "ml millilitre millilitres milliliter milliliters"),
        ("voltage", 1.0, "volt volts"),
        ("voltage", 1e3, "kv kilovolt kilovolts"),
        ("voltage", 0.001, "millivolt millivolts"),
        ("current", 1.0, "ampere amperes amps"),
        ("current", 0.001, "milliampere milliamperes"),
        ("frequency", 1.0, "hz hertz"),
        ("frequency", 1e3, "khz kilohertz"),
        ("frequency", 1e6, "mhz megahertz"),
        ("frequency", 1e9, "ghz gigahertz"),
        ("data", 1.0, "byte bytes"),
        ("data", 1e3, "kb kilobyte kilobytes"),
        ("data", 1e6, "mb megabyte megabytes"),
        ("data", 1e9, "gb gigabyte gigabytes"),
        ("data", 1e12, "tb terabyte terabytes"),
        ("speed", 1.0, "kph km/h kmh"),
        ("speed", 1.609344, "mph"),
        ("degrees", 1.0, "degree degrees °"),
        ("area", 1.0, "hectare hectares ha"),
        ("area", 0.4047, "acre acres"),
        ("times", 1.0, "times fold x"),
    )
    for name in names.split(" ")
}
_STICKING = frozenset({"w", "ha", "x", "mi", "min", "°"})
"""Units that are words of their own unless they stick to the number."""
_LOWER = frozenset({"ml", "mg", "ns", "nm", "hertz", "micron", "microns"})
"""Units that are names or initials where they begin with a capital."""
_LOOSE = frozenset({"length", "mass", "time", "area", "speed", "volume"})
"""Dimensions whose figures are converted, and rounded on the way."""
_CURRENCIES = {
    "$": "dollars", "US$": "dollars", "USD": "dollars", "€": "euros", "EUR": "euros", "£": "pounds", "GBP": "pounds",
    "¥": "yen", "JPY": "yen", "₹": "rupees",
}  # fmt: skip
_MONEY_NEAR = re.compile(
    r"£|\b(?:euros?|dollars?|pay|paid|pays|cost|costs|price|prices|priced|worth|fees?|fines|fined|deficit|budget|debt"
    r"|loans?|funds?|funded|funding|grants?|spen[dt]s?|spending|revenues?|profits?|sales|salary|salaries"
    r"|wages?|tax|taxes|charge|charged|charges|donat\w+|invest\w+|million|billion|bn|rents?)\b",
    re.IGNORECASE,
)
"""What stands beside pounds that are money; others may be weights."""

_UNDER_100 = rf"(?:(?:{'|'.join(_TENS)})(?:[ -](?:{'|'.join(list(_SMALL)[1:10])}))?|{_longest_first(_SMALL)})\b"
_UNDER_1000 = rf"(?:(?:{_UNDER_100}[ -])?(?:hundred|dozen)\b(?:(?: and | ){_UNDER_100})?|{_UNDER_100})"
_THOUSANDS = rf"(?:{_UNDER_1000}[ -])?(?:thousand|million|billion)\b"
_IN_WORDS = rf"(?:{_THOUSANDS}(?: {_THOUSANDS})?(?:(?: and | ){_UNDER_1000})?|{_UNDER_1000})"
_VAGUE = (
    r"(?:a few|several|many) (?:hundred|thousand|million|billion|dozen)(?: (?:thousand|million|billion))?\b"
    r"|(?:tens|dozens|hundreds|thousands|millions|billions)"
    r"(?: of (?:thousands|millions|billions)\b|(?= of\b(?! (?:thousands|millions|billions)\b)))"
)
"""No figure, but its order: "hundreds of" people are from one to ten hundreds, "thousands of" them up to a million."""
_OF_SO_MANY = (
    r"(?:(?:a )?(?:hundred|thousand)|three|four|five|six|seven|eight|nine|ten|twelve|twenty|fifty"
    r"|[3-9]|1,?000|100|10|12|20|50)"
)
_LONG_UNITS = _longest_first(name for name in _UNITS if len(name) > 2 and name.isalpha())
_SINGLE_UNITS = _longest_first(
    name
    for name, (dimension, _) in _UNITS.items()
    if len(name) > 2 and name[-1] != "s" and name.isalpha() and name + "s" in _UNITS and name != "second"
    and dimension not in ("share", "degrees")
)  # fmt: skip
_RATIO = re.compile(
    rf"(?<![\w.,$€£¥₹-])(?P<some>{_longest_first(_SMALL)}|\d{{1,3}})"
    r" (?:(?:times )?out of|times in(?= (?:ten|10|(?:(?:a|every) )?(?:hundred|thousand)|100)\b)|in"
    r"|(?<!one )(?<!\b1 )of) (?:every )?"
    rf"(?P<all>{_OF_SO_MANY})\b(?![,.: \u00a0\u202f]?\d| ?%|[ -](?:{_LONG_UNITS}|{_longest_first(_SCALES)})\b)",
    re.IGNORECASE,
)
_NUMBER = re.compile(
    r"(?:(?P<currency>US\$|[$€£¥₹]|\b(?-i:USD|EUR|GBP|JPY)[ \u00a0]?)|(?<![\w.])(?<![A-Za-z]-))"
    r"(?P<digits>\d{1,3}(?:,\d{3}){1,5}(?!\d)|\d{1,15})"
    r"(?P<point>\.\d{1,9}|[½¼¾])?(?P<ordinal>(?:st|nd|rd|th)\b)?"
    r"|(?<!first )(?<!second )(?<!third )(?<!fourth )\b"
    r"(?P<fraction>(?:(?:a|one|two|three|four)[ -])?(?:half|thirds?|quarters?|fifths?|tenths?))\b"
    r"(?= (?:of|an?|the|all)\b(?! (?:19|20)\d\d)|[ -](?:dozen|thousand|million|billion|trillion)\b)"
    rf"|\ban? (?P<one>{_SINGLE_UNITS}) and an? (?P<more>half|quarter)\b"
    rf"|\b(?P<vague>{_VAGUE})"
    rf"|\b(?P<words>{_IN_WORDS})"
    rf"|\b(?P<nth>{'|'.join(_ORDINALS)})\b(?! (?:quarter|half))"
    rf"|\b(?P<times>{'|'.join(_TIMES)})\b",
    re.IGNORECASE,
)
_SCALE = re.compile(
    r"[ \u00a0-]?(?P<scale>hundred|thousand|millions?|billions?|trillion|dozens?|mn|mln|bn|bln|tn|trn|[kmbt])\b"
    r"(?![/²])",
    re.IGNORECASE,
)
_AND_PART = re.compile(r" and (?:(?:(?:a|one) )?(?P<part>half|quarter)|three[- ]quarters)\b(?! of\b)", re.IGNORECASE)
_PART_OF_ONE = re.compile(r"(?: (?:of )?an? |[ -])(?P<one>per cent|percentage points?|[a-z]+)\b", re.IGNORECASE)
_ONE = re.compile(
    rf"\b(?:an?|one)(?: (?:single|whole|full|entire))? (?P<unit>{_SINGLE_UNITS})\b"
    r"(?! (?:ago|earlier|before|later|after|old|on)\b)",
    re.IGNORECASE,
)
_FOR_EACH = re.compile(
    r"[ -]?(?:(?!(?:in|over|for|after|within|during|through|at|and|or|to|of|is|was|by|from)\b)[\w-]+ ){0,3}",
    re.IGNORECASE,
)
"""What stands between a figure and "a year" where it is one for each year."""
FOR_EACH_LENGTH = 40
"""Characters of that at most, and one more."""
_ONCE = re.compile(r"\bonce \Z", re.IGNORECASE)
_UNIT = re.compile(
    r"[ \u00a0-]?(?P<unit>%|(?:°|degrees?)[ \u00a0]?(?:Celsius|centigrade|Fahrenheit|[CF])\b|°|per cent\b"
    r"|percentage points?\b|[A-Za-zµμ]+(?:/h)?)",
    re.IGNORECASE,
)
_SQUARE = re.compile(r"[ -]?(?:(?:square|sq\.?)[ -](?P<of>[a-z]{1,10})\b|(?P<side>[a-z]{1,2})²)", re.IGNORECASE)
HECTARE = 10_000.0
"""Square metres: areas are given in hectares."""
_OTHER_END = re.compile(
    rf"(?: ?[-–—] ?| to | and )(?:[$€£¥₹]?\d[\d,]{{0,14}}(?:\.\d{{1,9}})?|{_UNDER_1000})"
    r"(?: ?(?P<scale>thousand|million|billion|trillion|bn|m)\b)?"
    r"(?= ?(?:%|°|[a-z]))",
    re.IGNORECASE,
)
"""The other end of a range: its unit is that of both."""
_APPROXIMATE = re.compile(
    r"(?:\b(?:about|around|roughly|approximately|some|nearly|almost|close to|circa|an estimated|estimated|just under"
    r"|just over)|~|≈)(?: (?:a|an|the))? ?\Z",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"(?:\b(?:(?<!no )(?<!not )(?:more|greater) than|(?<!just )over|above|at least|exceed(?:s|ed|ing)?"
    r"|(?:no|not) (?:fewer|less) than|upwards of|north of|topped|surpassed|minimum of)|>) ?(?:a |an )?\Z",
    re.IGNORECASE,
)
_BELOW = re.compile(
    r"(?:\b(?:less than|fewer than|(?<!just )under|below|at most|no more than|up to"
    r"|(?<!times )(?<!twice )(?<!half )(?<!not )as (?:many|much) as"
    r"|maximum of)|<) ?(?:a |an )?\Z",
    re.IGNORECASE,
)
_PLUS = re.compile(r"\+|(?: or more\b)")


def _quantity_of(match: re.Match[str], text: str) -> Quantity | None:
    start, end = match.span()
    if match["one"]:
        dimension, factor = _UNITS[match["one"].lower()]
        number = 1.0 + _FRACTIONS[match["more"].lower()]
        found = Quantity(start, end, number * factor, number, dimension, ANYTHING, False, "")
        return _bounded(found, PART_STEP * factor, text, whole=False)
    if match["times"]:
        return _plain(start, end, _TIMES[match["times"].lower()], "times")
    if match["nth"]:
        return _plain(start, end, _ORDINALS[match["nth"].lower()], "ordinal")
    if match["ordinal"]:
        return _plain(start, end, float(match["digits"].replace(",", "")), "ordinal")
    if match["fraction"]:
        return _part(match, text)
    if match["vague"]:
        return _order(match, text)
    value, step, end = _number_of(match, text)
    scale, end = _scale_after(match, text, end)
    dimension, factor, counted, end = _unit_after(match, text, end)
    if dimension == "count" and match["words"] and match["words"].lower() == "one" and value * scale == 1.0:
        return None  # mostly a pronoun
    return _bounded(
        Quantity(
            start,
            end,
            value * scale * factor,
            value * scale,
            dimension,
            ANYTHING,
            False,
            counted,
            unit=re.sub(r"[\d.,\s-]", "", text[start:end]).lower(),
            digits=re.sub(r"\D", "", match["digits"] + (match["point"] or "")).strip("0") if match["digits"] else "",
        ),
        step * scale * factor,
        text,
        whole=dimension == "count" and scale == 1.0 and step == 1.0,
    )


def _part(match: re.Match[str], text: str) -> Quantity:
    """A fraction of something: of a million ("half a million jars"), of a unit ("half an hour"), otherwise a share."""
    start, end = match.span()
    words = re.split(r"[ -]", match["fraction"].lower())
    number = (_SMALL.get(words[0], 1) if len(words) > 1 else 1) * _FRACTIONS[words[-1]]
    of = _PART_OF_ONE.match(text, end)
    name = of["one"].lower().replace("per cent", "percent") if of else ""
    scale = _SCALES[name] if name in _SCALES and len(name) > 2 else 1.0
    counted = ""
    if of and scale > 1.0:
        dimension, factor, counted, end = _unit_after(match, text, of.end())
    elif of and name.startswith("percentage p"):
        dimension, factor, end = "points", 0.01, of.end()
    elif of and name in _UNITS and name not in _STICKING:
        (dimension, factor), end = _UNITS[name], of.end()
    else:
        return Quantity(start, end, number, number, "share", (number - 0.02, number + 0.02), False, "")
    number *= scale
    found = Quantity(start, end, number * factor, number, dimension, ANYTHING, False, counted)
    return _bounded(found, PART_SPREAD * number * factor, text, whole=False)


def _order(match: re.Match[str], text: str) -> Quantity:
    """What is given by its order alone: "hundreds of people", "a few hundred milliseconds"."""
    words = match["vague"].lower().split()
    scale = math.prod(10.0 if word == "tens" else _SCALES.get(word.removesuffix("s"), 1.0) for word in words)
    of = text.startswith(" of ", match.end())
    dimension, factor, counted, end = _unit_after(match, text, match.end() + 3 * of)
    if of and dimension != "count" and text[end - 1 : end] != "s" and end - match.end() > 7:
        dimension, factor = "count", 1.0  # "hundreds of second homes"
    most = 999.0 if words[-1] in ("thousands", "millions", "billions") and len(words) == 1 else 9.99
    before = text[max(0, match.start() - 24) : match.start()]
    low = -math.inf if _BELOW.search(before) else scale * factor
    high = math.inf if _ABOVE.search(before) else most * scale * factor
    end = match.end() if dimension == "count" else end
    return Quantity(match.start(), end, scale * factor, scale, dimension, (low, high), True, counted)


PART_STEP = 0.1
"""The last place of "and a half": what rounds to it, to the nearest tenth, is meant as well."""
PART_SPREAD = 0.2
"""How wide "half a million" is, as a share of it: from 450,000 to 550,000."""


def _number_of(match: re.Match[str], text: str) -> tuple[float, float, int]:
    """The number as it is written, the step of its last place, and where it ends: "two", "2.5", "two and a half"."""
    end = match.end()
    if match["ordinal"] is None and match["point"] is None:
        more = _AND_PART.match(text, end)
        if more:
            part = _FRACTIONS[more["part"].lower()] if more["part"] else 0.75
            last = (match["words"] or "1").split()[-1].lower()
            of = _SCALES.get(last, 1.0)  # "a million and a half"
            return _whole_number(match) + part * of, PART_STEP * of, more.end()
    if match["point"] in _SIGNS:
        return _whole_number(match) + _SIGNS[match["point"]], PART_STEP, end
    if match["words"]:
        return _whole_number(match), 1.0, end
    point = match["point"] or "."
    return float(match["digits"].replace(",", "") + point), 10.0 ** (1 - len(point)), end


def _whole_number(match: re.Match[str]) -> float:
    return _value_of_words(match["words"]) if match["words"] else float(match["digits"].replace(",", ""))


_SIGNS = {"½": 0.5, "¼": 0.25, "¾": 0.75}


def _scale_after(match: re.Match[str], text: str, end: int) -> tuple[float, int]:
    """What "million" or "bn" after the number makes of it, and where the words end; "k" and "m" must stick to it."""
    found = _SCALE.match(text, end)
    if found and (len(found["scale"]) > 1 or text[end].isalpha() or match["currency"]):
        return _SCALES[found["scale"].lower()], found.end()
    other_end = _OTHER_END.match(text, end)
    if other_end and other_end["scale"]:
        return _SCALES[other_end["scale"].lower()], end
    return 1.0, end


def _unit_after(match: re.Match[str], text: str, end: int) -> tuple[str, float, str, int]:
    """Dimension, factor, the word counted where there is no unit, and where the words end."""
    if match["currency"]:
        return _CURRENCIES[match["currency"].strip().upper()], 1.0, "", end
    other_end = _OTHER_END.match(text, end)
    beyond = other_end.end() if other_end else end
    if square := _SQUARE.match(text, beyond):
        side = (square["of"] or square["side"]).lower()
        dimension, factor = _UNITS.get("metre" if side == "m" else side, ("count", 1.0))
        if dimension == "length":
            return "area", factor**2 / HECTARE, "", end if other_end else square.end()
    unit = _UNIT.match(text, beyond)
    if unit is None:
        return "count", 1.0, "", end
    after = end if other_end else unit.end()
    name = unit["unit"].lower()
    if name.startswith("percentage p"):
        return "points", 0.01, "", after
    if name == "per cent":
        return "share", 0.01, "", after
    if _scale_of(name):
        return "degrees", 1.0, "", after
    if name in ("pound", "pounds") and _speaks_of_money(text):
        return "pounds", 1.0, "", after
    if unit["unit"] == "mW":
        return (*_UNITS["milliwatt"], "", after)
    sticks = name not in _STICKING or text[end : end + 1] != " "
    if name in _UNITS and sticks and not (name in _LOWER and unit["unit"][0].isupper()):
        return (*_UNITS[name], "", after)
    return "count", 1.0, name, end


@lru_cache(maxsize=4)
def _speaks_of_money(text: str) -> bool:
    """Whether pounds in this text are money; asked for each of them, looked for once."""
    return _MONEY_NEAR.search(text) is not None


def _bounded(quantity: Quantity, step: float, text: str, *, whole: bool) -> Quantity:
    """The quantity with the range that its words mean: rounded, about, above or below."""
    value, before = quantity.value, text[max(0, quantity.start - 24) : quantity.start]
    if _ABOVE.search(before) or _PLUS.match(text, quantity.end):
        return replace(quantity, means=(value, math.inf), bounded=True)
    if _BELOW.search(before):
        return replace(quantity, means=(-math.inf, value), bounded=True)
    margin = 0.0 if whole else min(step / 2, MOST_ROUNDED * value)
    if _APPROXIMATE.search(before):
        while value and value % (10 * step) < 1e-9 * value:
            step *= 10
        margin = max(step / 2, ROUGHLY * value)
    return replace(quantity, means=(value - margin, value + margin))


def _plain(start: int, end: int, value: float, dimension: str) -> Quantity:
    return Quantity(start, end, value, value, dimension, (value, value), False, "")


def _value_of(number: str) -> float:
    return float(number) if number.isdigit() else _value_of_words(number)


def _value_of_words(words: str) -> float:
    """The value of "two hundred and fifty thousand"."""
    total = current = 0.0
    last = ""
    for word in re.split(r"-| and | ", words.lower()):
        if word in _SMALL:
            current += _SMALL[word]
        elif word in _TENS:
            current += _TENS[word]
        elif word in ("hundred", "dozen"):
            current = max(current, 1.0) * _SCALES[word]
        elif last in _SCALES and not current:  # "a thousand million"
            total *= _SCALES[word]
        else:
            total += max(current, 1.0) * _SCALES[word]
            current = 0.0
        last = word
    return total + current
