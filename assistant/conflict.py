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

from assistant.asked import (
    ABOUT_SOURCES,
    PLANNED,
    Asked,
    Said,
    Words,
    clause_at,
    clauses_in,
    names_in,
    read_question,
    read_sentence,
    read_status,
    says_other_event,
    stems_in,
)
from assistant.language import carries_meaning, stem
from assistant.quantities import Date, Quantity, compare_dates, compare_quantities
from assistant.types import Difference, Evidence
from knowledge import Encoder, Matrix, cosines

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

GOOD_MATCH = 0.65
"""Mean cosine from which two sentences say the same in other words."""

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
        if one.dimension == other.dimension and _rate(first, one) == _rate(second, other)
    ]
    if not differing or any(not _differ(one, other) for one, other in differing):
        return None
    one, other = differing[0]
    if _kind_counted(first, one, asked) - second.stems or _kind_counted(second, other, asked) - first.stems:
        return None
    words = _words_of(first, one), _words_of(second, other)
    if not _same_conditions(first, words[0], second, words[1], asked) or not _same_part(first, second, asked):
        return None
    return Disagreement("figure", first.evidence, words[0], second.evidence, words[1], eliminated)


def _fitting(said: Said, asked: Asked) -> list[Quantity]:
    """The figures of a sentence that measure what is asked for; one that ranks or multiplies only where that is."""
    if asked.dimensions is None:
        return [one for one in said.quantities if one.dimension not in ("ordinal", "times")]
    return [one for one in said.quantities if one.dimension in asked.dimensions]


def _among(one: Quantity, others: Sequence[Quantity]) -> bool:
    return any(compare_quantities(one, other) == "same" for other in others)


def _answering(said: Said, fitting: list[Quantity], asked: Asked) -> list[Quantity]:
    """Those of them that count what is asked for, or the only one where it says nothing of what it counts."""
    if not asked.counted:
        return fitting
    bare = len(fitting) == 1 and not carries_meaning(fitting[0].counted)
    return [one for one in fitting if _counted(said, one) & asked.counted] or (fitting if bare else [])


def _counted(said: Said, quantity: Quantity) -> set[str]:
    """Stems of the words after a figure, in which what is counted stands."""
    return set(stems_in(" ".join(re.findall(r"\w+", said.evidence.text[quantity.end :][:60])[:3])))


def _kind_counted(said: Said, quantity: Quantity, asked: Asked) -> set[str]:
    """Stems of the words that narrow what is counted: "410 foreign students"; names narrow nothing."""
    words = re.match(r"(?:\s[a-z]+){1,3}", said.evidence.text[quantity.end :])
    stems = stems_in(words[0]) if words else []
    at = next((number for number, one in enumerate(stems) if one in asked.counted), 0)
    return set(stems[:at])


def _differ(one: Quantity, other: Quantity) -> bool:
    """Whether neither figure leaves room for the other, rounding apart."""
    if compare_quantities(one, other) != "different" or compare_quantities(other, one) != "different":
        return False
    return not (_rounds_to(one.value, other.value) or _rounds_to(other.value, one.value))


def _rounds_to(exact: float, rounded: float) -> bool:
    """Whether a figure with few digits is the other, rounded to as many."""
    digits = len(f"{rounded:.12g}".replace(".", "").strip("0"))
    return digits <= 2 and float(f"{exact:.{digits}g}") == rounded


_RATE = re.compile(
    r"\b(?:an?|per|each|every|one|over\s+the)\s+(second|minute|hour|day|night|week|month|quarter|year)\b"
    r"|\b(annual(?=ly\b|\b)|(?:year|month|week|dai|hour)(?=ly\b))",
    re.IGNORECASE,
)


def _rate(said: Said, quantity: Quantity) -> str:
    """The period that a figure is per, as far as the sentence tells; empty for none, and for what has none."""
    found = _RATE.search(said.evidence.text)
    if found is None or quantity.dimension in ("length", "time", "ordinal"):
        return ""
    period = (found[1] or found[2]).lower()
    return {"annual": "year", "dai": "day"}.get(period, period)


def _compare_dates(first: Said, second: Said, asked: Asked) -> Disagreement | None:
    if "date" not in asked.kinds:
        return None
    one, other = _date_of(first, asked), _date_of(second, asked)
    if one is None or other is None or compare_dates(one, other) != "different":
        return None
    clauses = [clause_at(said.evidence.text, at.start) for said, at in ((first, one), (second, other))]
    if len({bool(PLANNED.search(clause)) for clause in clauses}) > 1:
        return None
    if _contrast(first, second) or _apart(first, second, asked):
        return None
    texts = first.evidence.text, second.evidence.text
    unsaid = [number for number, text in enumerate(texts) if asked.event and not asked.event.search(text)]
    if any(says_other_event(clauses[number], texts[1 - number]) for number in unsaid):
        return None
    words = (one.start, one.end), (other.start, other.end)
    return Disagreement("date", first.evidence, words[0], second.evidence, words[1], eliminated=bool(unsaid))


def _date_of(said: Said, asked: Asked) -> Date | None:
    """The date of what is asked for: the only one, or the nearest in a clause that says it; not when it was told."""
    text = said.evidence.text
    at = list(asked.event.finditer(text)) if asked.event else []
    dates = [one for one in said.dates if not _SPOKEN.search(text[max(0, one.start - 24) : one.start])]
    if len(dates) < 2 or not at:
        return dates[0] if len(dates) == 1 else None
    said_in = [(clause_at(text, event.start()), event.end()) for event in at]
    beside = [
        (abs(one.start - end), number)
        for number, one in enumerate(dates)
        for here in (clause_at(text, one.start),)
        for clause, end in said_in
        if clause == here
    ]
    return dates[min(beside)[1]] if beside else None


_SPOKEN = re.compile(r"\b(?:said|announced|reported|told|according\s+to)\b[^,;]*$", re.IGNORECASE)
"""What stands before the date on which somebody said something."""


def _compare_events(first: Said, second: Said, asked: Asked) -> Disagreement | None:
    if "event" not in asked.kinds or asked.event is None:
        return None
    one, other = read_status(first, asked.event, asked), read_status(second, asked.event, asked)
    if one is None or other is None or one[0] == other[0] or "happened" not in (one[0], other[0]):
        return None
    done, undone, status = (first, second, other[0]) if one[0] == "happened" else (second, first, one[0])
    # When something is to happen is later than when it did.
    apart = _far_apart(first, second) if status == "planned" else _elsewhen(first, second)
    if apart or _contrast(first, second) or _counts_apart(first, second):
        return None
    # What was planned may since have happened.
    before, after = done.evidence.published, undone.evidence.published
    in_order = before is not None and after is not None and before <= after
    if not in_order and status != "never" and _source(first.evidence) != _source(second.evidence):
        return None
    return Disagreement("event", first.evidence, one[1], second.evidence, other[1], eliminated=status == "unchanged")


def _counts_apart(first: Said, second: Said) -> bool:
    """Whether the sentences count the same otherwise: the 2024 notes are not the 2027 notes."""
    return any(
        one.counted and one.counted == other.counted and _differ(one, other)
        for one in first.quantities
        for other in second.quantities
    )


_ALL = re.compile(r"\b(?:only|sole|all|alone|every)\b", re.IGNORECASE)
"""With what a sentence says that there is no further answer."""
_NOT_SINGLE = re.compile(
    r"\b(?:also|among|including|(?<!every\ )one\s+of|some\s+of|together|part\s+of|former(?:ly)?)\b", re.IGNORECASE
)


def _compare_names(first: Said, second: Said, asked: Asked) -> Disagreement | None:
    if "name" not in asked.kinds:
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
    for start, end in reversed([one for one in clauses_in(text) if one[0] <= at]):
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
_PART = re.compile(
    r"\b(?:first|second|third|fourth|last|next|final|half|halves|parts?|portion|section|stage|phase|branch|each|average"
    r"|median|of\s+(?:whom|which)|operating|adjusted|another|additional|extra|further|alone)\b",
    re.IGNORECASE,
)
"""Words with which a sentence counts a part, or one of several."""

_CONTRASTS = tuple(
    {word: number for number, words in enumerate(group.split("/")) for word in words.split()}
    for group in (
        "north northern/south southern/east eastern/west western, men man male boys/women woman female girls, "
        "first initial/second/third/fourth/fifth/last final/next, adult adults/child children, old older/new newer, "
        "domestic home/foreign abroad international overseas, upper/lower, left/right, urban city/rural country, "
        "summer/winter/spring/autumn fall, day daytime/night, gross/net, inner/outer, public/private, planned/actual, "
        "minimum least/maximum peak most/average mean typical, import imports imported/export exports exported, "
        "weekday weekdays/weekend weekends, loss lost/profit gained, gas gaseous/liquid/solid, "
        "killed died dead/injured hurt wounded"
    ).split(", ")
)
"""Words that part one thing from another of its kind."""


def _same_occasion(first: Said, second: Said, asked: Asked) -> bool:
    """Whether the sentences agree in so many names, dates and figures that they must speak of the same thing."""
    known = frozenset().union(*asked.names)
    names = [frozenset(stems_in(first.evidence.text[start:end])) - known for start, end in first.names]
    agreed = [bool(name) and name <= second.own_names for name in names]
    agreed += [any(compare_dates(one, other) == "same" for other in second.dates) for one in first.dates]
    agreed += [_among(one, second.quantities) for one in first.quantities]
    return sum(agreed) >= 2


def _same_conditions(first: Said, one: Words, second: Said, other: Words, asked: Asked) -> bool:
    """Whether nothing parts what the sentences say with the given words.

    Of one occasion both may tell details of their own, so that only what stands beside the words counts.
    """
    if _contrast(first, second) or _elsewhen(first, second):
        return False
    texts = [_without_values(first), _without_values(second)]
    if _same_occasion(first, second, asked):
        texts = [clause_at(said.evidence.text, start) for said, (start, _) in ((first, one), (second, other))]
    if _conditions(texts[0], asked) != _conditions(texts[1], asked):
        return False
    ones, others = _belonging(first, asked), _belonging(second, asked)
    return bool(asked.counted) or not (ones - asked.stems - second.stems or others - asked.stems - first.stems)


def _same_part(first: Said, second: Said, asked: Asked) -> bool:
    """Whether both count the whole, or the same part of it."""
    ones, others = (
        {stem(word) for word in _PART.findall(_without_values(said))} - asked.stems for said in (first, second)
    )
    return ones == others and not _apart(first, second, asked)


def _apart(first: Said, second: Said, asked: Asked) -> bool:
    """Whether each is about a name or a place of which the other and the question say nothing."""
    ones = (first.own_names | _scopes(first)) - asked.stems - second.stems
    others = (second.own_names | _scopes(second)) - asked.stems - first.stems
    return bool(ones and others)


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


def _scopes(said: Said) -> frozenset[str]:
    """Stems of the words for where or when something was counted: "in hospitals"."""
    return frozenset(stem(word) for word in _SCOPE.findall(_without_values(said)) if carries_meaning(word))


def _conditions(text: str, asked: Asked) -> frozenset[str]:
    """Stems of the words that say under which conditions a text holds, and whether it tells of a plan."""
    found = {stem(match.group().split()[-1]) for match in _CONDITION.finditer(text)} - asked.stems
    return frozenset(found | ({"planned"} if PLANNED.search(text) else set()))


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


def _elsewhen(first: Said, second: Said) -> bool:
    """Whether the sentences may speak of different times; one without a date speaks of about when it was published."""
    ones, others = _times(first), _times(second)
    if not ones and not others:
        return _far_apart(first, second)
    ones, others = (
        times or [Date(0, 0, (day.year - 1, day.year + 1)) for day in (said.evidence.published,) if day]
        for times, said in ((ones, first), (others, second))
    )
    return bool(ones and others) and all(compare_dates(one, other) == "different" for one in ones for other in others)


def _far_apart(first: Said, second: Said) -> bool:
    """Whether what was right when one sentence was published may have changed before the other was."""
    happened, other = first.evidence.published, second.evidence.published
    return happened is not None and other is not None and abs(happened - other) > TIME_TO_CHANGE


def _times(said: Said) -> list[Date]:
    """The dates of a sentence, "last year" counted from when it was published."""
    published = said.evidence.published
    if published is None:
        return list(said.dates)
    words = (match[1].lower() for match in _RELATIVE_YEAR.finditer(said.evidence.text))
    years = (published.year + {"this": 0, "next": 1}.get(word, -1) for word in words)
    return [*said.dates, *(Date(0, 0, (year, year)) for year in years)]


_RELATIVE_YEAR = re.compile(r"\b(last|this|next|previous|a(?=\s+year\s+(?:ago|earlier)\b))\s+year\b", re.IGNORECASE)


def _same_subject(question: str, one: Disagreement, asked: Asked, encoder: Encoder) -> bool:
    """Whether the sentences match each other and the question well enough to answer the same.

    One source seldom contradicts itself in a figure or a date: what looks so must match better.
    """
    match = _match_beside(one, encoder)
    if one.difference != "event" and _source(one.first) == _source(one.second) and match < GOOD_MATCH:
        return False
    if one.eliminated and (match < GOOD_MATCH or _least_word(question, one, asked, encoder) < LEAST_WORD):
        return False
    words = one.first.text[slice(*one.first_words)], one.second.text[slice(*one.second_words)]
    both_count = asked.counted.intersection(*(stems_in(text) for text in words))
    least = LEAST_LIKELY if both_count or match >= GOOD_MATCH else LEAST_ANSWER
    return match >= LEAST_MATCH and _match_question(question, one, encoder) >= least


def _match_beside(one: Disagreement, encoder: Encoder) -> float:
    """How well the sentences match beside the words that differ: late interaction, the mean of both ways."""
    kept = []
    for evidence, (start, end) in ((one.first, one.first_words), (one.second, one.second_words)):
        # What happened must match too, or there would be two events.
        away = [] if one.difference == "event" else [(start, end)]
        kept.append(_tokens(evidence.text, away, encoder))
    if not len(kept[0]) or not len(kept[1]):  # "It has 17 rooms." says nothing beside
        return LEAST_MATCH
    near = cosines(kept[0], kept[1])
    return float((near.max(axis=1).mean() + near.max(axis=0).mean()) / 2)


def _match_question(question: str, one: Disagreement, encoder: Encoder) -> float:
    """How well the question's words, names apart, match the sentence that matches them less."""
    asked = _tokens(question, names_in(question), encoder)
    if not len(asked):
        return 1.0
    sentences = [_tokens(text, (), encoder, all_words=True) for text in (one.first.text, one.second.text)]
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
    """Vectors of the tokens that carry meaning, or of all, without those in `away`."""
    encoded = encoder.encode_tokens([text])[0]
    kept = [
        number
        for number, (start, end) in enumerate(encoded.spans.tolist())
        if (all_words or carries_meaning(text[start:end])) and not any(a < end and start < b for a, b in away)
    ]
    vectors: Matrix = encoded.vectors[kept]
    return vectors


# Words


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
