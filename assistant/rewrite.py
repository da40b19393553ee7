"""History and a follow-up -> a question that stands alone."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.errors import WritingError
from assistant.language import STOP_WORDS, one_line, stem
from assistant.listen import listen
from assistant.prompts import REWRITING, as_data
from assistant.types import Turn

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

log = logging.getLogger(__name__)
"""What happened, never words of a conversation."""

REQUEST = re.compile(
    r"""^(?:(?:yes|no|okay|ok|sure|thanks|thank\ you|great|interesting|now|well|please|and|but|so|also|then)[,.!]?\s+)*
        (?:(?:can|could|would|will)\ you\ (?:please\ |also\ )*(?:tell|give|explain|show|expand|describe)\b
           (?:\ (?:me|us|further|more|on|to|about|of))*
          |(?:please\ )?(?:tell|give|show|let)\ (?:me|us)\b
           (?:\ (?:please|know|more|about|information|some|a|little|bit))*
          |i(?:['’]d|\ would)\ (?:also\ )?like\ to\ (?:know|hear|learn)\b(?:\ (?:more|about|of))*
          |i(?:['’]m|\ am)\ (?:also\ )?(?:interested\ (?:in|about)|curious\ about)\b
          |i\ (?:wish|want)\ to\ (?:know|hear|learn)\b(?:\ (?:more|about|of))*
        )?\s*""",
    re.IGNORECASE | re.VERBOSE,
)
"""How people ask without asking: what stands before the question itself."""

PERSONAL = re.compile(r"\b(?:it|its|they|their|theirs|them|he|him|his|she|her|hers)\b", re.IGNORECASE)
"""Pronouns that a name before them in the same question explains."""

POINTING = re.compile(
    r"""\b(?:this|these|those)\b
      | (?:^|\b(?:is|was|are|were|does|did|do|will|would|can|could|has|had|of|for|about|with|by|from|in|after|before
          |like|than|why|how|to|mean|cause|caused)\s+)that\b
      | \b(?:that|there)(?=\s*[?.!,]|\s*$)
      | \bthe\s+(?:same|former|latter|one|ones|others?|first|second|third|next|last)\b(?!\s+time)
      | \bsuch\b(?!\s+(?:as|a\s+thing)\b)""",
    re.IGNORECASE | re.VERBOSE,
)
"""Other words that point at something said before."""

AT_HAND = re.compile(
    r"\b(?:this|these|those)\s+(?:article|collection|document|file|librar(?:y|ies)|page|paper|report|site|source|text)s?\b"
    r"|\b(?:does|did|will|would)\s+it\s+take\b"
    r"|\b(?:is|was)\s+it\s+(?:possible|true|legal|illegal|safe|common|normal|likely|better|worth|necessary|known|hard|easy)\b",
    re.IGNORECASE,
)
"""Uses of such words that point at nothing said before."""

CONTINUING = re.compile(
    r"^(?:and\s+|but\s+|so\s+|or\s+|also\s+|then\s+)?(?:(?:what|how)\s+about|what\s+else|and|but|so|or|also|then)\b[,\s]*",
    re.IGNORECASE,
)

ASKING_FOR_NAMES = re.compile(r"^(?:who|whom|which|name)\b", re.IGNORECASE)
"""Questions whose answer is what the next question may speak of."""

MOST_ANSWER_CHARACTERS = 300
"""How much of an answer is looked at for names."""

FORMER_OR_LATTER = re.compile(r"\bthe\s+(former|latter|first\s+one|second\s+one)\b", re.IGNORECASE)

JOINING = frozenset("after before when while if because since until and so as than where though once make".split())
"""Words after which a pronoun stands for what the same question has named."""

BARE = re.compile(
    r"^(?:why|how|when|where|who|which|really|since when|how so|how come|how much|how many)\b(?: not| bother)?\W*$",
    re.IGNORECASE,
)
"""Questions of nothing but a question word."""

NAME = re.compile(
    r"(?:[A-Z]|\d+(?=[a-z]+\s+[A-Z]))[\w&.’'-]*(?:\s+(?:(?:of|the|and|&|de|van|von)\s+){0,2}[A-Z0-9][\w&.’'-]*)*"
)
"""A run of capitalised words, little words between them allowed."""

PLACING = re.compile(
    r"\b(?:in|at|from|near|outside|inside|besides|since|than|how\s+many|how\s+much)\s+(?:the\s+)?$", re.IGNORECASE
)
"""What stands before a name that says where, when or how many; the subject is rather another one."""

ACTION = re.compile(r"\b(?:do|doing|done)\s+it\b", re.IGNORECASE)
"""Where a pronoun stands for something done, which no name can take the place of."""

NOUN_PHRASE = re.compile(
    r"^(?:what|who)(?:['’]s|\s+(?:is|are|was|were))\s+((?:(?:a|an|the)\s+)?[\w’'-]+(?:\s+(?!in|on|for|to|by|with|from|called"
    r"|known|used|doing|about|that|who|which|when)[\w’'-]+){0,4})\s*\?*$"
    r"|^(?:how|why|when|where)\s+(?:do|does|did|can|could|will|would|should|must)\s+((?:(?:a|an|the)\s+)?[\w’'-]+(?:\s+"
    r"[\w’'-]+){0,3}?)\s+(?:work|works|start|begin|end|help|matter|happen|cost|make|use|need|get|choose|cope|take|come"
    r"|become|differ|grow|form|live|move|affect|cause|lead|exist|mean|run|sell|pay|earn|open|close|have|do)\b"
    r"|^(?:how|why|when|where)\s+(?:is|are|was|were)\s+((?:(?:a|an|the)\s+)?[\w’'-]+(?:\s+[\w’'-]+){0,3}?)\s+(?:\w+ed|made"
    r"|built|done|known|found|sold|kept|held|paid|grown|hard|important|different|attractive)\b",
    re.IGNORECASE,
)
"""Questions whose subject can be told from their first words."""

OPENERS = frozenset(
    "know tell like interested thing things kind kinds type types way ways please information learn let first become "
    "supposed usually really currently associated involved specific similar".split()
)
"""Words of a question that are not its subject."""

MOST_LEANING_WORDS = 8
"""A question with more words that carry meaning has its subject in itself."""

MOST_SUBJECT_WORDS = 8
"""Words of an earlier question that are carried along, at most."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What an earlier question was about."""

    phrases: tuple[str, ...]
    """Names or noun phrases that a pronoun may stand for, the likeliest first."""
    words: str
    """The words that carry its subject, in order."""
    answered: tuple[str, ...] = ()
    """Names that only its answer holds, in order."""


def rewrite_question(question: str, history: Sequence[Turn]) -> str:
    """The question with the subject of the earlier ones where it needs it; as it is where it stands alone.

    A pronoun gives way to what it stands for where there is one candidate; otherwise the subject follows in brackets.
    """
    subject: Subject | None = None
    answer = ""
    for turn in history:
        subject = _subject(_stand_alone(turn.question.strip(), subject, answer), subject, turn.answer)
        answer = turn.answer
    return _stand_alone(question, subject, answer)


def rewrite_by_model(question: str, history: Sequence[Turn], model: BaseChatModel) -> str:
    """The question as a chat model writes it to stand alone, where that passes a strict check; by rule otherwise.

    It must be one line that ends as a question, not much longer than what was asked, keep most of the words of the
    question, and bring in no word that the conversation does not hold. A model that fails counts as one that wrote
    nothing.
    """
    from langchain_core.messages import HumanMessage, SystemMessage

    by_rule = rewrite_question(question, history)
    if not history:
        return by_rule
    turns = history[-TURNS_SHOWN:]
    lines = [line for turn in turns for line in (f"User: {as_data(turn.question)}", f"Answer: {as_data(turn.answer)}")]
    prompt = "\n".join(["<conversation>", *lines, "</conversation>", "", f"Last question: {as_data(question)}"])
    try:
        written = ""
        for chunk in listen(model, [SystemMessage(REWRITING), HumanMessage(prompt)], seconds=MODEL_SECONDS):
            written += str(chunk.text)
            if len(written) > len(question) + 2 * MOST_ADDED_CHARACTERS:
                return by_rule
    except WritingError as error:  # the rules need no model
        log.info("a chat model failed to rewrite a question", extra={"problem": str(error)})
        return by_rule
    written = written.strip()
    return written if _is_rewritten(written, question, turns) else by_rule


def _is_rewritten(written: str, question: str, turns: Sequence[Turn]) -> bool:
    """Whether what a model wrote is the question, with nothing in it from outside the conversation."""
    if not written.endswith("?") or "\n" in written or len(written) > len(question) + MOST_ADDED_CHARACTERS:
        return False
    said = " ".join([question, *(f"{turn.question} {turn.answer}" for turn in turns)])
    words, asked = ({stem(word) for word in _meaning(text)} for text in (written, question))
    kept = sum(word in words for word in asked)
    return words <= {stem(word) for word in _meaning(one_line(said))} and 2 * kept >= len(asked)


MODEL_SECONDS = 20.0
"""A chat model may take this long to rewrite a question: nothing can be searched before."""

TURNS_SHOWN = 3
"""Earlier turns that a chat model is shown; what a pronoun stands for is seldom farther back."""

MOST_ADDED_CHARACTERS = 160
"""How much longer than the question its rewritten form may be."""


def _stand_alone(question: str, subject: Subject | None, answer: str) -> str:
    """A follow-up joined with what was spoken of before it; a question with a subject of its own unchanged."""
    if subject is None or not subject.words or not _leans(question, answer):
        return question
    return _replaced(question, subject) or f"{question.rstrip()} ({_missing(question, subject)})"


def _leans(question: str, answer: str) -> bool:
    asked = REQUEST.sub("", question.strip())
    names = _names(asked)
    if BARE.match(asked) or CONTINUING.match(question.strip()) or not _meaning(asked):
        return True
    if len(_meaning(asked)) > MOST_LEANING_WORDS:
        return False
    if len(asked.split()) <= 2 and not names:
        return True
    asked = AT_HAND.sub(" ", asked)
    if POINTING.search(asked):
        return True
    pronoun = PERSONAL.search(asked)
    if pronoun is not None and not _explained(asked, pronoun):
        return True
    asked_back = answer.rstrip().endswith("?")
    return asked_back and not names


def _explained(asked: str, pronoun: re.Match[str]) -> bool:
    """Whether the question itself says before a pronoun what it stands for."""
    before = asked[: pronoun.start()]
    word, last = pronoun.group().lower(), before.split()[-1:]
    if _names(before):
        return True
    said = len(_meaning(before))
    if word in {"its", "their", "his", "her"}:
        return said >= 2
    joined = bool(last) and last[0].lower() in JOINING
    acting = asked[pronoun.end() : pronoun.end() + 1] in {"'", "’"}
    object_of_verb = word in {"it", "them", "him"} and not acting and said >= 2 and last[0].lower() not in STOP_WORDS
    return (joined and said >= 1) or object_of_verb


def _replaced(question: str, subject: Subject) -> str | None:
    """The question with its pronoun replaced by the one thing that it can stand for; None where that is not clear."""
    two = [part for name in subject.answered for part in re.split(r"\s+(?:and|or|&)\s+", name)]
    if FORMER_OR_LATTER.search(question) and len(two) == 2:
        return FORMER_OR_LATTER.sub(lambda at: two[at.group(1).lower() in {"latter", "second one"}], question, count=1)
    pronouns = list(PERSONAL.finditer(AT_HAND.sub(lambda at: "_" * len(at.group()), question)))
    if not pronouns or POINTING.search(AT_HAND.sub(" ", question)) or ACTION.search(question):
        return None
    first = pronouns[0]
    word = first.group().lower()
    fitting = [one for one in subject.phrases if _fits(one, word) and one.lower() not in question.lower()]
    if len(fitting) != 1:
        return None
    phrase = fitting[0]
    owns = word in {"its", "their", "his"} or (word == "her" and re.match(r"\s+[a-z]", question[first.end() :]))
    if owns:
        phrase += "'" if phrase.endswith("s") and word == "their" else "'s"
    begins = CONTINUING.match(question.strip())
    text = question[: first.start()] + phrase + CONTRACTED.sub(_spelled_out, question[first.end() :], count=1)
    if begins and not re.match(r"(?:what|how)\s+about", begins.group().strip(), re.IGNORECASE):
        text = text.strip()[begins.end() :]
        text = text[:1].upper() + text[1:]
    return text


def _spelled_out(contracted: re.Match[str]) -> str:
    """The verb of "they've" by itself."""
    return " " + {"ve": "have", "re": "are", "ll": "will", "d": "would"}[contracted.group(1).lower()]


CONTRACTED = re.compile(r"^['’](ve|re|ll|d)\b", re.IGNORECASE)


def _fits(phrase: str, pronoun: str) -> bool:
    """Whether a phrase can be what a pronoun stands for, as far as its form tells."""
    named = bool(_names(phrase, anywhere=True))
    many = phrase.endswith("s") and not phrase.endswith(("ss", "us", "is"))
    if pronoun in {"he", "him", "his", "she", "her", "hers"}:
        return named
    if pronoun in {"it", "its"}:
        return named or not many
    return named or many


def _missing(question: str, subject: Subject) -> str:
    """The words of the subject that the question does not hold."""
    held = set(re.findall(r"\w+", question.lower()))
    words = [word for word in subject.words.split() if word.lower() not in held]
    return " ".join(words) or subject.words


def _subject(question: str, before: Subject | None, answer: str) -> Subject:
    """What a question that stands alone is about; who or which it asked for is told by how its answer begins."""
    asked = REQUEST.sub("", question)
    names = _names(asked)
    placed = [name for name in names if PLACING.search(asked[: asked.find(name)])]
    phrases = [name for name in names if name not in placed] or names
    found = NOUN_PHRASE.match(asked)
    if found and not names:
        phrases = [next(group for group in found.groups() if group)]
    kept = [
        word
        for word in re.findall(r"[\w$€£%.,'’-]*\w[%]?", asked)
        if word.lower() not in STOP_WORDS and word.lower() not in OPENERS
    ]
    named = [word for name in names for word in name.split() if word in kept]
    words = " ".join(list(dict.fromkeys([*named, *kept]))[:MOST_SUBJECT_WORDS])
    if not words and before is not None:
        return before
    answered = _names(re.split(r"(?<=[.?!])\s", answer.strip(), maxsplit=1)[0][:MOST_ANSWER_CHARACTERS], anywhere=True)
    new = [name for name in answered if name.lower() not in STOP_WORDS and name not in asked]
    if ASKING_FOR_NAMES.match(asked) and new:
        phrases = new[:1]
        words = f"{' '.join(phrases)} {words}"
    return Subject(tuple(dict.fromkeys(phrases)), words, tuple(new))


def _names(text: str, *, anywhere: bool = False) -> list[str]:
    """The names in a text; a capital at its start counts only where the word is none that questions begin with."""
    found = []
    for match in NAME.finditer(text):
        name = match.group()
        if match.start() == 0 and not anywhere:
            first, _, rest = name.partition(" ")
            if first.lower() in STOP_WORDS or (not rest and match.end() < len(text)):
                name = rest
        first, _, rest = name.partition(" ")
        if first.lower().replace("’", "'") in NO_NAMES:
            name = rest
        name = re.sub(r"['’]s$", "", name.strip(" .'’"))
        if name[:1].isupper() or name[:1].isdigit():
            found.append(name)
    return found


NO_NAMES = frozenset(
    "is are was were does do did has have had can could will would should tell give name i i'm i'd what's who's how's "
    "where's when's that's it's besides".split()
)
"""Words with a capital that are no names."""


def _meaning(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+", text.lower()) if word not in STOP_WORDS]
