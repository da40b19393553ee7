"""What each way of reading tells by itself, beside all of them together: which sentence first, and is it answered?

Similarity is the cosine of question and sentence, late interaction the mean of the question tokens' best cosines
(`assistant.read`), the reader's are its log odds. Nothing is fitted in the first two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant import AssistantSettings
from assistant.read import MOST_LOG_ODDS, Calibration, read_hits
from assistant.reader import Reader
from assistant.rewrite import rewrite_question
from assistant.types import Reading
from assistant.verifier import Verifier
from evals.errors import EvaluationError
from evals.figures import measure_results
from evals.run import build_library
from evals.score import score_case, sentence_scores, whole_documents
from evals.types import Benchmark, Case, CaseResult, Figure, OpensLibrary
from knowledge import Encoder

SIGNALS = ("similarity", "late interaction", "reader", "together")
MEASURES = ("sentence precision@1", "confidence AUROC", "unanswerable answered at 80 %")


def measure_signals(
    benchmark: Benchmark,
    *,
    cache: Path,
    open_library: OpensLibrary,
    encoder: Encoder,
    reader: Reader,
    verifier: Verifier | None,
    calibration: Calibration,
) -> dict[str, Mapping[str, Figure]]:
    """Give the figures of each of `SIGNALS`.

    All see the same chunks; each puts the sentences in its own order, and is as sure as its best one scores. Raises
    `EvaluationError` for a benchmark without questions.
    """
    if not benchmark.cases:
        raise EvaluationError(f"{benchmark.name} has no questions to read for in these settings.")
    results: dict[str, list[CaseResult]] = {signal: [] for signal in SIGNALS}
    with open_library(build_library(benchmark, cache, open_library), read_only=True) as library:
        for case in benchmark.cases:
            question = rewrite_question(case.question, case.history) if case.history else case.question
            hits = library.search(question, limit=AssistantSettings().chunks_read, collections=case.collections)
            reading = read_hits(
                question, hits, encoder=encoder, reader=reader, verifier=verifier, calibration=calibration
            )
            for signal, scores in scores_of(question, reading, encoder).items():
                sure = reading.confidence if signal == "together" else float(scores.max(initial=-MOST_LOG_ODDS))
                results[signal].append(_result(case, reading, scores, sure))
    figures: dict[str, Mapping[str, Figure]] = {}
    for signal, members in results.items():
        (measured,) = measure_results(members).values()
        figures[signal] = {name: measured[name] for name in MEASURES if name in measured}
    return figures


def scores_of(question: str, reading: Reading, encoder: Encoder) -> dict[str, NDArray[np.float64]]:
    """Give what each of `SIGNALS` says of each sentence that was read; shape (sentences,) each."""
    vectors = encoder.encode([question, *(one.text for one in reading.evidence)])
    return {
        "similarity": (vectors[1:] @ vectors[0]).astype(float),
        "late interaction": reading.matches.mean(axis=1).astype(float) if len(reading.matches) else np.zeros(0),
        "reader": reading.log_odds.astype(float),
        "together": np.array([one.score for one in reading.evidence], dtype=float),
    }


def _result(case: Case, reading: Reading, scores: NDArray[np.float64], sure: float) -> CaseResult:
    evidence = [reading.evidence[int(place)] for place in np.argsort(-scores, kind="stable")]
    marked = case.gold and not whole_documents(case.gold)
    scores_of_order = sentence_scores(case.gold, evidence, [], answered=False) if marked else {}
    unasked = score_case(case, hits=None, answer=None, seconds=0.0)
    return replace(unasked, confidence=sure, scores=scores_of_order)
