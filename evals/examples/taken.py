"""Questions and what the reader takes for their answers -> claims: is that the answer, as far as the passage says?

The verifier is larger than the reader, and is asked this of the sentences that come first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from assistant.reader import Reader
from assistant.verifier import claim_of_answer
from evals.examples.types import Example, Support

SOURCE = "taken"


def make_taken(examples: Iterable[Example], *, reader: Reader) -> Iterator[Example]:
    """Give of each question the claim that the reader's answer makes, beside its sentence and the neighbours of that.

    It is supported where a person marked that sentence. Where only a neighbour is marked it is left out.
    """
    for one in examples:
        (read,) = reader.read(one.question, [(one.text, one.sentences)])
        best = int(np.argmax(read.sentences))
        answer = read.answers[best]
        near = range(max(0, best - 1), min(len(one.sentences), best + 2))
        if answer is None or (not one.gold[best] and any(one.gold[place] for place in near)):
            continue
        head = one.text[: one.sentences[0][0]]
        start, end = one.sentences[near[0]][0], one.sentences[near[-1]][1]
        shift = start - len(head)
        sentences = tuple((first - shift, last - shift) for first, last in (one.sentences[place] for place in near))
        claim = claim_of_answer(one.question, one.text[slice(*answer)])
        support = Support.SUPPORTED if one.gold[best] else Support.NOT_SUPPORTED
        yield Example(claim, head + one.text[start:end], sentences, (), (), support, SOURCE, "claim", one.group)
