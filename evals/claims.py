"""Claims: how well what supports them is told from what does not, and the fit of the small file that tells it."""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.check import SENTENCES_JUDGED, check_claim, hits_in_text, in_order
from assistant.contradict import find_doubts
from assistant.odds import to_probability
from assistant.read import nearest_sentences
from assistant.verifier import Verifier
from assistant.verify import (
    DOUBTS,
    MATCHES,
    MOST_IF_RULED_OUT,
    RULED_OUT,
    VERIFIED,
    Judgement,
    SupportCalibration,
    judge_statement,
    load_support_calibration,
    match_words,
    measure_opinion,
    measure_support,
    most_probable,
)
from evals.benchmarks import read_benchmark
from evals.errors import CasesError
from evals.examples import CLAIMS, is_kept_back
from evals.metrics import auroc, bootstrap_interval, bootstrap_statistics
from evals.rows import read_rows
from evals.run import commit_of, machine, versions
from evals.types import Benchmark, Claim, Figure, Run
from evals.written import written_benchmark
from knowledge import Encoder

DATASETS = Path(__file__).parent / "datasets"
OWN_PAIRS = "paraphrases"
"""Our own statements over the documents that come with the project; nothing is fitted on them."""
DEVELOPMENT_PAIRS = ("paraphrases_development", "rewordings")
"""Statements over other texts, which the fit may use: those that the checks were made with, and others, true and false,
in words that their quotes hardly share."""

FITTED_SETS = (
    "fever_eraser_val", "fever_eraser_devtest", "fever_symmetric", "summedits", "begin", "faithdial_audit", "expertqa",
)  # fmt: skip
"""Of the benchmarks or the training sets, with licences to share what is fitted (CC BY-SA 3.0, Apache-2.0, CC BY 4.0,
MIT). The last three are what models wrote of a text, judged by people."""
LEARNT = frozenset(source.name for source in CLAIMS)
"""Sets that the verifier learnt from, but for what was kept back."""
SHORT_PASSAGE = 800
"""Characters up to which a passage is judged whole; of a longer one the nearest sentences are."""

FALSE_PASSED = 0.05
"""The threshold is the lowest at which at most this share of the false statements passes of each set that was written
to be told: near the words of their passage, far from them, and about written passages. Something invented that is shown
is worse than something true withheld."""
STRANGERS = 3
"""One in so many claims is also shown a passage that says nothing of it."""
RESAMPLES = 1000
SEED = 20_260_703


@dataclass(frozen=True, slots=True)
class Observation:
    """What is measured of a claim, and whether it is supported."""

    features: Mapping[str, float]
    supported: bool
    dataset: str


# Figures


def run_claims(
    benchmark: Benchmark, *, encoder: Encoder, verifier: Verifier, limit: int | None, settings: Mapping[str, str]
) -> Run:
    """Check every claim of a benchmark against its text and give the run with its figures."""
    started = datetime.now(UTC)
    claims = sample_claims(benchmark.claims, limit)
    probabilities, seconds = [], []
    for claim in claims:
        begun = time.perf_counter()
        document, hits = hits_in_text(claim.text, claim.passage)
        only = {document.id: document}
        verdict = check_claim(
            claim.text,
            hits,
            document=lambda evidence, only=only: only[evidence.document_id],  # type: ignore[misc]
            encoder=encoder,
            verifier=verifier,
        )
        seconds.append(time.perf_counter() - begun)
        probabilities.append(verdict.probability)
    return Run(
        name=benchmark.name,
        started=started.isoformat(timespec="seconds"),
        settings={**settings, "limit": str(limit) if limit is not None else "none"},
        versions=versions(),
        commit=commit_of(Path(__file__).parent),
        machine=machine(),
        figures={benchmark.name: measure_claims(claims, probabilities, seconds)},
        results=(),
    )


def run_pairs(name: str, titles: Mapping[str, str], *, encoder: Encoder, verifier: Verifier) -> Run:
    """Judge our own statements by their quotes: how many of the true and of the false ones pass.

    `titles` are those of the documents by id, as a statement's citations have them.
    """
    started = datetime.now(UTC)
    claims = read_pairs(DATASETS / f"{name}.jsonl")
    judged, seconds = [], []
    for claim in claims:
        begun = time.perf_counter()
        judged.append(judge_pair(claim, titles, encoder=encoder, verifier=verifier))
        seconds.append(time.perf_counter() - begun)
    supported = np.array([claim.label == "supported" for claim in claims])
    passed = np.array([one.support == "supported" for one in judged])
    figures = measure_claims(claims, [one.probability for one in judged], seconds)
    figures["true passed"] = _figure(claims, lambda cases: float(passed[cases][supported[cases]].mean()))
    figures["false passed"] = _figure(claims, lambda cases: float(passed[cases][~supported[cases]].mean()))
    return Run(
        name=name,
        started=started.isoformat(timespec="seconds"),
        settings={},
        versions=versions(),
        commit=commit_of(Path(__file__).parent),
        machine=machine(),
        figures={name: figures},
        results=(),
    )


def judge_pair(claim: Claim, titles: Mapping[str, str], *, encoder: Encoder, verifier: Verifier) -> Judgement:
    """Judge a statement by its quote under its document's title."""
    title = titles.get(claim.document_id or "", claim.document_id or "")
    return judge_statement(claim.text, [claim.passage], encoder=encoder, context=[title], verifier=verifier)


def read_pairs(path: Path) -> tuple[Claim, ...]:
    """Give the statements of a file of ours with their quotes as passages."""
    if not path.is_file():
        raise CasesError(f"No statements at {path!s}.")
    return tuple(
        Claim(
            id=row["id"],
            dataset=path.stem,
            text=row["claim"],
            passage=row["quote"],
            label="supported" if row["label"] == "supported" else "not found",
            document_id=row.get("document_id") or row.get("title"),
        )
        for row in read_rows(path)
    )


def measure_claims(
    claims: Sequence[Claim], probabilities: Sequence[float], seconds: Sequence[float]
) -> dict[str, Figure]:
    """Give AUROC and balanced accuracy at the threshold, with intervals over documents, and the median time."""
    supported = np.array([claim.label == "supported" for claim in claims])
    scores, times = np.array(probabilities), np.array(seconds)
    passed = scores >= load_support_calibration().threshold

    def balanced(cases: NDArray[np.intp]) -> float:
        right, truth = passed[cases], supported[cases]
        if truth.all() or not truth.any():
            return float("nan")
        return (float(right[truth].mean()) + float((~right[~truth]).mean())) / 2

    return {
        "supported AUROC": _figure(claims, lambda cases: auroc(supported[cases], scores[cases])),
        "balanced accuracy": _figure(claims, balanced),
        "median seconds": _figure(claims, lambda cases: float(np.median(times[cases]))),
    }


def _figure(claims: Sequence[Claim], statistic: Callable[[NDArray[np.intp]], float]) -> Figure:
    clusters = [claim.document_id or claim.passage for claim in claims]
    with np.errstate(invalid="ignore"):
        replicates = bootstrap_statistics(statistic, clusters, resamples=RESAMPLES, seed=SEED)
    low, high = bootstrap_interval(replicates)
    return Figure(statistic(np.arange(len(claims))), low, high, len(claims))


def sample_claims(claims: Sequence[Claim], limit: int | None) -> tuple[Claim, ...]:
    """Give at most `limit` claims, those with the smallest hashes of their ids: the same ones every time."""
    if limit is None:
        return tuple(claims)
    return tuple(sorted(claims, key=lambda one: hashlib.sha256(one.id.encode()).digest())[:limit])


# The fit


def fit_support(
    folders: Sequence[Path],
    target: Path,
    *,
    encoder: Encoder,
    limit: int,
    report: Callable[[str], None],
    verifier: Verifier,
) -> None:
    """Fit `support.json` on the claim sets below `folders` and on the development pairs, and write it to `target`.

    Only claims that the verifier did not learn from are taken, `limit` of each set, and each set counts alike. Nothing
    is random.
    """
    observed: list[Observation] = []
    for name in FITTED_SETS:
        folder = next((folder / name for folder in folders if (folder / name).is_dir()), None)
        if folder is None:
            report(f"{name}: not there, left out")
            continue
        benchmark = read_benchmark(folder)
        titles = {document.id: document.title for document in benchmark.documents}
        kept_back = [one for one in benchmark.claims if name not in LEARNT or is_kept_back(name, f"{name}-{one.id}")]
        claims = sample_claims(kept_back, limit)
        observed += observe_claims((*claims, *strangers_of(claims)), titles, encoder=encoder, verifier=verifier)
        report(f"{name}: {len(claims)} claims")
    written = written_benchmark("fit").claims
    observed += observe_claims(written, {}, encoder=encoder, verifier=verifier)
    report(f"written: {len(written)} claims")
    for name in DEVELOPMENT_PAIRS:
        pairs = read_pairs(DATASETS / f"{name}.jsonl")
        observed += observe_claims(pairs, {}, encoder=encoder, verifier=verifier)
    calibration = fit_observations(observed, (*MATCHES, *DOUBTS, RULED_OUT, *VERIFIED))
    for name in dict.fromkeys(one.dataset for one in observed):
        report(_summary(name, [one for one in observed if one.dataset == name], calibration))
    stored = {
        "made by": "python -m evals calibrate-claims",
        "data": ", ".join((*FITTED_SETS, "written", *DEVELOPMENT_PAIRS)),
        "weights": {name: round(weight, 4) for name, weight in calibration.weights.items()},
        "threshold": round(calibration.threshold, 4),
    }
    target.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


def strangers_of(claims: Sequence[Claim]) -> Iterator[Claim]:
    """Give one in `STRANGERS` of the claims once more, each with the passage of another one, which says nothing of it.

    In the sets a passage always speaks of what is claimed; what a chat model invents need not.
    """
    for one, other in list(zip(claims, (*claims[1:], *claims[:1]), strict=True))[::STRANGERS]:
        if one.document_id != other.document_id or one.document_id is None:
            yield replace(one, passage=other.passage, document_id=other.document_id, label="not found")


def observe_claims(
    claims: Sequence[Claim], titles: Mapping[str, str], *, encoder: Encoder, verifier: Verifier
) -> Iterator[Observation]:
    """Measure each claim by its passage, or by the nearest sentences of a long one."""
    for claim in claims:
        title = titles.get(claim.document_id or "", claim.document_id or "")
        quotes = [claim.passage]
        if len(claim.passage) > SHORT_PASSAGE:
            _, hits = hits_in_text(claim.text, claim.passage)
            quotes = in_order(nearest_sentences(claim.text, hits, encoder=encoder)[:SENTENCES_JUDGED])
        doubts = find_doubts(claim.text, quotes, context=[title])
        matched = match_words(claim.text, quotes, encoder=encoder, context=[title])
        said = measure_opinion(claim.text, quotes, [title], verifier)
        yield Observation(
            features=measure_support(matched, doubts) | said,
            supported=claim.label == "supported",
            dataset=claim.dataset,
        )


def fit_observations(observed: Sequence[Observation], features: Sequence[str]) -> SupportCalibration:
    """Give the calibration of these features that fits best.

    A doubt never speaks for a statement, a better match never against it. The threshold is made with the pairs.
    """
    from sklearn.linear_model import LogisticRegression

    wanted = {name: 1.0 if name in ("match", "own", "verifier supported") else -1.0 for name in features}
    supported = np.array([one.supported for one in observed])
    groups = list(zip((one.dataset for one in observed), supported.tolist(), strict=True))
    sizes = Counter(groups)
    sample_weight = np.array([1.0 / sizes[group] for group in groups])
    sample_weight *= len(observed) / sample_weight.sum()
    names = list(wanted)
    while True:
        table = np.array([[one.features[name] for name in names] for one in observed])
        model = LogisticRegression(C=1.0, max_iter=5000).fit(table, supported, sample_weight=sample_weight)
        kept = [name for name, value in zip(names, model.coef_[0], strict=True) if value * wanted[name] > 0]
        if kept == names:
            break
        names = kept
    fitted = dict(zip(names, model.coef_[0].tolist(), strict=True))
    weights = {"intercept": float(model.intercept_[0])} | {name: fitted.get(name, 0.0) for name in wanted}
    calibration = SupportCalibration(weights, MOST_IF_RULED_OUT)
    threshold = MOST_IF_RULED_OUT
    for dataset in (*DEVELOPMENT_PAIRS, "written"):
        pairs = [one for one in observed if one.dataset == dataset and not one.supported]
        false = sorted((probability_of(one, calibration) for one in pairs), reverse=True)
        threshold = max([threshold, *false[int(FALSE_PASSED * len(false)) :][:1]])
    return replace(calibration, threshold=threshold + 1e-4)


def probability_of(one: Observation, calibration: SupportCalibration) -> float:
    """Give the probability that a claim is supported, from what was measured of it."""
    weights = calibration.weights
    log_odds = weights["intercept"] + sum(weights.get(name, 0.0) * value for name, value in one.features.items())
    return min(to_probability(log_odds), most_probable(one.features, calibration.threshold))


def _summary(name: str, observed: Sequence[Observation], calibration: SupportCalibration) -> str:
    supported = np.array([one.supported for one in observed])
    scores = np.array([probability_of(one, calibration) for one in observed])
    passed = scores >= calibration.threshold
    return (
        f"{name}: AUROC {auroc(supported, scores):.3f}; of the supported {passed[supported].mean():.2f} pass, "
        f"of the others {passed[~supported].mean():.2f}"
    )
