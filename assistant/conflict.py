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

from assistant.asked import (
    ABOUT_SOURCES,
    Asked,
    Said,
    Words,
    names_in,
    read_question,
    read_sentence,
    says_other_event,
    stems_in,
)
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

LEAST_WORD = 0.4
"""Cosine with a sentence's words that each word of the question must reach where the answer was found by elimination:
"renovated" is no other word for "founded"."""

LEAST_STATE = 0.5
"""The same for a state that rules out what happened: "remains open" is near "closed", as opposites are."""

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
    eliminated: bool = False
    """Whether the words are the answer only because nothing else in their sentences can be."""


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
    said = [one for one in said if not _of_other_time(one, asked)]
    found: dict[tuple[Difference, frozenset[tuple[str, str]]], Disagreement] = {}
    for number, second in enumerate(said):
        for first in said[:number]:
            for compare in (_compare_events, _compare_figures, _compare_dates, _compare_names):
                one = compare(first, second, asked)
                if one is None:
                    continue
                key = one.difference, frozenset((_source(one.first), _source(one.second)))
                if key not in found and _same_subject(question, one, asked, encoder):
                    found[key] = one
                    break
    return list(found.values())[:MOST_REPORTED]


def _speaks_of(evidence: Evidence, asked: Asked, before: Callable[[Evidence], str]) -> bool:
    """Whether the sentence, or what stands before it, holds most names of the question; without any, half its words."""
    wanted, least = (frozenset().union(*asked.names), 2 / 3) if asked.names else (asked.stems, 1 / 2)
    held = _held(evidence.text, asked)
    if len(wanted & held) < least * len(wanted):
        held |= _held(before(evidence), asked)
    return len(wanted & held) >= least * len(wanted)


def _of_other_time(said: Said, asked: Asked) -> bool:
    """Whether a sentence has dates, and none that a question about a figure or a name asks about."""
    if not asked.dates or not said.dates or not asked.kinds <= {"figure", "name"}:
        return False
    return all(compare_dates(one, other) == "different" for one in asked.dates for other in said.dates)


def _held(text: str, asked: Asked) -> set[str]:
    """Stems of a text's words, and of the names of the question that it holds in a shorter form."""
    held = {stem(word) for word in re.findall(r"\w+", text)}
    short = [frozenset(stems_in(text[start:end])) for start, end in names_in(text)]
    return held.union(*(name for name in asked.names if any(one and one <= name for one in short)))


# What may differ


def _compare_figures(first: Said, second: Said, asked: Asked) -> Disagreement | None:
    if "figure" not in asked.kinds:
        return None
    fitting = _fitting(first, asked), _fitting(second, asked)
    ones, others = _answering(first, fitting[0], asked), _answering(second, fitting[1], asked)
    # What both say is no difference.
    new = [one for one in ones if not _among(one, fitting[1])], [one for one in others if not _among(one, fitting[0])]
    if all(new):
        ones, others = new
    if not ones or not others or len(ones) > 2 or len(others) > 2:
        return None
    eliminated = not asked.counted and (ones, others) != fitting
    differing = [
        (one, other)
        for one in ones
        for other in others
        if one.dimension == other.dimension and _same_rate(first, one, second, other)
    ]
    if not differing or any(not _differ(first, one, second, other) for one, other in differing):
        return None
    one, other = differing[0]
    if _kind_counted(first, one, asked) - second.stems or _kind_counted(second, other, asked) - first.stems:
        return None
    words = _words_of(first, one), _words_of(second, other)
    if not _same_conditions(first, words[0], second, words[1], asked):
        return None
    counted = bool(_counted(first, one) & _counted(second, other) & asked.counted - _COUNTED_OFTEN)
    return Disagreement("figure", first.evidence, words[0], second.evidence, words[1], counted, eliminated)


_COUNTED_OFTEN = frozenset({"people", "person", "man", "woman", "tim", "time", "year", "day", "thing", "part", "kind"})
"""Stems of what is counted for too many reasons to say what a question asks."""


def _fitting(said: Said, asked: Asked) -> list[Quantity]:
    """The figures of a sentence that measure what is asked for."""
    fitting = [one for one in said.quantities if asked.dimensions is None or one.dimension in asked.dimensions]
    return [one for one in fitting if one.dimension not in ("ordinal", "times") or asked.dimensions is not None]


def _among(one: Quantity, others: Sequence[Quantity]) -> bool:
    return any(compare_quantities(one, other) == "same" for other in others)


def _answering(said: Said, fitting: list[Quantity], asked: Asked) -> list[Quantity]:
    """Those of them that count what is asked for."""
    if not asked.counted:
        return fitting
    for wanted in (asked.counted, {"person"} if asked.counted & _PERSONS else set()):
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


def _kind_counted(said: Said, quantity: Quantity, asked: Asked) -> set[str]:
    """Stems of the words that narrow what is counted: "410 foreign students"; names narrow nothing."""
    words = re.match(r"(?:\s[a-z]+){1,3}", said.evidence.text[quantity.end :])
    stems = stems_in(words[0]) if words else []
    at = next((number for number, one in enumerate(stems) if one in asked.counted), 0)
    return set(stems[:at])


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
    eliminated = False
    for said, date, beside in ((first, one, second), (second, other, first)):
        if asked.event and not asked.event.search(said.evidence.text):
            if says_other_event(_clause_at(said.evidence.text, date.start), beside.evidence.text):
                return None
            eliminated = True
    return Disagreement(
        "date", first.evidence, (one.start, one.end), second.evidence, (other.start, other.end), eliminated=eliminated
    )


def _date_of(said: Said, asked: Asked) -> Date | None:
    """The date of what is asked for: the one in the clause that says it, the nearest otherwise."""
    text = said.evidence.text
    at = list(asked.event.finditer(text)) if asked.event else []
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
    return bool(_PLANNED.search(_clause_at(said.evidence.text, at.start)))


def _compare_events(first: Said, second: Said, asked: Asked) -> Disagreement | None:
    if "event" not in asked.kinds or asked.event is None:
        return None
    one, other = _status(first, asked), _status(second, asked)
    if one is None or other is None or "happened" not in (one[0], other[0]) or one[0] == other[0]:
        return None
    done, undone, status = (first, second, other[0]) if one[0] == "happened" else (second, first, one[0])
    happened, denied = done.evidence.published, undone.evidence.published
    # When something is to happen is later than when it did.
    apart = _far_apart(first, second) if status == "planned" else _elsewhen(first, second)
    if apart or _contrast(first, second) or _counts_apart(first, second):
        return None
    same = _source(done.evidence) == _source(undone.evidence)
    in_order = happened is not None and denied is not None and denied >= happened
    if not (same or in_order or status == "never"):
        return None  # what was planned may since have happened
    unsaid = status == "not yet" and not asked.event.search(undone.evidence.text)
    return Disagreement("event", first.evidence, one[1], second.evidence, other[1], eliminated=unsaid)


def _counts_apart(first: Said, second: Said) -> bool:
    """Whether the sentences count the same otherwise: the 2024 notes are not the 2027 notes."""
    return any(
        one.counted and one.counted == other.counted and _differ(first, one, second, other)
        for one in first.quantities
        for other in second.quantities
    )


_PLANNED = re.compile(
    r"\b(?:will|would|shall|plan(?:s|ned|ning)?\s+(?:to|on|for)|(?:is|are|was|were|be|been|had|has)\s+planned"
    r"|expect(?:s|ed|ing)?|intend(?:s|ed)?|wants?|hop(?:es|ed|ing)|aim(?:s|ed|ing)?"
    r"|(?<!said\ )(?<!known\ )(?<!out\ )(?<!thought\ )(?<!believed\ )(?<!found\ )to\s+be"
    r"|scheduled|due\s+(?:to|for)|(?:is|are)\s+due|(?:is|are|was|were)\s+(?:set\s+)?to|propos(?:es|ed|ing)|about\s+to|agreed\s+to|waiting"
    r"|pending|designed\s+to|meant\s+to|supposed\s+to|targets?)\b",
    re.IGNORECASE,
)
_NEVER = re.compile(
    r"\b(?:never|did\s+not|didn['’]t|den(?:y|ies|ied)|reject\w*|refus\w+|veto\w*|fail(?:s|ed)?\s+to|(?:turned|voted)\s+down)\b",
    re.IGNORECASE,
)
_NOT_YET = re.compile(
    r"\b(?:not|n['’]t|no\s+longer|yet\s+to|postpon\w+|put\s+off|delay\w*|cancel\w*|call(?:s|ed)?\s+off|withdr[ae]wn?|withdrew"
    r"|abandon\w*|scrap(?:s|ped)?|halt(?:s|ed)?|suspend\w*)\b|n['’]t\b",
    re.IGNORECASE,
)
_UNCHANGED = re.compile(r"\b(?:still|remain(?:s|ed)?)\s+\w+", re.IGNORECASE)
"""What says that nothing happened, where the sentence has another word for that: "remains open" of what closed."""
_OPEN = re.compile(
    r"\b(?:if|unless|until|whether|when|once|after|before|(?-i:may)|might|could|should|claim\w*|rumou?r\w*|headlines?|reportedly"
    r"|alleged\w*|describ\w+)\b",
    re.IGNORECASE,
)
_DONE = re.compile(
    r"\b(?:has|have|had|was|were|been|did)\b|\b(?:went|made|held|took|completed|finished)\s+(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)
"""What stands before the word for what happened: "went on strike", "made its landing"."""
_PAST = re.compile(
    r"(?:ed|sold|bought|built|won|began|begun|took|taken|ran|paid|changed\ hands)(?:\s+\w+)?$", re.IGNORECASE
)


def _status(said: Said, asked: Asked) -> tuple[Status, Words] | None:
    """Whether what is asked about happened, as far as the sentence says, and the words that say so."""
    text = said.evidence.text
    for start, end in _clauses(text):
        clause = text[start:end]
        event = asked.event.search(clause) if asked.event else None
        never = _NEVER.search(clause)
        if event is None and not (never and len(said.stems & asked.stems) >= 2):
            continue
        # "Repaid the notes that were due": what follows a verb in the past does not make it a plan.
        reach = event.start() if event is not None and _PAST.search(event.group()) else len(clause)
        never, denied, planned = (one.search(clause, 0, reach) for one in (_NEVER, _NOT_YET, _PLANNED))
        denied = never or denied
        # "Once it opens" leaves open whether it did; "opens before May" does not.
        if not never and event is not None and _OPEN.search(clause, 0, event.end()):
            continue
        words = [one for one in (denied or planned, event) if one is not None]
        place = (start + min(one.start() for one in words), start + max(one.end() for one in words))
        if denied:
            return ("never" if never else "not yet"), place
        if planned:
            return "planned", place
        if event is not None and (_DONE.search(clause[: event.start()]) or _PAST.search(event.group())):
            return "happened", (start + event.start(), start + event.end())
    state = _UNCHANGED.search(text) if asked.event and not asked.event.search(text) else None
    return ("not yet", state.span()) if state else None


_ALL = re.compile(r"\b(?:only|sole|all|alone|every)\b", re.IGNORECASE)
"""With what a sentence says that there is no further answer."""
_NOT_SINGLE = re.compile(
    r"\b(?:also|among|including|(?<!every\ )one\s+of|some\s+of|together|part\s+of|former(?:ly)?)\b", re.IGNORECASE
)


def _compare_names(first: Said, second: Said, asked: Asked) -> Disagreement | None:
    if "name" not in asked.kinds or _source(first.evidence) == _source(second.evidence):
        return None
    one, other = _name_of(first, second, asked), _name_of(second, first, asked)
    if one is None or other is None or not _same_conditions(first, one, second, other, asked):
        return None
    rest = asked.stems.difference(*asked.names)
    for said, words in ((first, one), (second, other)):
        text = said.evidence.text
        if not (asked.one or _ALL.search(text)) or _one_of_several(text, words):
            return None
        if 2 * len(rest & said.stems) < len(rest) or (asked.place and rest and not _stands_with(rest, text, words[0])):
            return None
    by = any(_BY.search(said.evidence.text[:start]) for said, (start, _) in ((first, one), (second, other)))
    return Disagreement("name", first.evidence, one, second.evidence, other, eliminated=not by)


_BY = re.compile(r"\ban?\s+\w+\s+by\s+$", re.IGNORECASE)
"""What stands before the name of who made something: "an opera by"."""


_PLACED = re.compile(r"\b(?:in|at|near)\s+(?:the\s+)?$", re.IGNORECASE)
"""What stands before a name that says where."""


def _stands_with(wanted: frozenset[str], text: str, at: int) -> bool:
    """Whether one of the stems stands in the clause around a place, or in one that it goes on from: "..., in Rome"."""
    for start, end in reversed([one for one in _clauses(text) if one[0] <= at]):
        if wanted & set(stems_in(text[start:end])):
            return True
        if not _GOING_ON.match(text, start):
            return False
    return False


_GOING_ON = re.compile(r"\s*(?:in|at|on|near|by|an?|the)\b", re.IGNORECASE)


def _one_of_several(text: str, name: Words) -> bool:
    """Whether the sentence gives a name as one of several answers."""
    beside = re.search(r"\b(?:and|with)\s$", text[: name[0]]) or re.match(r"\sand\b", text[name[1] :])
    return bool(beside or _NOT_SINGLE.search(text))


def _name_of(said: Said, other: Said, asked: Asked) -> Words | None:
    """The one name that a sentence gives for an answer and the other does not hold; None where there are more."""
    text = said.evidence.text
    new = [
        (start, end)
        for start, end in said.names
        if (stems := set(stems_in(text[start:end])) - asked.stems.difference(*asked.names))
        and not stems & (asked.stems | other.stems)
        and (asked.place or not _PLACED.search(text[max(0, start - 12) : start]))
    ]
    # The word at the start of a sentence may be no name.
    new = [one for one in new if one[0] or " " in text[slice(*one)]] or new
    return new[0] if len(new) == 1 else None


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
        "killed died dead/injured hurt wounded",
    )
)
"""Words that part one thing from another of its kind."""


def _same_occasion(first: Said, second: Said, asked: Asked) -> bool:
    """Whether the sentences agree in so many names, dates and figures that they must speak of the same thing."""
    known = frozenset().union(*asked.names)
    names = [frozenset(stems_in(first.evidence.text[start:end])) - known for start, end in first.names]
    agreed = sum(bool(name) and name <= second.own_names for name in names)
    agreed += sum(any(compare_dates(one, other) == "same" for other in second.dates) for one in first.dates)
    agreed += sum(
        any(compare_quantities(one, other) == "same" for other in second.quantities) for one in first.quantities
    )
    return agreed >= 2


def _same_conditions(first: Said, one: Words, second: Said, other: Words, asked: Asked) -> bool:
    """Whether nothing parts what the sentences say with the given words.

    Of one occasion both may tell details of their own, so that only what stands beside the words counts.
    """
    if _contrast(first, second) or _elsewhen(first, second):
        return False
    texts = [_without_values(first), _without_values(second)]
    if _same_occasion(first, second, asked):
        texts = [_clause_at(said.evidence.text, start) for said, (start, _) in ((first, one), (second, other))]
    if (
        len({_conditions(text, asked) for text in texts}) > 1
        or len({bool(_PLANNED.search(text)) for text in texts}) > 1
    ):
        return False
    if not asked.counted and (
        _belonging(first, asked) - asked.stems - second.stems or _belonging(second, asked) - asked.stems - first.stems
    ):
        return False
    if "name" in asked.kinds:
        return True
    if len({_parts(_without_values(said), asked) for said in (first, second)}) > 1:
        return False
    ones = (first.own_names | _scopes(first)) - asked.stems - second.stems
    others = (second.own_names | _scopes(second)) - asked.stems - first.stems
    return not (ones and others)


_PART = re.compile(
    r"\b(?:first|second|third|fourth|last|next|final|half|halves|part|parts|portion|section|stage|phase|branch|each"
    r"|average|median|of\s+(?:whom|which)|operating|adjusted|another|additional|extra|further|alone)\b",
    re.IGNORECASE,
)
"""Words with which a sentence counts a part, or one of several."""

_OF = re.compile(r"(\w+)\s+of\s+(?:the\s+)?$", re.IGNORECASE)
"""What stands before a name that something belongs to."""


def _belonging(said: Said, asked: Asked) -> set[str]:
    """Stems of what a sentence speaks of instead of what the question names: "the laboratory of Ridgeway"."""
    text, known = said.evidence.text, frozenset().union(*asked.names)
    before = [_OF.search(text[:start]) for start, end in said.names if known & set(stems_in(text[start:end]))]
    return {stem(found[1]) for found in before if found and carries_meaning(found[1])}


_SCOPE = re.compile(
    r"\b(?i:in|on|at|for|during|within|among|across)\s+(?:(?:the|its|their|a|an)\s+)?([a-z]\w+)(?=\s*[,.;:]|\s*$|\s+[A-Z])"
)
"""Within what a sentence counts."""


def _parts(text: str, asked: Asked) -> frozenset[str]:
    found = (match.group().lower() for match in _PART.finditer(text))
    return frozenset(one for one in found if stem(one.split()[0]) not in asked.stems)


def _scopes(said: Said) -> frozenset[str]:
    return frozenset(stem(word) for word in _SCOPE.findall(_without_values(said)) if carries_meaning(word))


def _conditions(text: str, asked: Asked) -> frozenset[str]:
    """Stems of the words that say under which conditions a text holds."""
    found = (stem(match.group().split()[-1]) for match in _CONDITION.finditer(text))
    return frozenset(one for one in found if one not in asked.stems)


def _contrast(first: Said, second: Said) -> bool:
    """Whether the sentences hold words that part one thing from another of its kind."""
    ones, others = (set(re.findall(r"\w+", _without_values(said).lower())) for said in (first, second))
    for group in _CONTRASTS:
        one, other = {group[word] for word in ones & group.keys()}, {group[word] for word in others & group.keys()}
        if one and other and not one & other:
            return True
    return False


def _without_values(said: Said) -> str:
    """The sentence without who says it, its dates and its figures: "the first quarter" is no first of its kind."""
    text = said.evidence.text
    values = [(one.start, one.end) for one in said.dates]
    values += [(one.start, one.end) for one in said.quantities if one.dimension != "ordinal"]
    for start, end in sorted(values, reverse=True):
        text = f"{text[:start]} {text[end:]}"
    return _SAYING.sub("", text)


_SAYING = re.compile(
    r"^[^,;]*?\b(?:found|said|says|reported|reports|told|shows?|showed|announced)\s+that\s", re.IGNORECASE
)
"""Who says what follows."""

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
    return _far_apart(first, second)


def _far_apart(first: Said, second: Said) -> bool:
    """Whether what was right when one sentence was published may have changed before the other was."""
    happened, other = first.evidence.published, second.evidence.published
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


def _same_subject(question: str, one: Disagreement, asked: Asked, encoder: Encoder) -> bool:
    """Whether the sentences match each other and the question well enough to answer the same.

    One source seldom contradicts itself in a figure or a date: what looks so must match better.
    """
    match = _match_beside(one, encoder)
    if one.difference != "event" and _source(one.first) == _source(one.second) and match < GOOD_MATCH:
        return False
    least = LEAST_STATE if one.difference == "event" else LEAST_WORD
    if one.eliminated and (match < GOOD_MATCH or _least_word(question, one, asked, encoder) < least):
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


_ASKING = re.compile(r"\b(?:which|what)\s$", re.IGNORECASE)
"""What stands before the kind of thing that is asked for, which an answer need not name."""


def _least_word(question: str, one: Disagreement, asked: Asked, encoder: Encoder) -> float:
    """How well the sentences match the word of the question, names apart, that they lack most.

    Of a date or an event only what happened counts, and its other words are no other way to say that: a treaty is no
    signature.
    """
    wanted, known = re.finditer(r"\w+", question), frozenset[str]()
    if one.difference in ("date", "event") and asked.event:
        wanted, known = asked.event.finditer(question), asked.stems
    names = names_in(question)
    words = [
        word.span()
        for word in wanted
        if carries_meaning(word.group().split()[-1])
        and not word.group().isdigit()
        and not _ASKING.search(question[: word.start()])
        and not any(start < word.end() and word.start() < end for start, end in names)
    ]
    least = 1.0
    for text in (one.first.text, one.second.text):
        held = set(stems_in(text))
        said = _tokens(
            text, [word.span() for word in re.finditer(r"\w+", text) if stem(word.group()) in known], encoder
        )
        for start, end in words:
            if not held.issuperset(stems_in(question[start:end])):
                near = cosines(_tokens(question, [(0, start), (end, len(question))], encoder), said)
                least = min(least, float(near.max()) if near.size else 0.0)
    return least


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


def _clause_at(text: str, at: int) -> str:
    return next((text[start:end] for start, end in _clauses(text) if start <= at < end), text)


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
