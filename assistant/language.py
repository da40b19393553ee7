"""What words do in English: which carry no meaning of their own, which lean on what came before, how questions ask."""

from __future__ import annotations

import re
from functools import lru_cache

STOP_WORDS = frozenset(
    "a about again all also am an and any are as at be been being but by can could did do does done else even ever "
    "for from had has have having he her here hers him his how i if in into is it its just like many me mine more "
    "most much my no nor not of on only or our ours out over own please s same say says shall she should so some "
    "such t tell than that the their theirs them then there these they this those to too under up us very was we "
    "were what when where whether which while who whom whose why will with would yet you your yours".split()
)
"""Words that no sentence is missed for lacking, in lower case."""

LEANING = re.compile(
    r"""["“‘(]*(?:
        (?:And|But|So|Yet|Or|Also|Thus|Hence|Instead|However|Therefore|Otherwise|Still|Then)\b,?
      | (?:It|Its|He|His|She|Her|They|Their|Them|This|That|These|Those|Such|Both|Neither|Each|One|Some|Others?)\b
      | (?:Here|There|(?:Until|Since|By|From|Before|After)\ (?:then|that|this|now))\b
      | The\ (?:same|latter|former|other|others|first|second|third|last|one|ones
            |company|firm|group|business|start-?up|agency|authority|court|team|laborator(?:y|ies)|maker|operator
            |deal|move|purchase|takeover|acquisition|merger|agreement|transaction|plan|project|programme|program
            |report|article|study|paper|author|authors|finding|result|results
            |system|device|machine|machines|model|models|product|service|site|cluster|satellites?
            |reason|problem|difference|answer|effect|rest|point|idea|figure|figures|amount|number|price|sum
        )(?:['’]s)?\b
    )""",
    re.VERBOSE,
)
"""How a sentence begins that cannot be understood without what stands before it; to be matched at its start."""

ASKING = re.compile(
    r"\b(?:who|whom|whose|when|where|why|how (?:much|many|long|old|far)|how|which|what)\b", re.IGNORECASE
)
"""The word that says what kind of thing a question asks for."""


def carries_meaning(token: str) -> bool:
    """Whether a token is a word that says what a text is about."""
    return token.isalnum() and token.lower() not in STOP_WORDS


def asks_for(question: str) -> str:
    """The word that says what kind of thing a question asks for, in lower case; empty where there is none."""
    found = ASKING.search(question)
    return found.group(0).lower() if found else ""


def one_line(text: str) -> str:
    """The text with each run of white space as one space."""
    return " ".join(text.split())


_IRREGULAR = {
    form: base
    for base, forms in (
        line.split(": ")
        for line in """
            be: is are was were been being am
            bear: bore borne born
            become: became
            begin: began begun
            break: broke broken
            bring: brought
            build: built
            buy: bought
            catch: caught
            choose: chose chosen
            come: came
            cost: costs
            deal: dealt
            do: did done does
            draw: drew drawn
            drive: drove driven
            fall: fell fallen
            feel: felt
            fight: fought
            find: found
            fly: flew flown
            forbid: forbade forbidden
            freeze: froze frozen
            get: got gotten
            give: gave given
            go: went gone goes
            grow: grew grown
            have: has had
            hold: held
            keep: kept
            know: knew known
            lead: led
            leave: left
            lend: lent
            lose: lost
            make: made
            mean: meant
            meet: met
            pay: paid
            rise: rose risen
            run: ran
            say: said
            see: saw seen
            sell: sold
            send: sent
            shrink: shrank shrunk
            sink: sank sunk
            speak: spoke spoken
            spend: spent
            stand: stood
            steal: stole stolen
            strike: struck
            take: took taken
            teach: taught
            tell: told
            think: thought
            throw: threw thrown
            win: won
            write: wrote written
            man: men
            woman: women
            child: children
            person: people
            foot: feet
        """.strip().splitlines()
    )
    for form in forms.split()
    for base in (base.strip(),)
}

_DOUBLED = re.compile(r"([bdgmnprt])\1\Z")
_ENDINGS = ("ization", "isation", "ation", "ments", "ment", "ingly", "edly", "ings", "ing", "ions", "ion", "ers", "er",
            "ors", "or", "ies", "ied", "ily", "es", "ed", "ly", "al", "est", "s", "e", "y")  # fmt: skip
_LEAST_REST = {"s": 3, "e": 3, "y": 3, "ing": 2, "ed": 2, "es": 2}
_VOWEL = re.compile(r"[aeiouy]")


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """What the forms of a word share, in lower case: "launches", "launched" and "launching" come to one.

    Coarse on purpose: it is used to see whether a word is there at all, never to show.
    """
    word = word.lower().replace("’", "'").removesuffix("'s").removesuffix("'")
    word = _IRREGULAR.get(word, word)
    if not word.isalpha():
        return word
    for ending in _ENDINGS:
        rest = word.removesuffix(ending)
        if rest == word or len(rest) < _LEAST_REST.get(ending, 4):
            continue
        if word.endswith(("eed", "ss")) or (len(rest) < 4 and not _VOWEL.search(rest)):
            continue
        word = rest
        break
    return _DOUBLED.sub(r"\1", word).removesuffix("e")
