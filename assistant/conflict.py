"""Sentences that answer the same question -> those that cannot both be right.

The reader has found the words of each sentence that answer. Figures, dates and names among them are compared as values,
not as meanings; where the answer is yes or no, the verifier says which of the two a sentence gives. What may part two
sentences (another time, another part, other conditions, a plan and what came of it) leaves room for both. What is
unclear is no conflict, because an alarm for nothing costs more trust than a miss.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from assistant.asked import (
    NEVER,
    NOT_YET,
    PLANNED,
    Asked,
    Said,
    Words,
    clauses_in,
    names_in,
    read_question,
    read_sentence,
    read_status,
    says_other_event,
    stems_in,
)
from assistant.language import carries_meaning, stem
from assistant.quantities import Date, Quantity, compare_dates, compare_quantities, find_ones, find_ratios
from assistant.types import Difference, Evidence
from assistant.verifier import Opinion, Verifier
from knowledge import Encoder, Matrix, cosines

MOST_COMPARED = 12
"""Sentences compared with each other, best first: a question's answers stand among them."""

MOST_TRIED = 6
"""Pairs whose values differ that the models are asked about: each takes the verifier's time."""

MOST_ANSWERING = 4
"""Of a question that is answered with yes or no so many sentences are judged, best first: each takes its time."""

MOST_CHARACTERS = 1_000
"""A longer sentence is a list or a table that was not told apart, and is not compared."""

MOST_REPORTED = 3
"""Conflicts given, at most; further ones repeat them."""

LEAST_BETWEEN = 0.3
"""How far apart two sentences are that say yes and no: probability that the verifier takes the question for supported
less that it takes it for contradicted, from -1 to 1 ..."""

MOST_OF_NO = 0.1
"""... of the one that says no at most this ..."""

LEAST_DENIED = 0.4
"""... and it denies the question with at least this probability: most sentences say neither."""

LEAST_SUPPORTED = 0.3
"""A sentence that says the same of another value is supported with this probability when it is given that value. Of the
development pairs 86, 85 and 80 of 102 are found at 0.2, 0.3 and 0.5, and 5, 5 and 4 of 94 taken for one falsely."""

SURELY_SUPPORTED = 0.6
"""The same where only one of the two has the question's word for what happened. On the development pairs 0.5 is false
once more, and up to 0.8 finds as many."""

GOOD_MATCH = 0.65
"""Mean cosine from which two sentences say the same in other words."""

TIME_TO_CHANGE = timedelta(days=365)
"""Sentences on what happened that were published farther apart may both have been right in their time."""

AT_ONCE = timedelta(days=60)
"""What is told within this time is told of the same occasion, whatever dates stand beside it."""

NO_TIME = timedelta(days=3)
"""What had not happened may have happened after this time."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two sentences that cannot both be right, with the words in which they differ."""

    difference: Difference
    first: Evidence
    first_words: Words
    """Where they stand in `first.text`."""
    second: Evidence
    second_words: Words


def find_conflicts(
    question: str,
    evidence: Sequence[Evidence],
    *,
    before: Callable[[Evidence], str],
    encoder: Encoder,
    verifier: Verifier,
) -> list[Disagreement]:
    """At most `MOST_REPORTED` pairs of the evidence that answer the question differently, the best evidence first.

    `before(one)` gives what stands before a sentence and may name its subject: its title, the sentence before it.
    """
    asked = read_question(question)
    answering = _apart_in_text([one for one in evidence[:MOST_COMPARED] if one.answer is not None])
    said = [
        read_sentence(one) for one in answering if len(one.text) <= MOST_CHARACTERS and _speaks_of(one, asked, before)
    ]
    said = [one for one in said if not _of_other_time(one, asked)]
    compare = _compare_values
    if asked.yes_no:
        said = said[:MOST_ANSWERING] if len(said) > 1 else []
        said = [replace(one, opinion=_opinion_of(question, one, asked, before, verifier)) for one in said]
        compare = _compare_events
    found: dict[tuple[Difference, frozenset[tuple[str, str]]], Disagreement] = {}
    tried = 0
    for first, second in ((said[j], said[i]) for i in range(len(said)) for j in range(i)):
        if len(found) == MOST_REPORTED or tried == MOST_TRIED:
            break
        one = compare(first, second, asked)
        if one is None:
            continue
        key = one.difference, frozenset((_source(one.first), _source(one.second)))
        if key in found:
            continue
        if one.difference != "event":
            tried += 1
            if not _may_contradict(one, encoder) or not _same_but_for_value(one, asked, verifier):
                continue
        found[key] = one
    return list(found.values())


def _apart_in_text(evidence: Sequence[Evidence]) -> list[Evidence]:
    """The evidence without what lies in a stretch with a better one: no sentence is set against itself."""
    kept: list[Evidence] = []
    for one in evidence:
        beside = [other for other in kept if _source(other) == _source(one)]
        if not any(one.start < other.end and other.start < one.end for other in beside):
            kept.append(one)
    return kept


def _speaks_of(evidence: Evidence, asked: Asked, before: Callable[[Evidence], str]) -> bool:
    """Whether the sentence, or what stands before it, holds most names of the question; without any, half its words."""
    wanted, least = (frozenset().union(*asked.names), 2 / 3) if asked.names else (asked.stems, 1 / 2)
    held = _held(evidence.text, asked)
    if len(wanted & held) < least * len(wanted):
        held |= _held(before(evidence), asked)
    return len(wanted & held) >= least * len(wanted)


def _of_other_time(said: Said, asked: Asked) -> bool:
    """Whether a sentence has dates, and none that a question about a figure or a name asks about."""
    if not asked.dates or not said.dates or asked.when or asked.yes_no:
        return False
    return all(compare_dates(one, other) == "different" for one in asked.dates for other in said.dates)


def _held(text: str, asked: Asked) -> set[str]:
    """Stems of a text's words, and of the names of the question that it holds in a shorter form."""
    held = {stem(word) for word in re.findall(r"\w+", text)}
    short = [frozenset(stems_in(text[start:end])) for start, end in names_in(text)]
    return held.union(*(name for name in asked.names if any(one and one <= name for one in short)))


# What may differ


def _opinion_of(
    question: str, said: Said, asked: Asked, before: Callable[[Evidence], str], verifier: Verifier
) -> Opinion:
    """What the verifier says of a sentence when it takes the question for what is claimed."""
    text = said.evidence.text
    named = frozenset().union(*asked.names) <= _held(text, asked)
    return verifier.judge(question, text if named else f"{before(said.evidence)}\n{text}")


def _compare_events(first: Said, second: Said, asked: Asked) -> Disagreement | None:
    """Whether something happened, by the words that say so where both have such, else by what the verifier says."""
    statuses = [read_status(said, asked.event, asked) if asked.event else None for said in (first, second)]
    if statuses[0] is not None and statuses[1] is not None:
        (one, words), (other, other_words) = statuses[0], statuses[1]
        if one == other or "happened" not in (one, other):
            return None
        done, undone = (first, second) if one == "happened" else (second, first)
        never = "never" in (one, other)
    elif _source(first.evidence) == _source(second.evidence):  # it more likely speaks of two things
        return None
    else:
        agrees = [said.opinion.supported - said.opinion.contradicted if said.opinion else 0 for said in (first, second)]
        done, undone = (first, second) if agrees[0] > agrees[1] else (second, first)
        if max(agrees) < 0 or min(agrees) > MOST_OF_NO or max(agrees) - min(agrees) < LEAST_BETWEEN:
            return None
        if PLANNED.search(done.evidence.text) or not undone.opinion or undone.opinion.contradicted < LEAST_DENIED:
            return None
        words, other_words = _answer_of(first), _answer_of(second)
        never = NEVER.search(undone.evidence.text) is not None
    if _contrast(first, second) or _counts_apart(first, second) or not _at_one_time(done, undone, never=never):
        return None
    return Disagreement("event", first.evidence, words, second.evidence, other_words)


def _counts_apart(first: Said, second: Said) -> bool:
    """Whether the sentences count the same otherwise: the 2024 notes are not the 2027 notes."""
    return any(
        one.counted and one.counted == other.counted and _differ(one, other)
        for one in first.quantities
        for other in second.quantities
    )


def _at_one_time(done: Said, undone: Said, *, never: bool) -> bool:
    """Whether something cannot both have happened and not, as far as is known when it was told."""
    if _source(done.evidence) == _source(undone.evidence):
        return never or not _at_other_times(done, undone)
    told, denied = done.evidence.published, undone.evidence.published
    if told is None or denied is None:
        return never
    if abs(told - denied) > TIME_TO_CHANGE:
        return False
    if abs(told - denied) > AT_ONCE and _at_other_times(done, undone):
        return False
    if told <= denied or never:
        return True
    # What was planned, or not yet so, may since have happened.
    text = undone.evidence.text
    return told - denied <= NO_TIME and not (NOT_YET.search(text) or PLANNED.search(text))


def _compare_values(first: Said, second: Said, asked: Asked) -> Disagreement | None:
    dates = [[one for one in said.dates if _overlaps(one, said)] for said in (first, second)]
    figures = [_answering_figures(said) for said in (first, second)]
    if all(dates) and (asked.when or not all(figures)):
        return _compare_dates(first, second, dates, asked)
    if all(figures):
        return _compare_figures(first, second, figures, asked)
    return None if any(dates) or any(figures) else _compare_names(first, second, asked)


def _answering_figures(said: Said) -> list[Quantity]:
    """The figures among the words that answer, and the other end of a range that begins or ends there."""
    text, every = said.evidence.text, _figures_of(said)
    inside = [one for one in every if _overlaps(one, said)]

    def ends_a_range(one: Quantity) -> bool:
        between = (text[min(one.end, other.end) : max(one.start, other.start)] for other in inside)
        return any(TO_OTHER_END.fullmatch(words) for words in between)

    return [one for one in every if one in inside or ends_a_range(one)]


TO_OTHER_END = re.compile(r" ?[-–—] ?| to | and ")
"""What stands between the ends of a range."""


def _figures_of(said: Said) -> list[Quantity]:
    ratios = find_ratios(said.evidence.text)
    plain = [one for one in said.quantities if not any(ratio.start <= one.start < ratio.end for ratio in ratios)]
    ones = [one for one in find_ones(said.evidence.text) if not any(one.start < other.end for other in plain)]
    return [*ratios, *plain, *ones]


def _answer_of(said: Said) -> Words:
    """Where the words that answer stand in the sentence."""
    answer, start = said.evidence.answer, said.evidence.start
    assert answer is not None
    return answer.start - start, answer.end - start


def _clause_of(said: Said) -> Words:
    """Where the clause stands in which the words that answer begin."""
    at, text = _answer_of(said)[0], said.evidence.text
    return next((one for one in clauses_in(text) if one[0] <= at < one[1]), (0, len(text)))


def _overlaps(one: Quantity | Date, said: Said) -> bool:
    start, end = _answer_of(said)
    return one.start < end and start < one.end


def _compare_dates(first: Said, second: Said, dates: Sequence[Sequence[Date]], asked: Asked) -> Disagreement | None:
    if any(compare_dates(one, other) != "different" for one in dates[0] for other in dates[1]):
        return None
    if _planned_apart(first, second, asked) or _contrast(first, second) or _apart(first, second, asked):
        return None
    texts = first.evidence.text, second.evidence.text
    clauses = [said.evidence.text[slice(*_clause_of(said))] for said in (first, second)]
    unsaid = [number for number, text in enumerate(texts) if asked.event and not asked.event.search(text)]
    if any(says_other_event(clauses[number], texts[1 - number]) for number in unsaid):
        return None
    words = [(some[0].start, some[-1].end) for some in dates]
    return Disagreement("date", first.evidence, words[0], second.evidence, words[1])


def _compare_figures(
    first: Said, second: Said, figures: Sequence[Sequence[Quantity]], asked: Asked
) -> Disagreement | None:
    if any(len(some) != 1 for some in figures):  # a range, or hours and minutes
        return None
    (one,), (other,) = figures
    if one.dimension != other.dimension or not _differ(one, other):
        return None
    if _among(one, second.quantities) or _among(other, first.quantities) or _rate(first, one) != _rate(second, other):
        return None
    if _kind_counted(first, one, asked) - second.stems or _kind_counted(second, other, asked) - first.stems:
        return None
    if not _same_conditions(first, second, asked) or not _same_part(first, second, asked):
        return None
    return Disagreement("figure", first.evidence, _words_of(first, one), second.evidence, _words_of(second, other))


def _among(one: Quantity, others: Sequence[Quantity]) -> bool:
    return any(compare_quantities(one, other) == "same" for other in others)


def _kind_counted(said: Said, quantity: Quantity, asked: Asked) -> set[str]:
    """Stems of the words that narrow what is counted: "410 foreign students"; names narrow nothing."""
    words = re.match(r"(?:\s[a-z]+){1,3}", said.evidence.text[quantity.end :])
    stems = stems_in(words[0]) if words else []
    at = next((number for number, one in enumerate(stems) if one in asked.stems), 0)
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


_ALL = re.compile(r"\b(?:only|sole|all|alone|every)\b", re.IGNORECASE)
"""With what a sentence says that there is no further answer."""


def _compare_names(first: Said, second: Said, asked: Asked) -> Disagreement | None:
    if asked.explains:
        return None
    answers = _answer_of(first), _answer_of(second)
    stems, names = [], list[Words]()
    for said, (start, end) in ((first, answers[0]), (second, answers[1])):
        text = said.evidence.text
        if not re.search("[A-Z]", text[start:end]) or _is_one_of_several(text, (start, end)):
            return None
        if asked.who and _PLACED.search(text[:start]):
            return None
        if not (asked.one or _ALL.search(text)):
            return None
        stems.append(set(stems_in(text[start:end])) - asked.stems)
        names.append(next((one for one in names_in(text) if one[0] < end and start < one[1]), (start, end)))
    if not all(stems) or stems[0] & stems[1] or not _same_conditions(first, second, asked):
        return None
    if _belonging(first, asked) - second.stems or _belonging(second, asked) - first.stems:
        return None
    return Disagreement("name", first.evidence, names[0], second.evidence, names[1])


_OF = re.compile(r"(\w+)\s+of\s+(?:the\s+)?$", re.IGNORECASE)
"""What stands before a name that something belongs to."""


def _belonging(said: Said, asked: Asked) -> set[str]:
    """Stems of what a sentence speaks of instead of what the question names: "the laboratory of Ridgeway"."""
    text, known = said.evidence.text, frozenset().union(*asked.names)
    before = [_OF.search(text[:start]) for start, end in said.names if known & set(stems_in(text[start:end]))]
    return {stem(one[1]) for one in before if one and carries_meaning(one[1]) and one[1].lower() != "one"} - asked.stems


_PLACED = re.compile(r"\b(?:in|at|near|from)\s+(?:the\s+)?$", re.IGNORECASE)
"""What stands before a name that says where."""


def _is_one_of_several(text: str, name: Words) -> bool:
    """Whether the sentence gives a name as one of several answers."""
    before, after = text[: name[0]], text[name[1] :]
    return bool(re.search(r"\b(?:and|with)\s$", before) or re.match(r"\sand\b", after) or _SEVERAL.search(before))


_SEVERAL = re.compile(
    r"\b(?:also|among|including|(?<!every\ )one\s+of|some\s+of|together|former(?:ly)?|lead|part\s+of)\b[^,;]{0,25}$",
    re.IGNORECASE,
)

# What may part them

_CONDITION = re.compile(
    r"\b(?:while|when|if|during|unless|before|after|under|at\s+full|at\s+most|per\s+\w+|stored|except|excluding)\b",
    re.IGNORECASE,
)
_PAST = re.compile(r"\b(?:formerly|previously|originally|initially|at\s+first|used\s+to|once)\b", re.IGNORECASE)
_PART = re.compile(
    r"\b(?:first|second|third|fourth|last|next|final|half|halves|(?<!took\ )parts?|portion|section|stage|phase|branch"
    r"|each|average|median|of\s+(?:whom|which)|operating|adjusted|another|additional|extra|further|alone)\b",
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


def _same_conditions(first: Said, second: Said, asked: Asked) -> bool:
    """Whether nothing parts the two: a time, a plan, a condition, a word such as "north" beside "south"."""
    if _contrast(first, second) or _of_other_dates(first, second) or _planned_apart(first, second, asked):
        return False
    if bool(_PAST.search(_beside(first))) != bool(_PAST.search(_beside(second))):
        return False
    ones, others = _conditions(first, asked), _conditions(second, asked)
    return not ones or not others or ones == others


def _planned_apart(first: Said, second: Said, asked: Asked) -> bool:
    """Whether one of them tells of a plan, and not the question."""
    plans = {PLANNED.search(said.evidence.text) is not None for said in (first, second)}
    return len(plans) > 1 and not asked.planned


def _same_part(first: Said, second: Said, asked: Asked) -> bool:
    """Whether both count the whole, or the same part of it."""
    ones, others = ({stem(word) for word in _PART.findall(_beside(said))} - asked.stems for said in (first, second))
    return ones == others and not _apart(first, second, asked)


def _apart(first: Said, second: Said, asked: Asked) -> bool:
    """Whether each tells of a name or a place of which the other and the question say nothing."""
    ones = _names_and_scopes(first) - asked.stems - second.stems
    others = _names_and_scopes(second) - asked.stems - first.stems
    return bool(ones and others)


_SCOPE = re.compile(
    r"\b(?i:in|on|at|for|during|within|among|across)\s+(?:(?:the|its|their|a|an)\s+)?([a-z]\w+)(?=\s*[,.;:]|\s*$|\s+[A-Z])"
)
"""Within what a sentence counts."""


def _names_and_scopes(said: Said) -> frozenset[str]:
    """Stems of the names beside the words that answer, and of the words for where something was counted."""
    words = _beside(said)
    scopes = (stem(word) for word in _SCOPE.findall(words) if carries_meaning(word))
    return said.own_names & frozenset(stems_in(words)) | frozenset(scopes)


def _conditions(said: Said, asked: Asked) -> frozenset[str]:
    """Stems of the words that say under which conditions a sentence holds."""
    found = _CONDITION.finditer(_without_values(said))
    return frozenset(stem(match.group().split()[-1]) for match in found) - asked.stems


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
    return _SAYING.sub("", _blanked(said))


def _beside(said: Said) -> str:
    """What stands beside the words that answer in their clause, without dates and figures."""
    (start, end), (first, last) = _answer_of(said), _clause_of(said)
    text = _blanked(said)
    return f"{text[first:start]} {text[end:last]}"


def _blanked(said: Said) -> str:
    text = said.evidence.text
    values = [(one.start, one.end) for one in said.dates]
    values += [(one.start, one.end) for one in said.quantities if one.dimension != "ordinal"]
    for start, end in values:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


_SAYING = re.compile(
    r"^[^,;]*?\b(?:found|said|says|reported|reports|told|shows?|showed|announced)\s+that\s", re.IGNORECASE
)
"""Who says what follows."""


def _at_other_times(first: Said, second: Said) -> bool:
    """Whether both have dates, and no two agree."""
    return _differ_in_dates(first.dates, second.dates)


def _of_other_dates(first: Said, second: Said) -> bool:
    """The same for values, where dates that answer are no such."""
    ones, others = ([one for one in said.dates if not _overlaps(one, said)] for said in (first, second))
    return _differ_in_dates(ones, others)


def _differ_in_dates(ones: Sequence[Date], others: Sequence[Date]) -> bool:
    return bool(ones and others) and all(compare_dates(one, other) == "different" for one in ones for other in others)


def _may_contradict(one: Disagreement, encoder: Encoder) -> bool:
    """Two sources may; one seldom contradicts itself in a value: what looks so must match well beside the values."""
    if _source(one.first) != _source(one.second):
        return True
    kept = [
        _tokens(evidence.text, words, encoder)
        for evidence, words in ((one.first, one.first_words), (one.second, one.second_words))
    ]
    if not len(kept[0]) or not len(kept[1]):
        return False
    near = cosines(kept[0], kept[1])
    return float((near.max(axis=1).mean() + near.max(axis=0).mean()) / 2) >= GOOD_MATCH


def _same_but_for_value(one: Disagreement, asked: Asked, verifier: Verifier) -> bool:
    """Whether one of the sentences, with the other's value in the place of its own, is supported by the other.

    Where only one of them has the question's word for what happened, the other must be the surer another word for it.
    """
    said = [bool(asked.event and asked.event.search(text)) for text in (one.first.text, one.second.text)]
    least = LEAST_SUPPORTED if said[0] == said[1] else SURELY_SUPPORTED
    texts, words = (one.first.text, one.second.text), (one.first_words, one.second_words)
    for own, other in ((0, 1), (1, 0)):
        start, end = words[own]
        exchanged = texts[own][:start] + texts[other][slice(*words[other])] + texts[own][end:]
        if verifier.judge(exchanged, texts[other]).supported >= least:
            return True
    return False


def _tokens(text: str, away: Words, encoder: Encoder) -> Matrix:
    """Vectors of the tokens that carry meaning, without those of some words."""
    encoded = encoder.encode_tokens([text])[0]
    kept = [
        number
        for number, (start, end) in enumerate(encoded.spans.tolist())
        if carries_meaning(text[start:end]) and not (away[0] < end and start < away[1])
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
    counted = quantity.counted if carries_meaning(quantity.counted) else ""
    following = text[quantity.end + 1 :].lower()  # another end of a range may stand between
    counts = bool(counted) and following.startswith(counted.lower())
    return start, quantity.end + (len(counted) + 1 if counts else 0)


def _source(evidence: Evidence) -> tuple[str, str]:
    return evidence.collection, evidence.document_id
