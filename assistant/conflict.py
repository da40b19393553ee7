"""Sentences that answer the same question -> those that differ in a figure, a date, a name or in what happened.

Exact on purpose: values are compared, not meanings. Two sentences differ only where both say the kind of thing that the
question asks for, of the same subject, under the same conditions, and cannot both be right. What is unclear is no
conflict, because an alarm for nothing costs more trust than a miss.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Literal

from assistant.asked import ABOUT_SOURCES, Asked, Said, Words, names_in, read_question, read_sentence, stems_in
from assistant.language import carries_meaning, stem
from assistant.quantities import Date, Quantity, compare_dates, compare_quantities
from assistant.types import Difference, Evidence
from knowledge import Encoder, Matrix, cosines

Status = Literal["happened", "planned", "not yet", "never"]

MOST_COMPARED = 12
"""Sentences compared with each other, best first: a question's answers stand among them, and 66 pairs take no time."""

MOST_CHARACTERS = 1_000
"""A longer sentence is a list or a table that was not told apart, and is not compared."""

MOST_REPORTED = 3
"""Conflicts given, at most; further ones repeat them."""

LEAST_MATCH = 0.45
"""Mean cosine, both ways, of the tokens beside the differing words: sentences that match less speak of other things."""

LEAST_ANSWER = 0.52
"""Mean cosine of the question's words, names apart, with the sentence that matches them less: below it one of the two
answers something else about the same names."""

LEAST_LIKELY = 0.3
"""The same where both sentences count the thing that the question counts, or match each other well."""

GOOD_MATCH = 0.65
"""Mean cosine from which two sentences say the same in other words."""

SAME_FIGURE = 0.01
"""Figures that differ by less, as a share, are one figure, rounded."""

TIME_TO_CHANGE = timedelta(days=730)
"""Sentences without a date that were published farther apart may both have been right in their time."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two sentences that cannot both be right, with the words in which they differ."""

    difference: Difference
    first: Evidence
    first_words: Words
    """Where they stand in `first.text`."""
    second: Evidence
    second_words: Words
    counted: bool = False
    """Whether both count, in the same word, what the question counts."""


def find_conflicts(
    question: str,
    evidence: Sequence[Evidence],
    *,
    before: Callable[[Evidence], str],
    encoder: Encoder,
) -> list[Disagreement]:
    """At most `MOST_REPORTED` pairs of the evidence that answer the question differently, the best evidence first.

    `before(one)` gives what stands before a sentence and may name its subject: its title, the sentence before it.
    """
    question = ABOUT_SOURCES.sub("", question.strip())
    asked = read_question(question)
    if not asked.kinds:
        return []
    said = [
        read_sentence(one)
        for one in evidence[:MOST_COMPARED]
        if len(one.text) <= MOST_CHARACTERS and _speaks_of(one, asked, before)
    ]
    found: dict[tuple[Difference, frozenset[tuple[str, str]]], Disagreement] = {}
    for number, second in enumerate(said):
        for first in said[:number]:
            for compare in (_compare_events, _compare_figures, _compare_dates, _compare_names):
                one = compare(first, second, asked)
                if one is None:
                    continue
                key = one.difference, frozenset((_source(one.first), _source(one.second)))
                if key not in found and _same_subject(question, one, encoder):
                    found[key] = one
                    break
    return list(found.values())[:MOST_REPORTED]


def _speaks_of(evidence: Evidence, asked: Asked, before: Callable[[Evidence], str]) -> bool:
    """Whether the sentence, or what stands before it, holds most names of the question; without any, half its words."""
    wanted, least = (asked.names, 2 / 3) if asked.names else (asked.stems, 1 / 2)
    held = {stem(word) for word in re.findall(r"\w+", evidence.text)}
    if len(wanted & held) < least * len(wanted):
        held |= {stem(word) for word in re.findall(r"\w+", before(evidence))}
    return len(wanted & held) >= least * len(wanted)


# What may differ


def _compare_figures(first: Said, second: Said, asked: Asked) -> Disagreement | None:
    if "figure" not in asked.kinds or not _same_conditions(first, second, asked):
        return None
    ones, others = _answering(first, asked), _answering(second, asked)
    if not ones or not others or len(ones) > 2 or len(others) > 2:
        return None
    differing = [
        (one, other)
        for one in ones
        for other in others
        if one.dimension == other.dimension and _same_rate(first, one, second, other)
    ]
    if not differing or any(not _differ(first, one, second, other) for one, other in differing):
        return None
    one, other = differing[0]
    counted = bool(_counted(first, one) & _counted(second, other) & asked.counted - _COUNTED_OFTEN)
    return Disagreement(
        "figure", first.evidence, _words_of(first, one), second.evidence, _words_of(second, other), counted
    )


_COUNTED_OFTEN = frozenset({"people", "person", "man", "woman", "tim", "time", "year", "day", "thing", "part", "kind"})
"""Stems of what is counted for too many reasons to say what a question asks."""


def _answering(said: Said, asked: Asked) -> list[Quantity]:
    """The figures of a sentence that are of the kind that is asked for."""
    fitting = [one for one in said.quantities if asked.dimensions is None or one.dimension in asked.dimensions]
    fitting = [one for one in fitting if one.dimension not in ("ordinal", "times") or asked.dimensions is not None]
    if not asked.counted:
        return fitting
    wanted = asked.counted | ({"person"} if asked.counted & _PERSONS else frozenset())
    counting = [one for one in fitting if _counted(said, one) & wanted]
    if counting:
        return counting
    bare = [one for one in fitting if not one.counted or not carries_meaning(one.counted)]
    return bare if len(bare) == len(fitting) == 1 else []


_PERSONS = frozenset(
    stem(word)
    for word in "employees workers staff inhabitants residents students pupils visitors patients members soldiers "
    "passengers guests customers users voters victims volunteers".split()
)
"""Who may be counted as "people"."""


def _counted(said: Said, quantity: Quantity) -> set[str]:
    """Stems of the words after a figure, in which what is counted stands."""
    return set(stems_in(" ".join(re.findall(r"\w+", said.evidence.text[quantity.end :][:60])[:3])))


def _differ(first: Said, one: Quantity, second: Said, other: Quantity) -> bool:
    """Whether neither figure leaves room for the other, rounding apart."""
    if compare_quantities(one, other) != "different" or compare_quantities(other, one) != "different":
        return False
    if one.bounded != other.bounded:
        bounded, plain = (one, other) if one.bounded else (other, one)
        low, high = bounded.means
        return not low * 0.9 <= plain.value <= high if high == float("inf") else not plain.value <= high * 1.1
    return not (_rounds_to(one.value, other.value) or _rounds_to(other.value, one.value))


def _rounds_to(exact: float, rounded: float) -> bool:
    """Whether a figure with few digits is the other, rounded to as many."""
    if exact == 0 or rounded == 0:
        return exact == rounded
    if abs(exact - rounded) / max(abs(exact), abs(rounded)) < SAME_FIGURE and exact != round(exact, 0):
        return True
    digits = len(f"{rounded:.12g}".replace(".", "").lstrip("0").rstrip("0"))
    return digits <= 2 and float(f"{exact:.{digits}g}") == rounded


_RATE = re.compile(
    r"\b(?:a|an|per|each|every|one)\s+(second|minute|hour|day|night|week|month|quarter|year)\b|\b(annual|yearly|monthly|weekly|"
    r"daily|hourly)(?:ly)?\b|\bover\s+(twelve\s+months|the\s+year)\b",
    re.IGNORECASE,
)


def _rate(said: Said, quantity: Quantity) -> str:
    """The period that a figure is per, as far as the sentence tells; empty for none."""
    found = _RATE.search(said.evidence.text, quantity.end, quantity.end + 30) or _RATE.search(said.evidence.text)
    words = next((group for group in found.groups() if group), "").lower() if found else ""
    plain = {"annual": "year", "yearly": "year", "monthly": "month", "weekly": "week", "daily": "day", "hourly": "hour"}
    return plain.get(words, "year" if words.startswith(("twelve", "the")) else words)


def _same_rate(first: Said, one: Quantity, second: Said, other: Quantity) -> bool:
    return one.dimension in ("length", "time", "ordinal") or _rate(first, one) == _rate(second, other)


def _compare_dates(first: Said, second: Said, asked: Asked) -> Disagreement | None:
    if "date" not in asked.kinds:
        return None
    one, other = _date_of(first, asked), _date_of(second, asked)
    if one is None or other is None or compare_dates(one, other) != "different":
        return None
    statuses = {_when(first, one), _when(second, other)}
    apart = first.own_names - asked.stems - second.stems and second.own_names - asked.stems - first.stems
    if len(statuses) > 1 or apart or _contrast(first, second):
        return None
    return Disagreement("date", first.evidence, (one.start, one.end), second.evidence, (other.start, other.end))


def _date_of(said: Said, asked: Asked) -> Date | None:
    """The date of what is asked for: the one in the clause that says it, the nearest otherwise."""
    text = said.evidence.text
    at = list(asked.event.finditer(text)) if asked.event else []
    if asked.event and not at:
        return None
    if asked.event is None and len(said.stems & asked.stems) < 2:
        return None
    dates = [one for one in said.dates if not _SPOKEN.search(text[max(0, one.start - 24) : one.start])]
    if len(dates) < 2 or not at:
        return dates[0] if len(dates) == 1 else None
    clauses = _clauses(text)
    for event in at:
        inside = next((start, end) for start, end in clauses if start <= event.start() < end)
        here = [one for one in dates if inside[0] <= one.start < inside[1]]
        if here:
            return min(here, key=lambda one: abs(one.start - event.end()))
    return min(dates, key=lambda one: min(abs(one.start - event.end()) for event in at))


_SPOKEN = re.compile(r"\b(?:said|announced|reported|told|according\s+to)\b[^,;]*$", re.IGNORECASE)


def _when(said: Said, at: Date) -> bool:
    """Whether the clause around a date speaks of a plan."""
    clause = next((one for one in _clauses(said.evidence.text) if one[0] <= at.start < one[1]), (0, None))
    return bool(_PLANNED.search(said.evidence.text[clause[0] : clause[1]]))


def _compare_events(first: Said, second: Said, asked: Asked) -> Disagreement | None:
    if "event" not in asked.kinds or asked.event is None:
        return None
    one, other = _status(first, asked), _status(second, asked)
    if one is None or other is None or "happened" not in (one[0], other[0]) or one[0] == other[0]:
        return None
    if _elsewhen(first, second) or _contrast(first, second):
        return None
    done, undone, status = (first, second, other[0]) if one[0] == "happened" else (second, first, one[0])
    happened, denied = done.evidence.published, undone.evidence.published
    same = _source(done.evidence) == _source(undone.evidence)
    in_order = happened is not None and denied is not None and denied >= happened
    if not (same or in_order or status == "never"):
        return None  # what was planned may since have happened
    return Disagreement("event", first.evidence, one[1], second.evidence, other[1])


_PLANNED = re.compile(
    r"\b(?:will|would|shall|plan(?:s|ned|ning)?|expect(?:s|ed|ing)?|intend(?:s|ed)?|wants?|hop(?:es|ed|ing)|aim(?:s|ed|ing)?"
    r"|(?<!said\ )(?<!known\ )(?<!out\ )(?<!thought\ )(?<!believed\ )(?<!found\ )to\s+be"
    r"|scheduled|due|(?:is|are|was|were)\s+(?:set\s+)?to|propos(?:es|ed|ing)|about\s+to|agreed\s+to|waiting"
    r"|pending|designed\s+to|meant\s+to|supposed\s+to|targets?)\b",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"\b(?:never|did\s+not|didn['’]t|reject\w*|refus\w+|veto\w*|fail(?:s|ed)?\s+to|turned\s+down)\b", re.IGNORECASE
)
_NOT_YET = re.compile(
    r"\b(?:not|n['’]t|no\s+longer|yet\s+to|postpon\w+|put\s+off|delay\w*|cancel\w*|call(?:s|ed)?\s+off|withdr[ae]wn?|withdrew"
    r"|abandon\w*|scrap(?:s|ped)?|halt(?:s|ed)?|suspend\w*)\b|n['’]t\b",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:if|unless|until|whether|when|once|after|before|(?-i:may)|might|could|should|claim\w*|rumou?r\w*|headlines?|reportedly"
    r"|alleged\w*|describ\w+)\b",
    re.IGNORECASE,
)
_DONE = re.compile(r"\b(?:has|have|had|was|were|been|did)\b", re.IGNORECASE)
_PAST = re.compile(r"(?:ed|sold|bought|built|won|began|begun|took|taken|ran|changed\ hands)(?:\s+\w+)?$", re.IGNORECASE)


def _status(said: Said, asked: Asked) -> tuple[Status, Words] | None:
    """Whether what is asked about happened, as far as the sentence says, and the words that say so."""
    text = said.evidence.text
    for start, end in _clauses(text):
        clause = text[start:end]
        event = asked.event.search(clause) if asked.event else None
        never = _NEVER.search(clause)
        if event is None and not (never and len(said.stems & asked.stems) >= 2):
            continue
        if _OPEN.search(clause) and not never:
            continue
        denied = never or _NOT_YET.search(clause)
        planned = _PLANNED.search(clause)
        words = [one for one in (denied or planned, event) if one is not None]
        place = (start + min(one.start() for one in words), start + max(one.end() for one in words))
        if denied:
            return ("never" if never else "not yet"), place
        if planned:
            return "planned", place
        if event is not None and (_DONE.search(clause[: event.start()]) or _PAST.search(event.group())):
            return "happened", (start + event.start(), start + event.end())
    return None


_SINGLE = re.compile(
    r"\b(?:design|discover|invent|wr[io]te|written|compos|direct|found(?:ed|er)|buil[dt]|construct|paint|chief\s+executive|ceo"
    r"|president|chair(?:man|woman)|head(?:ed|quarter)|leads?\b|led\b|born|capital|won\b|winn?er|win\b|based|by\b|dr[ea]w|only|sole|all|every)",
    re.IGNORECASE,
)
"""What is mostly said of one person, one firm or one place."""
_NOT_SINGLE = re.compile(
    r"\b(?:also|among|including|(?<!every\ )one\s+of|some\s+of|together|with|and|part\s+of|former(?:ly)?)\b",
    re.IGNORECASE,
)


def _compare_names(first: Said, second: Said, asked: Asked) -> Disagreement | None:
    if "name" not in asked.kinds or _source(first.evidence) == _source(second.evidence):
        return None
    if not _same_conditions(first, second, asked):
        return None
    one, other = _name_of(first, asked), _name_of(second, asked)
    if one is None or other is None:
        return None
    texts = [said.evidence.text[start:end] for said, (start, end) in ((first, one), (second, other))]
    if set(stems_in(texts[0])) & set(stems_in(texts[1])):
        return None
    return Disagreement("name", first.evidence, one, second.evidence, other)


_PLACED = re.compile(r"\b(?:in|at|near)\s+(?:the\s+)?$", re.IGNORECASE)
"""What stands before a name that says where."""


def _name_of(said: Said, asked: Asked) -> Words | None:
    """The one name that a sentence gives for an answer; None where there are more, or where several may be right."""
    text = said.evidence.text
    new = [
        (start, end)
        for start, end in said.names
        if not set(stems_in(text[start:end])) & asked.stems
        and (asked.place or not _PLACED.search(text[max(0, start - 12) : start]))
    ]
    if len(new) != 1 or not _SINGLE.search(text) or _NOT_SINGLE.search(text):
        return None
    return new[0] if 2 * len((asked.stems - asked.names) & said.stems) >= len(asked.stems - asked.names) else None


# The same subject under the same conditions

_CONDITION = re.compile(
    r"\b(?:while|when|if|once|during|unless|before|after|under|formerly|previously|originally|initially|at\s+first"
    r"|used\s+to|at\s+full|at\s+most|per\s+\w+|stored|except|excluding)\b",
    re.IGNORECASE,
)

_CONTRASTS = tuple(
    {word: number for number, words in enumerate(group.split("/")) for word in words.split()}
    for group in (
        "north northern/south southern/east eastern/west western",
        "first initial/second/third/fourth/fifth/last final/next",
        "men man male boys/women woman female girls",
        "adult adults/child children",
        "old older/new newer",
        "upper/lower",
        "left/right",
        "domestic home/foreign abroad international overseas",
        "urban city/rural country",
        "summer/winter/spring/autumn fall",
        "day daytime/night",
        "gross/net",
        "minimum least/maximum peak most/average mean typical",
        "import imports imported/export exports exported",
        "public/private",
        "inner/outer",
        "weekday weekdays/weekend weekends",
        "loss lost/profit gained",
        "planned/actual",
        "gas gaseous/liquid/solid",
    )
)
"""Words that part one thing from another of its kind."""


def _same_conditions(first: Said, second: Said, asked: Asked) -> bool:
    if _contrast(first, second) or _elsewhen(first, second):
        return False
    if _conditions(first, asked) != _conditions(second, asked):
        return False
    if bool(_PLANNED.search(first.evidence.text)) != bool(_PLANNED.search(second.evidence.text)):
        return False
    if "name" in asked.kinds:
        return True
    if "figure" in asked.kinds and _parts(first, asked) != _parts(second, asked):
        return False
    ones = (first.own_names | _scopes(first)) - asked.stems - second.stems
    others = (second.own_names | _scopes(second)) - asked.stems - first.stems
    return not (ones and others)


_PART = re.compile(
    r"\b(?:first|second|third|fourth|last|next|final|half|halves|part|parts|portion|section|stage|phase|branch|each"
    r"|average|median|of\s+(?:whom|which)|another|additional|extra|further|alone)\b",
    re.IGNORECASE,
)
"""Words with which a sentence counts a part, or one of several."""

_SCOPE = re.compile(
    r"\b(?i:in|on|at|for|during|within|among|across)\s+(?:(?:the|its|their|a|an)\s+)?([a-z]\w+)(?=\s*[,.;:]|\s*$|\s+[A-Z])"
)
"""Within what a sentence counts."""


def _parts(said: Said, asked: Asked) -> frozenset[str]:
    found = (match.group().lower() for match in _PART.finditer(_without_values(said)))
    return frozenset(one for one in found if stem(one.split()[0]) not in asked.stems)


def _scopes(said: Said) -> frozenset[str]:
    return frozenset(stem(word) for word in _SCOPE.findall(_without_values(said)) if carries_meaning(word))


def _conditions(said: Said, asked: Asked) -> frozenset[str]:
    """Stems of the words that say under which conditions a sentence holds."""
    return frozenset(
        stem(match.group().split()[-1])
        for match in _CONDITION.finditer(said.evidence.text)
        if stem(match.group().split()[-1]) not in asked.stems
    )


def _contrast(first: Said, second: Said) -> bool:
    """Whether the sentences hold words that part one thing from another of its kind."""
    ones, others = (set(re.findall(r"\w+", _without_values(said).lower())) for said in (first, second))
    for group in _CONTRASTS:
        one, other = {group[word] for word in ones & group.keys()}, {group[word] for word in others & group.keys()}
        if one and other and not one & other:
            return True
    return False


def _without_values(said: Said) -> str:
    """The sentence without its dates and figures: "the first quarter" is no first of its kind."""
    text = said.evidence.text
    values = [(one.start, one.end) for one in said.dates]
    values += [(one.start, one.end) for one in said.quantities if one.dimension != "ordinal"]
    for start, end in sorted(values, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return text


_RELATIVE_YEAR = re.compile(r"\b(last|this|next|previous)\s+year\b|\b(a)\s+year\s+(?:ago|earlier)\b", re.IGNORECASE)


def _elsewhen(first: Said, second: Said) -> bool:
    """Whether the sentences may speak of different times."""
    ones, others = _times(first), _times(second)
    if ones and others:
        return not any(compare_dates(one, other) != "different" for one in ones for other in others)
    happened, other = first.evidence.published, second.evidence.published
    if (ones or others) and happened and other:
        dated, free = (ones, other) if ones else (others, happened)
        return not any(one.years is None or one.years[0] - 1 <= free.year <= one.years[1] + 1 for one in dated)
    return happened is not None and other is not None and abs(happened - other) > TIME_TO_CHANGE


def _times(said: Said) -> list[Date]:
    """The dates of a sentence, "last year" counted from when it was published."""
    found = list(said.dates)
    published = said.evidence.published
    for match in _RELATIVE_YEAR.finditer(said.evidence.text):
        if published is not None:
            word = (match.group(1) or match.group(2)).lower()
            year = published.year + {"last": -1, "previous": -1, "a": -1, "this": 0, "next": 1}[word]
            found.append(Date(match.start(), match.end(), (year, year)))
    return found


def _same_subject(question: str, one: Disagreement, encoder: Encoder) -> bool:
    """Whether the sentences match each other and the question well enough to answer the same.

    One source seldom contradicts itself in a figure or a date: what looks so must match better.
    """
    match = _match_beside(one, encoder)
    if one.difference != "event" and _source(one.first) == _source(one.second) and match < GOOD_MATCH:
        return False
    likely = one.counted or match >= GOOD_MATCH
    return match >= LEAST_MATCH and _match_question(question, one, encoder) >= (
        LEAST_LIKELY if likely else LEAST_ANSWER
    )


def _match_beside(one: Disagreement, encoder: Encoder) -> float:
    """How well the sentences match beside the words that differ: late interaction, the mean of both ways."""
    kept = []
    for evidence, (start, end) in ((one.first, one.first_words), (one.second, one.second_words)):
        # What happened must match too, or there would be two events.
        away = [] if one.difference == "event" else [(start, end)]
        kept.append(_tokens(evidence.text, away, encoder))
    if not len(kept[0]) or not len(kept[1]):  # "It has 17 rooms." says nothing beside
        return LEAST_MATCH if one.counted else 0.0
    near = cosines(kept[0], kept[1])
    return float((near.max(axis=1).mean() + near.max(axis=0).mean()) / 2)


def _match_question(question: str, one: Disagreement, encoder: Encoder) -> float:
    """How well the question's words, names apart, match the sentence that matches them less."""
    asked = _tokens(question, names_in(question), encoder)
    if not len(asked):
        return 1.0
    texts = (one.first.text, one.second.text)
    sentences = [_tokens(text, (), encoder, all_words=True) for text in texts]
    return min(float(cosines(asked, tokens).max(axis=1).mean()) for tokens in sentences)


def _tokens(text: str, away: Sequence[Words], encoder: Encoder, *, all_words: bool = False) -> Matrix:
    """Vectors of the tokens that carry meaning, without those in `away`."""
    encoded = encoder.encode_tokens([text])[0]
    kept = [
        number
        for number, (start, end) in enumerate(encoded.spans.tolist())
        if (all_words or carries_meaning(text[start:end])) and not any(a < end and start < b for a, b in away)
    ]
    vectors: Matrix = encoded.vectors[kept]
    return vectors


# Words


def _clauses(text: str) -> list[Words]:
    """The stretches of a sentence between commas and joining words."""
    cuts = [0, *(match.end() for match in _CUT.finditer(text)), len(text)]
    return [(start, end) for start, end in pairwise(cuts) if start < end]


_CUT = re.compile(r"[;:—]\s|,\s(?!\d)|\s(?=(?:and|but|although|though|because|which)\s)", re.IGNORECASE)


def _words_of(said: Said, quantity: Quantity) -> Words:
    """Where a figure stands with "about" or "more than" before it and what it counts after it."""
    text = said.evidence.text
    before = re.search(
        r"(?:more\s+than|less\s+than|fewer\s+than|at\s+least|up\s+to|about|around|over|almost|nearly|some|roughly)\s+\S?$",
        text[: quantity.start],
        re.IGNORECASE,
    )
    start = before.start() if before else quantity.start
    end = quantity.end + (len(quantity.counted) + 1 if quantity.counted and carries_meaning(quantity.counted) else 0)
    return start, min(end, len(text))


def _source(evidence: Evidence) -> tuple[str, str]:
    return evidence.collection, evidence.document_id
