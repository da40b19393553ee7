"""What a question asks for, and what a sentence says that can be set against another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from assistant.language import carries_meaning, stem
from assistant.quantities import Date, Quantity, find_dates, find_quantities
from assistant.types import Difference, Evidence

Status = Literal["happened", "planned", "not yet", "never", "unchanged"]

Words = tuple[int, int]
"""A stretch of a text: where it begins and where it ends."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks for."""

    kinds: frozenset[Difference]
    dimensions: frozenset[str] | None
    """What a figure may measure; None for anything."""
    counted: frozenset[str]
    """Stems of what is counted; empty where nothing is said."""
    names: tuple[frozenset[str], ...]
    """Stems of each of its names."""
    stems: frozenset[str]
    """Stems of all its words that carry meaning."""
    dates: tuple[Date, ...]
    """When what it asks about was so."""
    event: re.Pattern[str] | None
    """Words for what happens, where that can be told."""
    place: bool
    """Whether the name that is asked for is that of a place."""
    one: bool
    """Whether only one name can be the answer, as in "Who was the architect"."""


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with what it says that can be compared."""

    evidence: Evidence
    quantities: tuple[Quantity, ...]
    dates: tuple[Date, ...]
    names: tuple[Words, ...]
    stems: frozenset[str]
    own_names: frozenset[str]
    """Stems of its names; a single word at its start may be none."""


# The question

ABOUT_SOURCES = re.compile(
    r"^do\s+(?:the|these|those|your)\s+(?:articles|documents|sources|texts)\s+(?:dis)?agree\s+(?:on|about)\s+",
    re.IGNORECASE,
)
"""What a question about the sources says before what it asks of them."""

_HOW = re.compile(r"\bhow\s+(many|much|long|deep|tall|high|wide|far|old|fast|heavy|large|big|often)\b", re.IGNORECASE)
_FIGURE_WORDS = re.compile(
    r"\b(?:what|which)\b[^?]{0,60}\b(price|cost|number|share|percentage|proportion|length|height|depth|width|weight|speed|"
    r"population|revenue|salary|budget|turnover|profit|income|debt|deficit|fee|fine|wage|capacity|output|value|distance|"
    r"area|size|age|rate|sum|total|amount|temperature)\b"
    r"|\bwhat\s+(?:do|does|did|will|would)\b[^?]{0,60}\b(cost|pay|paid|earn|charge|weigh)\b",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"^(?:(?:since|until|by|and)\s+)?when\b|\b(?:what|which)\s+(?:year|month|quarter|day|date|decade|century|season)\b",
    re.IGNORECASE,
)
_WHO = re.compile(
    r"^(?:by\s+)?(?:who|whom)\b|^(?:in\s+|at\s+|to\s+|by\s+)?(?:which|what)\s+(?:company|firm|person|country|city|town|state|"
    r"university|team|party|supplier|maker|agency|architect|author)\b|^where\b",
    re.IGNORECASE,
)
_WHERE = re.compile(r"^where\b|^(?:in\s+|at\s+|to\s+)?(?:which|what)\s+(?:country|city|town|state)\b", re.IGNORECASE)
_ONE = re.compile(
    r"^who\s+(?:is|was)\s+(?:the\b|[\w\s]+['’]s?\s)|^who\s+became\b|^where\s+(?:is|was|were|did)\b"
    r"|\b(?:(?:wr[io]te|written)(?!\s+about)|design|discover|invent|compos|direct|found(?:ed|er)|buil[dt]|construct|paint"
    r"|dr[ea]w|own(?:s|ed)?\b|bought|acquir|leads?\b|led\b|head(?:s|ed|quarter)|captain|replac|succeed"
    r"|w[io]n(?:s|ning|ner)?\b|capital|born|based|first|last|only)",
    re.IGNORECASE,
)
"""What is mostly asked of one person, one firm or one place."""
_YES_NO = re.compile(r"^(?:has|have|had|did|was|were|is|are|will|does|do)\b", re.IGNORECASE)

_MONEY = frozenset({"dollars", "euros", "pounds", "yen", "yuan", "rupees"})
_DIMENSIONS: dict[str, frozenset[str]] = {
    "many": frozenset({"count"}),
    "much": _MONEY | {"share", "mass", "data", "energy", "power", "area"},
    "long": frozenset({"time", "length"}),
    "old": frozenset({"time"}),
    "age": frozenset({"time"}),
    "deep": frozenset({"length"}),
    "tall": frozenset({"length"}),
    "high": frozenset({"length", "share"}),
    "wide": frozenset({"length"}),
    "far": frozenset({"length"}),
    "fast": frozenset({"speed", "time", "length"}),
    "heavy": frozenset({"mass"}),
    "weigh": frozenset({"mass"}),
    "weight": frozenset({"mass"}),
    "large": frozenset({"area", "length", "count", "data"}),
    "big": frozenset({"area", "length", "count", "data"}),
    "often": frozenset({"times"}),
    "share": frozenset({"share"}),
    "percentage": frozenset({"share"}),
    "proportion": frozenset({"share"}),
    "population": frozenset({"count"}),
    "number": frozenset({"count"}),
    **dict.fromkeys(
        "price cost pay paid earn charge revenue salary budget turnover profit income debt deficit fee wage".split(),
        _MONEY,
    ),
    **dict.fromkeys(("length", "height", "depth", "width", "distance"), frozenset({"length"})),
    "speed": frozenset({"speed", "length"}),
    "area": frozenset({"area"}),
}

_EVENTS = {
    name: re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
    for name, words in {
        "reopen": r"re-?open\w*",
        "open": r"open(?:s|ed|ing)?|inaugurat\w+",
        "start": r"start\w*|beg[aiu]n\w*|commenc\w+",
        "launch": r"launch\w*|lift(?:s|ed)?\ off|t(?:ake|akes|ook)\ off",
        "close": r"clos(?:e|es|ed|ing|ure)|complet\w+|finali[sz]\w+|finish\w*|conclud\w+|end(?:s|ed|ing)?|expir\w+"
        r"|r[au]ns?\ out|chang(?:e|es|ed|ing)\ hands|go(?:es)?\ through|went\ through",
        "approve": r"approv\w+|ratif\w+|authori[sz]\w+|adopt(?:s|ed|ing|ion)?",
        "sign": r"sign(?:s|ed|ing|ature)?",
        "sell": r"s[eo]l[ld](?:s|ing)?|sale",
        "buy": r"buy(?:s|ing)?|bought|acqui\w+|purchas\w+|takeover|t(?:ake|akes|ook|aken|aking)\ over",
        "found": r"found(?:ed|ing|s)|establish\w*|set\ up",
        "land": r"land(?:s|ed|ing)?|touch(?:es|ed)?\ down",
        "erupt": r"erupt\w*",
        "win": r"w[io]n(?:s|ning)?",
        "die": r"die[sd]?|death|killed",
        "build": r"buil[dt](?:s|ing)?|construct\w*",
        "publish": r"publish\w*|releas\w+|issu(?:e|es|ed|ing)",
        "resign": r"resign\w*|step(?:s|ped)?\ down|quit(?:s)?",
        "pay": r"(?:re)?pa(?:y|ys|id|ying)|(?:re)?payments?",
        "announce": r"announc\w+|unveil\w*|made\ public",
        "arrive": r"arriv\w+|reach(?:es|ed)?",
        "move": r"mov(?:e|es|ed|ing)|relocat\w+",
    }.items()
}


_AS_NOUN = re.compile(
    r"takeover|purchase|acquisition|sale|launch|landing|death|signature|building|issue|finish", re.IGNORECASE
)


def read_question(question: str) -> Asked:
    """What a question asks for, as far as its words tell."""
    question = question.strip()
    how, figure = _HOW.search(question), _FIGURE_WORDS.search(question)
    kinds: set[Difference] = set()
    dimensions: frozenset[str] | None = None
    counted: frozenset[str] = frozenset()
    if how or figure:
        kinds.add("figure")
        word = next(group for found in (how, figure) if found for group in found.groups() if group).lower()
        dimensions = _DIMENSIONS.get(word)
        if how and word == "many":
            counted = frozenset(stems_in(re.split(_AUXILIARY, question[how.end() :], maxsplit=1)[0]))
    elif _YES_NO.match(question):
        kinds.add("event")
    if _WHEN.search(question):
        kinds |= {"date", "event"}
    if _WHO.match(question):
        kinds.add("name")
    return Asked(
        kinds=frozenset(kinds),
        dimensions=dimensions,
        counted=counted,
        names=tuple(frozenset(stems_in(question[start:end])) for start, end in _undated_names(question)),
        stems=frozenset(stems_in(question)),
        dates=tuple(_joined(find_dates(question), question)),
        event=_event_of(question),
        place=bool(_WHERE.match(question)),
        one=bool(_ONE.search(question)),
    )


_AUXILIARY = re.compile(
    r"\b(?:does|do|did|is|are|was|were|has|have|had|will|would|can|could|should|in|on|at|of|for|there)\b", re.IGNORECASE
)


def _event_of(question: str) -> re.Pattern[str] | None:
    """Words for what the question says happens: its last known verb or noun, or what looks most like its verb."""
    known = [(match, words) for words in _EVENTS.values() for match in words.finditer(question)]
    if known:
        return max(known, key=lambda one: (not _AS_NOUN.fullmatch(one[0][0]), one[0].start()))[1]
    if not (_YES_NO.match(question) or _WHEN.search(question)):
        return None
    words = [
        match
        for previous, match in pairwise(re.finditer(r"\w+", question))
        if match[0][0].islower() and carries_meaning(match[0]) and not _DETERMINING.fullmatch(previous[0])
    ]
    # "Has the mill repaired its gates?": the verb ends in -ed, or stands before what it does something to.
    in_ed = [match for match in words if match[0].endswith("ed")]
    leading = [match for match in words if _FOLLOWING.match(question, match.end())]
    verbs = in_ed or leading or words
    if not verbs:
        return None
    verb = verbs[-1][0].lower()
    shared = stem(verb) if verb.startswith(stem(verb)) else verb
    return re.compile(rf"\b{re.escape(shared)}\w*", re.IGNORECASE)


_DETERMINING = re.compile(r"the|a|an|its|their|his|her|of|in|on|at|for|from|to|by|what|which", re.IGNORECASE)
_FOLLOWING = re.compile(rf"\s+(?:{_DETERMINING.pattern}|down|off|up|away|out)\b", re.IGNORECASE)


def says_other_event(text: str, beside: str) -> bool:
    """Whether a text says that something happens of which the text beside it says nothing."""
    return any(words.search(text) and not words.search(beside) for words in _EVENTS.values())


# A sentence

_NAME = re.compile(r"[A-Z][\w&’'-]*(?:\s+(?:(?:of|the|de|van|von)\s+)?[A-Z][\w&’'-]*)*")

_PAST_VALUE = re.compile(
    r"\b(?:up|down|risen|fallen|grown|rose|fell|grew)?\s*from\s+$|\b(?:compared\s+(?:with|to)|against|instead\s+of|rather\s+than"
    r"|half|quarter\s+of|few|several|out\s+of|another|additional|extra|further)\s+(?:a\s+|the\s+)?(?:about\s+|some\s+)?$",
    re.IGNORECASE,
)
"""What stands before a figure that is not what the sentence states: the value before, what it is compared with."""


def read_sentence(evidence: Evidence) -> Said:
    """A sentence with its figures, dates and names; a figure that it only mentions for comparison is left out."""
    text = evidence.text
    quantities = tuple(
        one
        for one in find_quantities(text)
        if not _PAST_VALUE.search(text[max(0, one.start - 40) : one.start]) and not _is_label(text, one)
    )
    dates = tuple(_joined(find_dates(text), text))
    names = _undated_names(text)
    own = [(start, end) for start, end in names if start or " " in text[start:end]]
    return Said(
        evidence=evidence,
        quantities=quantities,
        dates=dates,
        names=names,
        stems=frozenset(stems_in(text)),
        own_names=frozenset(one for start, end in own for one in stems_in(text[start:end])),
    )


def _is_label(text: str, quantity: Quantity) -> bool:
    """Whether a number is part of a name: "Phase 2", "Room 14"."""
    before = re.search(r"(\b[A-Z][a-z]+|\b[Nn]o\.)\s$", text[: quantity.start])
    return quantity.dimension == "count" and quantity.value < 1000 and not quantity.counted and before is not None


def _joined(dates: list[Date], text: str) -> list[Date]:
    """The dates with "between July and September" and "from 1910 to 1914" as one."""
    joined: list[Date] = []
    for one in dates:
        last = joined[-1] if joined else None
        if last is not None and _is_range(last, one, text):
            years = (last.years or one.years, one.years or last.years)
            joined[-1] = Date(last.start, one.end, _both(*years), _both(last.months, one.months))
        else:
            joined.append(one)
    return joined


def _is_range(first: Date, second: Date, text: str) -> bool:
    between = text[first.end : second.start].strip()
    opening = text[max(0, first.start - 9) : first.start].lower()
    alike = (first.months is None) == (second.months is None) and first.days is None and second.days is None
    return alike and (between in {"to", "until", "–", "-"} or (between == "and" and "between" in opening))


def _both(first: tuple[int, int] | None, second: tuple[int, int] | None) -> tuple[int, int] | None:
    return (min(first[0], second[0]), max(first[1], second[1])) if first and second else None


# Whether it says that something happened

PLANNED = re.compile(
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


def read_status(said: Said, event: re.Pattern[str], asked: Asked) -> tuple[Status, Words] | None:
    """Whether an event happened, as far as the sentence says, and the words that say so."""
    text = said.evidence.text
    for start, end in clauses_in(text):
        clause = text[start:end]
        found = event.search(clause)
        in_past = found is not None and _PAST.search(found[0]) is not None
        # "Repaid the notes that were due": what follows a verb in the past does not make it a plan.
        reach = found.start() if found and in_past else len(clause)
        never, denied, planned = (one.search(clause, 0, reach) for one in (_NEVER, _NOT_YET, PLANNED))
        if found is None and (never is None or len(said.stems & asked.stems) < 2):
            continue
        # "Once it opens" leaves open whether it did; "opens before May" does not.
        if found and _OPEN.search(clause, 0, found.end()):
            continue
        words = [one.span() for one in (never or denied or planned, found) if one]
        place = start + min(words)[0], start + max(end for _, end in words)
        if never or denied or planned:
            return "never" if never else "not yet" if denied else "planned", place
        if found and (in_past or _DONE.search(clause[: found.start()])):
            return "happened", place
    state = None if event.search(text) else _UNCHANGED.search(text)
    return ("unchanged", state.span()) if state else None


# Words


def clauses_in(text: str) -> list[Words]:
    """The stretches of a sentence between commas and joining words."""
    cuts = [0, *(match.end() for match in _CUT.finditer(text)), len(text)]
    return [(start, end) for start, end in pairwise(cuts) if start < end]


def clause_at(text: str, at: int) -> str:
    """The clause in which a place of a sentence lies."""
    return next((text[start:end] for start, end in clauses_in(text) if start <= at < end), text)


_CUT = re.compile(r"[;:—]\s|,\s(?!\d)|\s(?=(?:and|but|although|though|because|which)\s)", re.IGNORECASE)


def names_in(text: str) -> tuple[Words, ...]:
    """Where names stand: runs of capitalised words, without a word at their start that any sentence may begin with."""
    found = []
    for match in _NAME.finditer(text):
        start, end = match.span()
        first = re.match(r"[\w&’'-]+", match.group())
        opening = start == 0 or text[:start].rstrip()[-1:] in {".", "!", "?", "“", '"', ""}
        if opening and first and not carries_meaning(first.group()):
            rest = text[start + first.end() : end]
            start = end - len(rest.lstrip())
        if start < end:
            found.append((start, end))
    return tuple(found)


def _undated_names(text: str) -> tuple[Words, ...]:
    """Where names stand that are not those of months."""
    dates = find_dates(text)
    return tuple((a, b) for a, b in names_in(text) if not any(d.start < b and a < d.end for d in dates))


def stems_in(text: str) -> list[str]:
    """Stems of the words that carry meaning, in order."""
    return [stem(word) for word in re.findall(r"\w+", text) if carries_meaning(word)]
