"""What a question asks for, and what a sentence says that can be set against another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from assistant.language import carries_meaning, stem
from assistant.quantities import Date, Quantity, find_dates, find_quantities
from assistant.types import Evidence
from assistant.verifier import Opinion

Status = Literal["happened", "planned", "not yet", "never"]

Words = tuple[int, int]
"""A stretch of a text: where it begins and where it ends."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question asks for."""

    yes_no: bool
    """Whether the answer is yes or no."""
    explains: bool
    """Whether it asks why or in which way: several answers may hold."""
    when: bool
    """Whether it asks for a time."""
    who: bool
    """Whether it asks for somebody."""
    planned: bool
    """Whether it asks for what is planned or wanted."""
    names: tuple[frozenset[str], ...]
    """Stems of each of its names."""
    stems: frozenset[str]
    """Stems of all its words that carry meaning."""
    dates: tuple[Date, ...]
    """When what it asks about was so."""
    event: re.Pattern[str] | None
    """Words for what happens, where that can be told."""
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
    opinion: Opinion | None = None
    """Whether it supports or contradicts a question that is answered with yes or no."""


# The question

ABOUT_SOURCES = re.compile(
    r"^do\s+(?:the|these|those|your)\s+(?:articles|documents|sources|texts)\s+(?:dis)?agree\s+(?:on|about)\s+",
    re.IGNORECASE,
)
"""What a question about the sources says before what it asks of them."""

_WHEN = re.compile(
    r"^(?:(?:since|until|by|and)\s+)?when\b|\b(?:what|which)\s+(?:year|month|quarter|day|date|decade|century|season)\b",
    re.IGNORECASE,
)
_EXPLAINING = re.compile(
    r"^(?:(?:and|but|so|then)\s+)?(?:why\b|how\s+(?:come|to|do|does|did|is|are|was|were|has|have|had|can|could|will|would|should"
    r"|might|may)\b)",
    re.IGNORECASE,
)
_ONE = re.compile(
    r"^who\s+(?:is|was)\s+(?:the\b|[\w\s]+['’]s?\s)|^who\s+became\b|^where\s+(?:is|was|were|did)\b"
    r"|\b(?:(?:wr[io]te|written)(?!\s+about)|design|discover|invent|compos|direct|found(?:ed|er)|buil[dt]|construct|paint"
    r"|dr[ea]w|own(?:s|ed)?\b|bought|acquir|leads?\b|led\b|head(?:s|ed|quarter)|captain|replac|succeed"
    r"|w[io]n(?:s|ning|ner)?\b|capital|born|based|first|last|only)",
    re.IGNORECASE,
)
"""What is mostly asked of one person, one firm or one place."""
_SINGULAR = re.compile(
    r"(?:(?:in|at|to|by|from|on|for)\s+)?(?:(?:which|what)\s+(?!(?:are|were|did|do|does|can|could|will|would|have|has|had"
    r"|of|two|three|four|five|six|seven|eight|nine|ten|other|else|people|men|women|children|kind|sort|type|[a-z]+ed)\b)"
    r"[a-z]*[a-rt-z]\s|whom\b)",
    re.IGNORECASE,
)
"""Asks for one of a kind: "which company", not "which companies"."""
_YES_NO = re.compile(r"^(?:has|have|had|did|was|were|is|are|will|does|do)\b", re.IGNORECASE)

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
    return Asked(
        yes_no=_YES_NO.match(question) is not None,
        explains=_EXPLAINING.match(question) is not None,
        when=_WHEN.search(question) is not None,
        who=re.match(r"(?:by\s+)?whom?\b", question, re.IGNORECASE) is not None,
        planned=PLANNED.search(question) is not None,
        names=tuple(
            stems for start, end in _undated_names(question) if (stems := frozenset(stems_in(question[start:end])))
        ),
        stems=frozenset(stems_in(question)),
        dates=tuple(_joined(find_dates(question), question)),
        event=_event_of(question),
        one=bool(_ONE.search(question) or _SINGULAR.match(question)),
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
    r"\b(?:(?<!\bhis\ )(?<!\bher\ )(?<!\bthe\ )will(?!\ (?:find|see)\b)|would|shall"
    r"|plan(?:s|ned|ning)?\s+(?:to|on|for)|(?:is|are|was|were|be|been|had|has)\s+planned"
    r"|expect(?:s|ed|ing)?|intend(?:s|ed)?|wants?|hop(?:es|ed|ing)|aim(?:s|ed|ing)?"
    r"|(?<!said\ )(?<!known\ )(?<!out\ )(?<!thought\ )(?<!believed\ )(?<!found\ )to\s+be"
    r"|scheduled|due\s+(?:to|for)|(?:is|are)\s+due|(?:is|are|was|were)\s+(?:set\s+)?to|propos(?:es|ed|ing)|about\s+to|agreed\s+to|waiting"
    r"|pending|designed\s+to|meant\s+to|supposed\s+to|targets?)\b",
    re.IGNORECASE,
)
NEVER = re.compile(
    r"\b(?:never|did\s+not|didn['’]t|den(?:y|ies|ied)|reject\w*|refus\w+|veto\w*|fail(?:s|ed)?\s+to|(?:turned|voted)\s+down)\b",
    re.IGNORECASE,
)
NOT_YET = re.compile(
    r"\b(?:not|n['’]t|no\s+longer|yet\s+to|postpon\w+|put\s+off|delay\w*|cancel\w*|call(?:s|ed)?\s+off|withdr[ae]wn?|withdrew"
    r"|abandon\w*|scrap(?:s|ped)?|halt(?:s|ed)?|suspend\w*)\b|n['’]t\b",
    re.IGNORECASE,
)
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
        never, denied, planned = (one.search(clause, 0, reach) for one in (NEVER, NOT_YET, PLANNED))
        if found is None and (never is None or 2 * len(said.stems & asked.stems) < len(asked.stems)):
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
    return None


# Words


def clauses_in(text: str) -> list[Words]:
    """The stretches of a sentence between commas and joining words."""
    cuts = [0, *(match.end() for match in _CUT.finditer(text)), len(text)]
    return [(start, end) for start, end in pairwise(cuts) if start < end]


_CUT = re.compile(r"[.!?;:—]\s|,\s(?!\d)|\s(?=(?:and|but|although|though|because|which)\s)", re.IGNORECASE)


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
