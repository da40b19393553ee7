"""What words do in English: which carry no meaning of their own, which lean on what came before, how questions ask."""

from __future__ import annotations

import re

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
      | (?:Here|There)\b
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
