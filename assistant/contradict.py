"""What the exact words of quotes have against a statement, where a small model would not notice.

One check for each kind of slip: a figure, a date, a unit, a name, a "not", an "expected to", a cause, an opposite, who
did it to whom. They read words, not grammar: each is made to be silent where the words leave room.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol

from assistant.language import STOP_WORDS, stem
from assistant.quantities import (
    Agreement,
    Date,
    Quantity,
    compare_dates,
    compare_quantities,
    find_dates,
    find_ones,
    find_quantities,
    find_ratios,
    with_unit_of,
)
from assistant.wording import IS_SO, POSSIBLE, TO_COME, Word, holds_negation, holds_opening, only_possible, read_words

Kind = Literal["figure", "date", "unit", "name", "negation", "state", "cause", "opposite", "order"]


@dataclass(frozen=True, slots=True)
class Doubt:
    """A reason not to take a statement for supported."""

    kind: Kind
    against: bool
    """Whether the quotes say otherwise; False: they do not say it."""
    reason: str
    """In words, to follow "The quoted words ..."."""


def find_doubts(text: str, quotes: Sequence[str], *, context: Sequence[str] = ()) -> tuple[Doubt, ...]:
    """Everything in the words of `text` that the quotes do not bear out, in the order of the checks.

    `context` is what stands around the quotes, such as titles and headings: a name or date may come from
    there, a figure may not: it would be borne out beside whatever is said of it.
    """
    stated = read_words(text)
    read: list[Word] = []
    for quote in quotes:
        last = read[-1] if read else None
        read += read_words(
            quote, first_sentence=last.sentence + 1 if last else 0, first_clause=last.clause + 1 if last else 0
        )
    read = _on_the_subject(stated, read)
    return (
        *_check_figures(text, quotes, context),
        *_check_dates(text, [*quotes, *context]),
        *_check_names(text, [*quotes, *context]),
        *_check_negation(stated, read),
        *_check_state(stated, read),
        *_check_cause(text, quotes),
        *_check_opposites(stated, read),
        *_check_order(stated, read),
    )


ON_SUBJECT = 0.5
"""A sentence counts where it holds at least this share of the statement's words that the best sentence holds."""


def _on_the_subject(stated: Sequence[Word], read: Sequence[Word]) -> list[Word]:
    """The words of the sentences that speak of what the statement speaks of."""
    wanted = {word.stem for word in stated if word.tells}
    shared: Counter[int] = Counter()
    for sentence, _ in {(word.sentence, word.stem) for word in read if word.stem in wanted}:
        shared[sentence] += 1
    least = ON_SUBJECT * max(shared.values(), default=0)
    return [word for word in read if shared[word.sentence] >= max(1.0, least)]


# Figures, units and dates


def _check_figures(text: str, quotes: Sequence[str], context: Sequence[str]) -> Iterator[Doubt]:
    counts = [(quantity, quote) for quote in quotes for quantity in find_quantities(quote)]
    read = [*counts, *((ratio, quote) for quote in quotes for ratio in find_ratios(quote))]
    ones = [(one, quote) for quote in quotes for one in find_ones(quote)]
    years = {date.years[0] for one in (*quotes, *context) for date in find_dates(one) if date.years}
    for stated in _stated(text, [one for one, _ in counts]):
        words = text[stated.start : stated.end]
        found = {one: compare_quantities(stated, one) for one, _ in read}
        others = _likes(stated, found)
        same = [(one, quote) for one, quote in read if found[one] == "same"]
        if not same and not others:
            same = [(one, quote) for one, quote in read if _same_with_unit(stated, one)]
            same += [(one, quote) for one, quote in ones if compare_quantities(stated, one) == "same"]
        if same or stated.value in years:
            rivals = [(one, quote) for one, quote in read if one in others]
            if same and _belongs_elsewhere(text, stated, same, rivals):
                yield Doubt("figure", True, f"give “{words}” for something else")
            continue
        if not others and (_is_small(text, stated) or any(_counts_alike(stated, one) for one, _ in read)):
            continue
        if "open" in found.values():
            yield Doubt("figure", False, f"give only a bound for “{words}”")
        elif stated.dimension != "count" and any(_differs_in_unit(text, stated, one) for one, _ in read):
            yield Doubt("unit", True, f"give another unit than “{words}”")
        elif others:
            yield Doubt("figure", True, f"give another figure than “{words}”")
        else:
            yield Doubt("figure", False, f"do not give “{words}”")
    yield from _check_from(text, quotes)


def find_given(text: str, quotes: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Where figures and dates stand in `text` that the quotes give too, in whatever words."""
    figures = [one for quote in quotes for one in (*find_quantities(quote), *find_ratios(quote))]
    dates = [one for quote in quotes for one in find_dates(quote)]
    same: list[_Placed] = [
        stated
        for stated in (*find_quantities(text), *find_ratios(text))
        if any(compare_quantities(stated, one) == "same" for one in figures)
    ]
    same += [stated for stated in find_dates(text) if any(compare_dates(stated, one) == "same" for one in dates)]
    return tuple((one.start, one.end) for one in same)


def _stated(text: str, counts: Sequence[Quantity]) -> Iterator[Quantity]:
    """The figures of a statement; two counts that make a share ("seven in ten") as such, unless both are read."""
    quantities = find_quantities(text)
    for ratio in find_ratios(text):
        parts = [one for one in quantities if ratio.start <= one.start < ratio.end]
        both_read = all(any(compare_quantities(part, one) == "same" for one in counts) for part in parts)
        if len(parts) < 2 or not both_read:  # "one" is no figure by itself
            quantities = [one for one in quantities if one not in parts]
            yield ratio
    yield from quantities


def _same_with_unit(stated: Quantity, read: Quantity) -> bool:
    """Whether they are the same where one of the two leaves its unit to be understood and has that of the other."""
    if read.dimension == stated.dimension or {read.dimension, stated.dimension} & _NO_UNITS:
        return False
    if _is_bare(read):
        return compare_quantities(stated, with_unit_of(read, stated)) == "same"
    return _is_bare(stated) and compare_quantities(with_unit_of(stated, read), read) == "same"


_NO_UNITS = frozenset({"ordinal", "times", "share", "points"})


def _is_bare(quantity: Quantity) -> bool:
    """Whether it is a number and no more: "the other needs ten", "ten to fifteen"."""
    return quantity.dimension == "count" and quantity.counted in ("", "to", "and", "or")


class _Placed(Protocol):
    """A figure or date where it stands."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


def _belongs_elsewhere(
    text: str, stated: _Placed, same: Sequence[tuple[_Placed, str]], rivals: Sequence[tuple[_Placed, str]]
) -> bool:
    """Whether the clauses with the figure share no word with the statement, and one with another such figure does."""
    wanted = _stems(text[: stated.start]) | _stems(text[stated.end :])
    if any(wanted & _stems_around(quote, one.start, one.end) for one, quote in same):
        return False
    return any(len(wanted & _stems_around(quote, one.start, one.end)) >= RIVAL_WORDS for one, quote in rivals)


RIVAL_WORDS = 2
"""Words that a statement shares with a clause before the figure of that clause is taken for the one it should give."""


def _stems(text: str) -> set[str]:
    return {word.stem for word in read_words(text) if word.tells and not word.text[0].isdigit()}


_CLAUSE_END = re.compile(r"[,;:.()—–]\s|\s(?:and|but|while|whereas|although)\s")


_BETWEEN = re.compile(r"\bbetween\b[^,;.]*\Z", re.IGNORECASE)


@lru_cache(maxsize=1024)
def _stems_around(quote: str, start: int, end: int) -> frozenset[str]:
    """The stems of the clause that a figure stands in, without the figure's; asked for each pair of figures."""
    before = [one.end() for one in _CLAUSE_END.finditer(quote, 0, start)]
    if before and before[-1] == start and _BETWEEN.search(quote[max(0, start - 80) : start]):
        del before[-1]  # "between five and ten"
    after = _CLAUSE_END.search(quote, end)
    return frozenset(
        _stems(quote[before[-1] if before else 0 : start] + quote[end : after.start() if after else len(quote)])
    )


_FROM = re.compile(r"\bfrom (?:about |around |some |nearly )?\Z", re.IGNORECASE)


def _check_from(text: str, quotes: Sequence[str]) -> Iterator[Doubt]:
    """Another beginning: "from 5 to 7" where the quotes say from 7 to 5."""
    begins = [one for one in find_quantities(text) if _FROM.search(text[: one.start])]
    all_read = [(one, quote) for quote in quotes for one in find_quantities(quote)]
    begins_read = [one for one, quote in all_read if _FROM.search(quote[: one.start])]
    for stated in begins:
        held = any(compare_quantities(stated, one) == "same" for one, _ in all_read)
        if held and begins_read and not any(compare_quantities(stated, one) == "same" for one in begins_read):
            yield Doubt("figure", True, f"do not begin with “{text[stated.start : stated.end]}”")


def _likes(stated: Quantity, found: dict[Quantity, Agreement | None]) -> set[Quantity]:
    """The figures that differ and measure the same."""
    return {
        one
        for one, agreement in found.items()
        if agreement == "different"
        and (stated.dimension != "count" or not stated.counted or not one.counted or _counts_same(stated, one))
    }


def _is_small(text: str, stated: Quantity) -> bool:
    """Whether it is a count that may be made from what is read: "two rivals" of two that are named, "the first"."""
    words = text[stated.start : stated.end]
    if stated.dimension == "times":
        return stated.value <= SMALL_TIMES
    return stated.dimension == "ordinal" or (
        stated.dimension == "count" and stated.value <= SMALL and not words[0].isdigit()
    )


SMALL = 10
"""Counts up to this, in words, are not missed."""
SMALL_TIMES = 3
""""Twice" and "three times" are not missed: they are easily seen from two figures that are read."""


def _counts_alike(stated: Quantity, read: Quantity) -> bool:
    """Whether they are the same number, counted, numbered or as times: "number five" and "the fifth"."""
    return stated.value == read.value and {stated.dimension, read.dimension} <= {"count", "ordinal", "times"}


def _counts_same(stated: Quantity, read: Quantity) -> bool:
    return stem(stated.counted) == stem(read.counted)


def _differs_in_unit(text: str, stated: Quantity, read: Quantity) -> bool:
    """Whether the figures have the same digits and measure different things, or the same in another unit."""
    digits = re.sub(r"\D", "", text[stated.start : stated.end]).strip("0")
    return (
        bool(digits)
        and read.digits == digits
        and read.unit != stated.unit
        and "count" not in (read.dimension, stated.dimension)
    )


def _check_dates(text: str, around: Sequence[str]) -> Iterator[Doubt]:
    read = [(date, one) for one in around for date in find_dates(one)]
    for stated in find_dates(text):
        words = text[stated.start : stated.end]
        found = [compare_dates(stated, date) for date, _ in read]
        same = [place for place, agreement in zip(read, found, strict=True) if agreement == "same"]
        rivals = [place for place, agreement in zip(read, found, strict=True) if agreement == "different"]
        if same:
            if _belongs_elsewhere(text, stated, same, rivals):
                yield Doubt("date", True, f"give “{words}” for something else")
        elif not found:
            yield Doubt("date", False, f"do not give “{words}”")
        elif "open" not in found:
            yield Doubt("date", True, f"give another date than “{words}”")
        elif not _put_together(stated, [date for date, _ in read]):
            yield Doubt("date", False, f"do not give “{words}” in full")


def _put_together(stated: Date, read: Sequence[Date]) -> bool:
    """Whether the year of one date and the day of another make up the stated one."""
    for part in ("years", "months", "days"):
        wanted = getattr(stated, part)
        if wanted is None:
            continue
        given = [getattr(one, part) for one in read if getattr(one, part) is not None]
        if not any(wanted[0] <= one[0] and one[1] <= wanted[1] for one in given):
            return False
    return True


# Names

_NAME = re.compile(r"(?<![\w'’])(?:[A-Z][\w]*(?:['’&.-][A-Z]\w*)*|[a-z]{1,2}[A-Z]\w*)(?:['’]s)?")
_SENTENCE_START = re.compile(r"(?:\A|[.!?:]\s+|[“\"(]\s*)\Z")
_NO_NAMES = frozenset(
    "january february march april may june july august september october november december monday tuesday "
    "wednesday thursday friday saturday sunday mr mrs ms dr sir president chief executive ceo minister professor "
    "inc ltd plc corp company co the eur usd gbp jpy inr".split()
)
_BEGIN_SENTENCES = frozenset(
    "afterwards almost already although always amid among anybody anyone anything because before behind below beside "
    "besides between both contrary currently despite during each earlier either eventually everybody everyone "
    "everything except finally following formerly generally hence however indeed initially instead later less "
    "meanwhile moreover neither never nevertheless nobody none nothing nowadays often once one originally otherwise "
    "overall per perhaps previously rather recently several since sometimes somebody someone something soon still "
    "though through throughout thus today together tomorrow toward towards twice unless until unlike upon usually "
    "whatever whenever wherever whoever within without yesterday".split()
)
"""Words that have a capital because a sentence begins with them."""
_ALIASES = tuple(
    frozenset(line.split())
    for line in (
        "us usa u.s u.s.a american americans america united states",
        "uk u.k british britain briton britons united kingdom",
        "eu european europe union",
        "dutch netherlands holland",
        "french france",
        "spanish spain spaniard",
        "chinese china",
        "swiss switzerland",
        "danish denmark dane",
        "greek greece",
        "polish poland",
        "turkish turkey turk",
        "welsh wales",
        "irish ireland",
        "un nations",
    )
)
_VERB_LIKE = re.compile(
    r"\s+(?:is|was|are|were|has|had|have|will|would|can|could|did|does|may|might|[a-z]+ed|bought|sold|paid|made|took"
    r"|won|lost|led|built|said|says|began|became|rose|fell|grew|owns|runs|makes|leads|plans|expects|wants)\b"
)


def _check_names(text: str, around: Sequence[str]) -> Iterator[Doubt]:
    held = {word.lower() for one in around for word in re.findall(r"\w+(?:[.&’'-]\w+)*", one)}
    held |= {part for word in held for part in re.split(r"[.&’'-]", word)}
    stems = {stem(word) for word in held}
    initials = _initials(around)
    spelt = {letters for letters in held if len(letters) > 1 and letters in _initials([text])}
    done: set[str] = set()
    for match in _NAME.finditer(text):
        name = re.sub(r"['’]s?\Z", "", match.group())
        low = name.lower().strip(".")
        if low in done or low in STOP_WORDS or low in _NO_NAMES or len(low) < 2 or not _is_name(match, name, text):
            continue
        done.add(low)
        if low in held or stem(low) in stems or low.replace(".", "") in initials or _alias_held(low, held):
            continue
        parts = [part for part in re.split(r"[-&]", low) if part]
        if len(parts) > 1 and all(part in held or stem(part) in stems for part in parts):
            continue
        if any(low in run.lower().split() for letters in spelt for run in _runs(text) if letters in _initials([run])):
            continue
        if name.isupper() and _spelt_out(low.replace(".", ""), around):
            continue
        if any(_same_root(low, other) for other in held):
            continue
        yield Doubt("name", False, f"do not name “{name}”")


def _is_name(match: re.Match[str], name: str, text: str) -> bool:
    if not name[0].isupper() or any(c.isupper() or c.isdigit() for c in name[1:]):
        return True
    if not _SENTENCE_START.search(text[max(0, match.start() - 3) : match.start()]):
        return True
    if name.lower() in _BEGIN_SENTENCES:
        return False
    if re.match(r"(?:['’]s)?\s+[A-Z]", text[match.start() + len(name) : match.start() + len(name) + 4]):
        return True
    return not name.endswith(("s", "ing", "ed", "ly")) and bool(_VERB_LIKE.match(text, match.end()))


_RUN = re.compile(r"(?<![\w-])[A-Z][\w-]*+(?:(?: (?:of|and|for|the|&))? [A-Z][\w-]*+){1,6}")


def _runs(text: str) -> list[str]:
    """Capitalised words in a row: "Federal Trade Commission"."""
    return _RUN.findall(text)


def _initials(around: Sequence[str]) -> set[str]:
    """The initials of runs of capitalised words, in lower case: "ftc"."""
    found: set[str] = set()
    for run in (run for one in around for run in _runs(one)):
        capitals = "".join(word[0] for word in re.split(r"[ -]", run) if word[:1].isupper()).lower()
        found |= {capitals[i:j] for i in range(len(capitals)) for j in range(i + 2, len(capitals) + 1)}
    return found


def _spelt_out(letters: str, around: Sequence[str]) -> bool:
    """Whether words in a row begin with the letters, in whatever case: "AI" for artificial intelligence."""
    firsts = " ".join("".join(word[0] for word in re.findall(r"[^\W\d_]+", one)).lower() for one in around)
    return letters in firsts


def _alias_held(low: str, held: set[str]) -> bool:
    return any(low in group and group & held for group in _ALIASES)


def _same_root(one: str, other: str) -> bool:
    """German and Germany, Texan and Texas: the same but for an ending."""
    if min(len(one), len(other)) < 4 or abs(len(one) - len(other)) > 4:
        return False
    shared = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return shared >= max(4, min(len(one), len(other)) - 2)


# Negation and state


def _check_negation(stated: Sequence[Word], read: Sequence[Word]) -> Iterator[Doubt]:
    """A "not" on one side, on a word of both, where the other side has none anywhere in its sentence."""
    own_plain, plain = _sentences_without(holds_negation, stated), _sentences_without(holds_negation, read)
    own_places, places = _places(stated), _places(read)
    for word in stated:
        if word.negated and word.stem in places and all(one.sentence in plain for one in places[word.stem]):
            yield Doubt("negation", True, f"say “{places[word.stem][0].text}” without a “not”")
    for word in read:
        own = own_places.get(word.stem, []) if word.negated else []
        if own and all(one.sentence in own_plain for one in own) and all(one.negated for one in places[word.stem]):
            yield Doubt("negation", True, f"say “not” of “{word.text}”")
    if read and any(word.negated for word in stated) and plain == {word.sentence for word in read}:
        yield Doubt("negation", False, "hold no “not”")


def _check_state(stated: Sequence[Word], read: Sequence[Word]) -> Iterator[Doubt]:
    """What is so on one side is to come, or only possible, on the other."""
    own_plain, plain = _sentences_without(holds_opening, stated), _sentences_without(holds_opening, read)
    places = _places(read)
    for stem_, own in sorted(_places(stated).items()):
        other = places.get(stem_, [])
        if not other or own[0].is_name or other[0].is_name:
            continue
        level = max(word.level for word in own)
        if level == IS_SO and all(one.sentence in own_plain for one in own) and all(one.level > IS_SO for one in other):
            yield Doubt("state", True, f"speak of “{other[0].text}” as of something to come or possible")
        elif level == TO_COME and all(one.level == POSSIBLE for one in other):
            yield Doubt("state", True, f"call “{other[0].text}” only possible")
        elif level == POSSIBLE and all(one.level == TO_COME for one in other):
            yield Doubt("state", False, f"call “{other[0].text}” more than possible")
        elif level > IS_SO and all(one.sentence in plain for one in other):
            yield Doubt("state", True, f"speak of “{other[0].text}” as of something that is so")
    yield from _check_mood(stated, read)


def _check_mood(stated: Sequence[Word], read: Sequence[Word]) -> Iterator[Doubt]:
    """The same without a word in common: what the whole statement, and what the nearest quote speaks of."""
    if not read:
        return
    if any(word.level for word in stated) and not holds_opening(read):
        yield Doubt("state", False, "speak of nothing to come")
    nearest = _nearest_clause(stated, read)
    is_plain = not holds_opening(stated) and not holds_negation(stated)
    if is_plain and holds_opening([word for word in read if word.clause == nearest]):
        yield Doubt("state", False, "speak of something to come or possible")
    elif not only_possible(stated) and not holds_negation(stated) and not _sentences_without(only_possible, read):
        yield Doubt("state", False, "speak of something that is only possible")


def _sentences_without(found: Callable[[Sequence[Word]], bool], words: Sequence[Word]) -> set[int]:
    """Numbers of the sentences in which something is not found."""
    by_sentence: dict[int, list[Word]] = {}
    for word in words:
        by_sentence.setdefault(word.sentence, []).append(word)
    return {sentence for sentence, own in by_sentence.items() if not found(own)}


def _nearest_clause(stated: Sequence[Word], read: Sequence[Word]) -> int:
    """The clause that shares most telling words with the statement."""
    wanted = {word.stem for word in stated if word.tells}
    shared = Counter(clause for clause, stem_ in {(word.clause, word.stem) for word in read} if stem_ in wanted)
    return max(shared, key=lambda clause: (shared[clause], -clause)) if shared else -1


_SCALE_WORDS = frozenset("hundred thousand million billion trillion dozen".split())


def _places(words: Sequence[Word]) -> dict[str, list[Word]]:
    """The telling words by their stems."""
    places: dict[str, list[Word]] = {}
    for word in words:
        if word.tells and len(word.stem) > 1 and not word.text[0].isdigit() and word.text.lower() not in _SCALE_WORDS:
            places.setdefault(word.stem, []).append(word)
    return places


# Causes

_CAUSE = re.compile(
    r"\b(?:because|due to|owing to|thanks to|as a result|led to|leads to|leading to|caused?|causes|causing|resulted in"
    r"|resulting in|the reason|in order to|so that|therefore|thereby|prompted|prompting|on account of|triggered)\b",
    re.IGNORECASE,
)
_GIVEN_CAUSE = re.compile(
    r"\b(?:because(?: of)?|due to|owing to|thanks to|as a result of|on account of|after)\b", re.IGNORECASE
)
_CAUSE_READ = re.compile(
    rf"{_CAUSE.pattern}|\b(?:since|as|so|why|reason|result|results|after|for|following|amid|given|driven|forced?|forcing|help(?:s|ed)?"
    r"|allow(?:s|ed|ing)?|enabl(?:e|es|ed|ing)|means?|mak(?:e|es|ing)|made|blam\w+|attribut\w+|to|with|by|through|from|effect|consequence)\b",
    re.IGNORECASE,
)


def _check_cause(text: str, quotes: Sequence[str]) -> Iterator[Doubt]:
    found = _CAUSE.search(text)
    if found and not any(_CAUSE_READ.search(quote) for quote in quotes):
        yield Doubt("cause", False, f"name no cause, as “{found.group().lower()}” does")
    given = _GIVEN_CAUSE.search(text)
    if given:
        held = {word.stem for quote in quotes for word in read_words(quote)}
        cause = {word.stem for word in read_words(re.split(r"[,;.]", text[given.end() :])[0]) if word.tells}
        if cause and not cause & held:
            yield Doubt("cause", False, f"do not give this cause: “{text[given.start() :].strip(' .')}”")


# Opposites


def _read_table(lines: str) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """Lines of "words | their opposites" as pairs of stems."""
    sides = (line.split("|") for line in lines.strip().splitlines())
    return tuple((frozenset(map(stem, one.split())), frozenset(map(stem, other.split()))) for one, other in sides)


_OPPOSITES = _read_table(
    """
    rise increase grow gain climb surge expand higher raise | fall decrease decline drop shrink slump lower reduce sink
    up | down
    more greater bigger larger | less fewer smaller
    most largest biggest highest best | least smallest lowest worst
    fast faster fastest quick quickly | slow slower slowest slowly
    early earlier | late later
    long longer longest | short shorter shortest
    cheap cheaper | expensive dearer costlier
    old older oldest | young younger youngest new newer newest
    first | last final
    begin start open launch | end finish close stop cease shut
    accept approve support back | reject refuse oppose block
    allow permit legal | ban forbid prohibit illegal
    success succeed win victory | failure fail lose loss defeat
    profit | loss
    strong stronger strengthen | weak weaker weaken
    public | private
    include | exclude
    always | never rarely
    all every | none few
    many | few
    majority | minority
    maximum | minimum
    above over | below under
    inside indoor | outside outdoor
    north northern | south southern
    east eastern | west western
    male man boy father son brother husband | female woman girl mother daughter sister wife
    dead die kill | alive survive
    same | different
    positive | negative
    true | false
    hot warm hotter | cold cool colder
    improve better | worsen worse
    join enter arrive | leave exit depart quit
    hire | fire dismiss
    confirm | deny
    temporary | permanent
    domestic | foreign
    import | export
    internal | external
    easy easier simple | difficult hard harder
    rich richer wealthy | poor poorer
    safe | dangerous unsafe
    full | empty
    love like | hate dislike
    agree | disagree
    voluntary | compulsory mandatory
    """
)
_PREFIXES = ("un", "in", "im", "il", "ir", "dis", "non", "mis")
_BEFORE_AFTER = (frozenset({"before"}), frozenset({"after", "following"}))
_DIRECTED = _read_table(
    """
    buy acquire purchase | sell
    lend | borrow
    win beat defeat | lose
    teach | learn
    """
)
NEIGHBOURS = 5
"""How far to either side of a word and of its opposite a word stands that both have beside them."""


def _check_opposites(stated: list[Word], read: list[Word]) -> Iterator[Doubt]:
    """An opposite beside the same word: "prices rose" where the quotes say that prices fell."""
    own, other = {word.stem for word in stated}, {word.stem for word in read}
    for sides in _OPPOSITES:
        for mine, theirs in (sides, sides[::-1]):
            if mine & own - other and not mine & other - own and not theirs & own - other:
                yield from _beside_the_same(stated, read, mine - other, theirs - own)
    for word in () if holds_negation(stated) or holds_negation(read) else sorted(own):
        for prefix in _PREFIXES:
            bare = word.removeprefix(prefix)
            if len(word) > 4 and prefix + word in other and word not in other:
                yield from _beside_the_same(stated, read, {word}, {prefix + word})
            elif bare != word and len(bare) > 4 and bare in other and word not in other:
                yield from _beside_the_same(stated, read, {word}, {bare})
    yield from _check_before_after(stated, read)
    yield from _check_directed(stated, read)


def _beside_the_same(
    stated: list[Word], read: list[Word], mine: frozenset[str] | set[str], theirs: frozenset[str] | set[str]
) -> Iterator[Doubt]:
    for i, word in enumerate(stated):
        for j, other in enumerate(read):
            if word.stem not in mine or other.stem not in theirs or _is_measure(stated, i) or _is_measure(read, j):
                continue
            turned = word.negated != other.negated
            if not turned and _beside(stated, i) & _beside(read, j):
                yield Doubt("opposite", True, f"say “{other.text}” where it says “{word.text}”")
                return


def _is_measure(words: Sequence[Word], i: int) -> bool:
    """Whether the word only goes with a figure or a time: "more than 5", "last year", "a 3-month-old"."""
    following = words[i + 1].text.lower() if i + 1 < len(words) else ""
    if following == "than":
        return i + 2 < len(words) and words[i + 2].text[0].isdigit()
    return words[i].text.lower() in ("last", "first") and following in _TIMES_OF_YEAR


_TIMES_OF_YEAR = frozenset("year week month quarter night summer winter spring autumn season decade time half".split())


def _beside(words: Sequence[Word], i: int) -> set[str]:
    near = words[max(0, i - NEIGHBOURS) : i + NEIGHBOURS + 1]
    return {word.stem for word in near if word.tells and word.sentence == words[i].sentence and word is not words[i]}


def _check_before_after(stated: list[Word], read: list[Word]) -> Iterator[Doubt]:
    """The other of "before" and "after", where the same words follow."""
    own = [(side, _following(stated, i)) for side, i in _sides(stated, _BEFORE_AFTER)]
    other = [(side, _following(read, i)) for side, i in _sides(read, _BEFORE_AFTER)]
    for side, follows in own:
        sharing = [one for one, after in other if follows & after]
        if sharing and all(one != side for one in sharing):
            yield Doubt("opposite", True, "say the other of “before” and “after”")


def _check_directed(stated: list[Word], read: list[Word]) -> Iterator[Doubt]:
    """Who buys does not sell: the same name stands before either."""
    for sides in _DIRECTED:
        for side, i in _sides(stated, sides):
            subject, others = _name_before(stated, i), _sides(read, sides)
            if subject is None or any(one == side for one, _ in others):
                continue
            for _, j in others:
                if subject == _name_before(read, j):
                    yield Doubt("opposite", True, f"say “{read[j].text}” where it says “{stated[i].text}”")


def _sides(words: Sequence[Word], sides: Sequence[frozenset[str]]) -> list[tuple[int, int]]:
    """(side, place) of each word that is on one of the sides."""
    return [
        (side, i)
        for i, word in enumerate(words)
        for side, stems in enumerate(sides)
        if word.stem in stems or word.text.lower() in stems
    ]


def _following(words: Sequence[Word], i: int) -> set[str]:
    return {word.stem for word in [w for w in words[i + 1 : i + 7] if w.tells][:3]}


def _name_before(words: Sequence[Word], i: int) -> str | None:
    before = [word.stem for word in words[:i] if word.is_name and word.sentence == words[i].sentence]
    return before[-1] if before else None


# Who did it to whom

REACH = 6
"""Words between a name and what it does, or what is done to it."""


def _check_order(stated: list[Word], read: list[Word]) -> Iterator[Doubt]:
    """The same two names around the same word, the other way round; or compared the other way round."""
    own, other = list(_roles(stated)), list(_roles(read))
    for role in own:
        turned = (role[2], role[1], role[0])
        if _is_among(turned, other) and not _is_among(role, other) and not _is_among(turned, own):
            yield Doubt("order", True, f"have “{role[0][0]}” and “{role[2][0]}” the other way round")
            return
    compared, against = _compared(stated), _compared(read)
    if compared and against:
        (before, after), (read_before, read_after) = compared, against
        names = {word.stem for word in stated if word.is_name} & {word.stem for word in read if word.is_name}
        if before & names and after & names:
            before, after = before & names, after & names
        straight = len(before & read_before) + len(after & read_after)
        crossed = len(before & read_after) + len(after & read_before)
        if before & read_after and after & read_before and crossed > straight:
            yield Doubt("order", True, "compare the other way round")


Name = tuple[str, ...]


def _is_among(role: tuple[Name, str, Name], roles: Sequence[tuple[Name, str, Name]]) -> bool:
    return any(
        role[1] == verb and set(role[0]) & set(agent) and set(role[2]) & set(patient) for agent, verb, patient in roles
    )


def _roles(words: Sequence[Word]) -> Iterator[tuple[Name, str, Name]]:
    """(name, word and the preposition after it, name) with the word between them; what is done "by" turned round."""
    names = list(_names(words))
    for i, (first, last) in enumerate(names):
        for start, end in names[i + 1 :]:
            between = words[last:start]
            if not between or len(between) > 2 * REACH or between[0].sentence != words[start].sentence:
                continue
            one, two = (tuple(word.text for word in words[a:b]) for a, b in ((first, last), (start, end)))
            if words[first].sentence != words[start].sentence or set(one) & set(two):
                continue
            for k, word in enumerate(between):
                if word.is_name or not word.tells or k > REACH or len(between) - k > REACH:
                    continue
                rest = [other.text.lower() for other in between[k + 1 :]]
                with_ = next((other for other in rest[:1] if other in _PREPOSITIONS), "")
                yield (two, word.stem, one) if "by" in rest else (one, f"{word.stem} {with_}".strip(), two)


def _names(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Where the names stand, words with capitals in a row as one."""
    i = 0
    while i < len(words):
        end = i
        while end < len(words) and words[end].is_name and words[end].clause == words[i].clause:
            end += 1
        if end > i:
            yield i, end
        i = max(end, i + 1)


_PREPOSITIONS = frozenset("in on at for to with from of as into over against about after before under".split())


def _compared(words: Sequence[Word]) -> tuple[set[str], set[str]] | None:
    """The telling words before and after a "than"."""
    at = next((i for i, word in enumerate(words) if word.text.lower() == "than"), None)
    if at is None or at + 1 >= len(words) or words[at + 1].text[0].isdigit():
        return None
    before = {w.stem for w in words[max(0, at - 12) : at] if w.tells and w.sentence == words[at].sentence}
    return before, {w.stem for w in words[at + 1 : at + 8] if w.tells and w.sentence == words[at].sentence}
