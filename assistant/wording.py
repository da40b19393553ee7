"""A text word by word: which word a "not" bears on, which an "expected to" or a "may", which are names.

No grammar is parsed. A "not" or "may" bears on the first telling word after it in its clause, and is known in its whole
sentence, so that whoever compares can be careful.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.language import STOP_WORDS, stem

IS_SO, TO_COME, POSSIBLE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text."""

    text: str
    stem: str
    sentence: int
    """Number of its sentence in the text."""
    clause: int
    """Number of its clause in the text."""
    tells: bool
    """Whether it carries meaning and is not a mere "not" or "may"."""
    negated: bool
    """Whether a "not" bears on it."""
    level: int
    """`IS_SO`, `TO_COME` or `POSSIBLE`: what bears on it."""

    @property
    def is_name(self) -> bool:
        """Whether it is written with a capital, as the first word of a sentence may be, too."""
        return self.tells and self.text[0].isupper()


def read_words(text: str, *, first_sentence: int = 0, first_clause: int = 0) -> list[Word]:
    """The words of a text in their order; sentences and clauses are numbered from those given."""
    tokens = _TOKEN.findall(text)
    words: list[Word] = []
    sentence, clause = first_sentence, first_clause
    negated, level, patience, announced = False, IS_SO, 0, False
    for i, token in enumerate(tokens):
        low, following = token.lower().replace("’", "'"), tokens[i + 1].lower() if i + 1 < len(tokens) else ""
        if not token[0].isalnum():
            negated, level = False, IS_SO
            sentence, clause = sentence + (token in ".!?"), clause + 1
            announced = announced and token not in ".!?"
            continue
        if low in _CLAUSE_WORDS:
            negated, clause = False, clause + 1
        elif is_negation(low, following):
            negated, patience = True, _PATIENCE
        elif opened := TO_COME if announced and low == "would" else _opens(low, following, token):
            level, patience = max(level, opened), _PATIENCE
        announced = announced or low in _ANNOUNCING
        tells = low not in STOP_WORDS and low not in _CARRIERS and not is_negation(low, following)
        bears = tells and not low.endswith("ly") and not _opens(low, following, token)
        words.append(Word(token, stem(low), sentence, clause, tells, negated and bears, level if bears else IS_SO))
        patience -= 1
        if bears or patience <= 0:
            negated, level = False, IS_SO
    return words


def is_negation(word: str, following: str = "") -> bool:
    """Whether a word says "not"; `following` is the word after it. Both in lower case."""
    if (word, following) in _NOT_NEGATING:
        return False
    return word in _NEGATIONS or word.endswith("n't") or (word, following) in _NEGATING_PAIRS


def holds_negation(words: Sequence[Word]) -> bool:
    """Whether any of the words says "not", or turns a sentence without one."""
    own = [word.text.lower().replace("’", "'") for word in words]
    pairs = zip(own, [*own[1:], ""], strict=False)
    return any(is_negation(word, following) or word in _NEGATIVE for word, following in pairs)


def only_possible(words: Sequence[Word]) -> bool:
    """Whether any of the words speaks of something as only possible."""
    return any(_cue(word) in _DOUBTFUL or word.level == POSSIBLE for word in words)


def _cue(word: Word) -> str:
    return "" if word.text == "May" else word.text.lower()


def holds_opening(words: Sequence[Word]) -> bool:
    """Whether any of the words speaks of what is to come or possible."""
    return any(_cue(word) in _OPENING or word.level > IS_SO for word in words)


_PATIENCE = 6
"""Words after which a "not" or "may" that met no telling word bears on nothing."""

_TOKEN = re.compile(r"[^\W_]+(?:['’.&-][^\W_]+)*|[,;:.!?()—–]")
_CLAUSE_WORDS = frozenset(
    "but although though while whereas because since so which who whose when where if unless after before".split()
)
_CARRIERS = frozenset("yet able officially also currently still".split())

_NEGATIONS = frozenset(
    "not never no without cannot neither nor nobody none nothing hardly barely scarcely unable lack lacks lacked "
    "lacking deny denies denied denying".split()
)
_NEGATIVE = frozenset(
    "avoid avoids avoided avoiding prevent prevents prevented preventing reject rejects rejected rejecting stop "
    "stopped cease ceased away instead few little rarely seldom despite unlikely impossible absence absent only".split()
)
"""Words that can turn a sentence without a "not"."""
_NEGATING_PAIRS = frozenset(
    tuple(pair.split("+"))
    for pair in (
        "instead+of rather+than fail+to fails+to failed+to failing+to refuse+to refuses+to refused+to refusing+to "
        "decline+to declines+to declined+to stopped+from ruled+out yet+to far+from nowhere+near"
    ).split()
)
_NOT_NEGATING = frozenset(
    tuple(pair.split("+"))
    for pair in (
        "not+only not+just not+least not+merely no+doubt no+matter no+sooner no+fewer no+less no+more no+later "
        "without+doubt"
    ).split()
)

_MODAL = frozenset("will shall going".split())
_MAYBE = frozenset("may might could possibly perhaps maybe potentially".split())
_BEFORE_TO = frozenset(
    "expected expects expect plan plans planned planning aim aims aimed aiming hope hopes hoped hoping want wants "
    "wanted intend intends intended seek seeks sought seeking propose proposes proposed scheduled slated "
    "projected forecast predicted agree agrees agreed promise promises promised vowed set due poised likely ready "
    "prepared preparing prepares try tries tried trying attempt attempted attempts offer offers offered wish "
    "wishes asked ask urged ordered deal agreement bid right option decision decided decides considered bound "
    "keen willing wishing working proposal pledged pledges threatens threatened".split()
)
"""Words that speak of what is to come when "to" follows."""
_ANNOUNCING = frozenset(
    "announce announces announced say says said promise promises promised confirm confirms confirmed agree agrees "
    "agreed declare declares declared state states stated vow vows vowed pledge pledges pledged tell tells told".split()
)
"""After these "would" speaks of what is to come; else a story goes on with it: "he would never come back"."""
_DOUBTFUL = frozenset(
    "may might could possible possibly considering considers mulling exploring weighing talks rumoured".split()
)
_OPENING = frozenset(
    "expect expects expected expecting expectation expectations demand demands demanded would should plan plans "
    "planned planning intends intend intended hopes hope aims aim if unless whether would could may might "
    "possible possibly potential potentially considering considers mulling exploring weighing talks forecast "
    "forecasts predicts predicted predict projected projects proposed proposes scheduled slated likely reportedly "
    "alleged allegedly rumoured rumored upcoming soon pending anticipates anticipated will shall seeking seeks "
    "wants want next future chance prospect threat".split()
)


def _opens(low: str, following: str, token: str) -> int:
    if low in _MAYBE:
        return IS_SO if token == "May" else POSSIBLE  # the month, rather than a question
    if low in _MODAL and not (low == "going" and following != "to"):
        return TO_COME
    return TO_COME if following == "to" and (low in _BEFORE_TO or low in ("is", "are")) else IS_SO
