"""Does the cited text support the statement?

Four kinds of evidence come together in one small logistic model, fitted by `python -m evals calibrate-claims` and kept
as a readable file: what the trained `verifier` says, how well the words of the statement are matched by the quotes
(late interaction on the encoder's token vectors), which of them the quotes hold, and the exact checks of `contradict`,
that see what models do not: a changed figure, a "not", an "expected to". A statement that such a doubt rules out is
never taken for supported.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import get_args

import numpy as np

from assistant.contradict import Doubt, Kind, find_doubts, find_given
from assistant.language import STOP_WORDS, stem
from assistant.odds import to_log_odds, to_probability
from assistant.types import Citation, Statement, Support
from assistant.verifier import LEAST_OPINION, Verifier
from knowledge import Document, Encoder, cosines

DOUBTS = tuple(f"{kind}{mark}" for kind in get_args(Kind) for mark in ("", "?"))
"""Names of the features that doubts make: the kind where the quotes say otherwise, with "?" where they do not say."""
RULED_OUT = "ruled out"
"""Name of the feature that tells whether one of the doubts rules the statement out (`rules_out`)."""

MATCHES = ("match", "own", "missing")
"""Names of the features that the words make, see `measure_support`."""
VERIFIED = ("verifier supported", "verifier contradicted")
"""Names of the features that the verifier makes."""

QUOTE_CHARACTERS = 6_000
"""Of each quote so much is read: a page and a half. What a statement rests on is a few sentences."""
PART_CHARACTERS = 800
"""The encoder is given parts of about this length, which are below what it reads at once."""


@dataclass(frozen=True, slots=True)
class SupportCalibration:
    """How features become a probability; fitted by `python -m evals calibrate-claims`."""

    weights: dict[str, float]
    """Log odds that a statement is supported: weights of the features of `measure_support` and `measure_opinion`, and
    "intercept"."""
    threshold: float
    """A statement is supported from this probability on; above `MOST_IF_RULED_OUT` in what was fitted."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the quotes say of a statement, and why."""

    support: Support
    probability: float
    """That it is supported, 0 to 1."""
    doubts: tuple[Doubt, ...]
    unheld: tuple[str, ...]
    """Words of the statement that the quotes neither hold nor come near in meaning."""


@lru_cache(maxsize=1)
def load_support_calibration() -> SupportCalibration:
    """The calibration that comes with the project."""
    data = json.loads(files("assistant").joinpath("weights/support.json").read_text(encoding="utf-8"))
    return SupportCalibration(data["weights"], data["threshold"])


def verify_statements(
    statements: Iterable[Statement], *, document: Callable[[Citation], Document]
) -> Iterator[Statement]:
    """The statements that rest on words that stand in the documents as cited; the others are withheld.

    A quoted statement is supported when its words are those of its quotes, apart from white space and a heading set
    before them.
    """
    for statement in statements:
        exact = all(document(c).text[c.start : c.end] == c.quote and c.quote for c in statement.citations)
        quoted = " ".join(" ".join(c.quote for c in statement.citations).split())
        if statement.citations and exact and statement.text.endswith(quoted):
            yield statement


def judge_statement(
    text: str,
    quotes: Sequence[str],
    *,
    encoder: Encoder,
    verifier: Verifier,
    context: Sequence[str] = (),
) -> Judgement:
    """Whether the quotes support the text, how likely it is that they do, and why.

    `context` is what stands around the quotes (title, headings): it may name what the text names, but supports nothing.
    Words that stand in a quote as they are need no model and are supported with 1.0.
    """
    calibration = load_support_calibration()
    read = [quote[:QUOTE_CHARACTERS] for quote in quotes if quote.strip()]
    words = " ".join(text.split())
    if not read or not any(character.isalnum() for character in words):
        return Judgement("not supported", 0.0, (), ())
    if any(_stands_in(words, quote) for quote in read):
        return Judgement("supported", 1.0, (), ())
    if _ITSELF.search(words) and not any(_ITSELF.search(quote) for quote in read):
        return Judgement("not supported", 0.0, (), ())
    doubts = find_doubts(text, read, context=context)
    matched = match_words(text, read, encoder=encoder, context=context)
    features = measure_support(matched, doubts) | measure_opinion(text, read, context, verifier)
    log_odds = calibration.weights["intercept"] + sum(calibration.weights[name] * features[name] for name in features)
    probability = to_probability(log_odds)
    probability = min(probability, most_probable(features, calibration.threshold))
    unheld = tuple(word.text for word in matched if not word.held and word.match < POOR_MATCH)
    if probability >= calibration.threshold and not _rests_on_title(text, read, matched, verifier):
        return Judgement("supported", probability, doubts, unheld)
    probability = min(probability, calibration.threshold - BELOW)
    against = any(doubt.against for doubt in doubts)
    return Judgement("contradicted" if against else "not supported", probability, doubts, unheld)


def _rests_on_title(text: str, quotes: Sequence[str], matched: Sequence[MatchedWord], verifier: Verifier) -> bool:
    """Whether more than names comes from around the quotes, and the quotes alone do not support the text."""
    as_headline = 2 * sum(word.is_name for word in matched) > len(matched)
    if all((word.is_name and not as_headline) or word.held_by_quotes or not word.held for word in matched):
        return False
    return verifier.judge(text, " ".join(quotes)).supported < BY_QUOTES_ALONE


BY_QUOTES_ALONE = 0.15
"""Where a title holds words of a statement that the quotes do not, the verifier's probability without the title is at
least this. Of the 216 true statements of four sets that pass none is below 0.5."""

_ITSELF = re.compile(r"(?:^|[^\w\s]\s*|\b[a-z]+\s)I\b|\b(?:me|my|myself)\b")
"""Whoever writes speaks of itself, as one does that obeys an order; "Elizabeth I" does not."""


def most_probable(features: Mapping[str, float], threshold: float) -> float:
    """The highest probability that the exact checks leave a statement with these features."""
    if not features[RULED_OUT]:
        return 1.0
    values = any(features[kind] or features[f"{kind}?"] for kind in VALUES)
    return MOST_IF_RULED_OUT if values else threshold - BELOW


MOST_IF_RULED_OUT = 0.5
"""Highest probability of a statement of which a figure, date, unit or name is otherwise: as likely as not."""
VALUES = ("figure", "date", "unit", "name")
BELOW = 1e-3
"""So far below the threshold a statement stays that another exact check speaks against. These checks read words where a
model reads sentences: they keep from passing, and leave how likely it is to the others. With all capped at
`MOST_IF_RULED_OUT` the area on qags_xsum is 0.743 instead of 0.754; what passes is the same."""
POOR_MATCH = 0.5
"""Mean cosine of a word's tokens below which its meaning counts as not found, as in `read`."""


def rules_out(doubt: Doubt) -> bool:
    """Whether a statement with this doubt is never taken for supported, however near its words come.

    What only lacks a sign of "to come" or of a cause is often said in other words; it counts in the sum.
    """
    return doubt.against or doubt.kind in ("figure", "date", "name")


def measure_support(matched: Sequence[MatchedWord], doubts: Sequence[Doubt]) -> dict[str, float]:
    """What tells whether quotes support a statement, by name.

    match: mean over the statement's telling words of their match with the quotes and what stands around them; a word
    of which they hold a form has 1.
    own: the same with the quotes alone and without names: a title names, it does not support.
    missing: how much is not matched, as the logarithm of 1 + the sum over tokens: a long statement has more room to be
    wrong, and a rare word, which is several tokens, says more.
    Then one for each kind of doubt, 1 where there is one, and `RULED_OUT`.
    """
    plain = [word for word in matched if not word.is_name] or matched
    matches = np.array([1.0 if word.held else word.match for word in matched])
    features = dict.fromkeys((*DOUBTS, RULED_OUT), 0.0) | {
        "match": float(matches.mean()),
        "own": float(np.mean([1.0 if word.held_by_quotes else word.own for word in plain])),
        "missing": math.log1p(float(((1.0 - matches) * [word.pieces for word in matched]).sum())),
    }
    for doubt in doubts:
        features[doubt.kind + ("" if doubt.against else "?")] = 1.0
        features[RULED_OUT] = max(features[RULED_OUT], float(rules_out(doubt)))
    return features


def measure_opinion(text: str, quotes: Sequence[str], context: Sequence[str], verifier: Verifier) -> dict[str, float]:
    """What the verifier says of the text and all quotes under their titles, as log odds."""
    said = verifier.judge(text, "\n".join((*(one for one in context if one), " ".join(quotes))))
    against = to_log_odds(said.contradicted, least=LEAST_OPINION)
    return {"verifier supported": said.log_odds, "verifier contradicted": against}


@dataclass(frozen=True, slots=True)
class MatchedWord:
    """A telling word of a statement, and how well the quotes match it."""

    text: str
    match: float
    """Best cosine of its tokens with those of the quotes or of what stands around them, mean over its tokens."""
    own: float
    """The same with the quotes alone."""
    held: bool
    """Whether a form of it stands in the quotes or around them, or a figure that they give is made of it."""
    held_by_quotes: bool
    pieces: int
    """Tokens that it is made of: a rare word has several."""

    @property
    def is_name(self) -> bool:
        """Whether it is written as names and figures are."""
        return self.text[0].isupper() or self.text[0].isdigit()


LIGHT_WORDS = frozenset(
    "according among back become began begin came come comes down each everything first gave get gets getting "
    "give given gives go goes going gone got gotten however its known last made make makes making may might mr "
    "mrs ms must new now off one part put puts put said set since still take taken takes taking that there thing "
    "though took total turned up upon used using went within work worked works year years".split()
)
"""Words that a paraphrase takes or leaves; with the stop words, no statement fails for them."""

CONTEXT_SHARE = 0.9
"""What a match with a title or heading counts, as in `read`."""


def match_words(
    text: str, quotes: Sequence[str], *, encoder: Encoder, context: Sequence[str] = ()
) -> list[MatchedWord]:
    """Each telling word of the text with its best match; all words where none tells."""
    before = " ".join(" ".join(one.split()) for one in context if one)[: PART_CHARACTERS // 2]
    parts = [part for quote in quotes for part in _parts(quote)]
    stated, *encoded = encoder.encode_tokens([text, *(f"{before}\n{part}" if before else part for part in parts)])
    tokens = stated.vectors
    own = around = np.full(len(tokens), -1.0, dtype=np.float32)
    for one in encoded:
        near = cosines(tokens, one.vectors)
        outside = one.spans[:, 1] <= len(before) if before else np.zeros(len(one.spans), dtype=bool)
        own = np.maximum(own, near[:, ~outside].max(axis=1, initial=-1.0))
        around = np.maximum(around, CONTEXT_SHARE * near[:, outside].max(axis=1, initial=-1.0))
    quoted, surrounding = ({stem(word) for one in texts for word in _WORD.findall(one)} for texts in (quotes, context))
    found = list(_WORD.finditer(text))
    given = find_given(text, quotes)
    telling = [word for word in found if word.group().lower() not in STOP_WORDS | LIGHT_WORDS] or found
    matched = []
    for word in telling:
        inside = (stated.spans[:, 0] >= word.start()) & (stated.spans[:, 1] <= word.end())
        inside = inside if inside.any() else np.ones(len(tokens), dtype=bool)
        form = stem(word.group())
        held = form in quoted or any(start <= word.start() and word.end() <= end for start, end in given)
        matched.append(
            MatchedWord(
                text=word.group(),
                match=float(np.maximum(own, around)[inside].mean()) if len(tokens) else -1.0,
                own=float(own[inside].mean()) if len(tokens) else -1.0,
                held=held or form in surrounding,
                held_by_quotes=held,
                pieces=int(inside.sum()),
            )
        )
    return matched


_WORD = re.compile(r"\w+")
_BREAK = re.compile(r"(?<=[.!?])\s|\n")


def _parts(quote: str) -> Iterator[str]:
    """The quote in parts of about `PART_CHARACTERS`, cut after a sentence where there is one, else at a space."""
    while len(quote) > PART_CHARACTERS:
        ends = [end.start() for end in _BREAK.finditer(quote, 0, PART_CHARACTERS)]
        cut = ends[-1] if ends and ends[-1] > PART_CHARACTERS // 3 else quote.rfind(" ", 1, PART_CHARACTERS)
        cut = cut if cut > 0 else PART_CHARACTERS
        yield quote[:cut]
        quote = quote[cut:].lstrip()
    if quote:
        yield quote


def _stands_in(words: str, quote: str) -> bool:
    """Whether the words stand in the quote as they are, whole sentence or several, but for white space."""
    line = " ".join(quote.split())
    at = line.find(words)
    whole = at == 0 or (line[at - 1 : at] == " " and line[at - 2 : at - 1] in ".!?:")
    return at >= 0 and whole and (words[-1:] in ".!?" or len(line) == at + len(words))
