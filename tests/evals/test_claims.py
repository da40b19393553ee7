"""Figures of claims, and the fit of what tells supported from not supported."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from assistant.verifier import open_verifier
from assistant.verify import DOUBTS, MATCHES, MOST_IF_RULED_OUT, RULED_OUT, load_support_calibration
from evals import claims
from evals.__main__ import main
from evals.claims import (
    DATASETS,
    DEVELOPMENT_PAIRS,
    FALSE_PASSED,
    OWN_PAIRS,
    Observation,
    fit_observations,
    fit_support,
    measure_claims,
    observe_claims,
    probability_of,
    read_pairs,
    run_claims,
    run_pairs,
    sample_claims,
)
from evals.errors import CasesError
from evals.results import load_run
from evals.types import Benchmark, Claim
from evals.written import written_benchmark
from knowledge import open_encoder


@pytest.fixture(scope="module")
def encoder():
    return open_encoder()


@pytest.fixture(scope="module")
def verifier(encoder):
    return open_verifier(encoder)


def claim(number: int, label: str = "supported", text: str = "The dam cost 48 million euros.") -> Claim:
    return Claim(f"c{number}", "dams", text, "The dam cost 48 million euros, says the mayor.", label, f"d{number}")


CLAIMS = tuple(claim(i) for i in range(6)) + tuple(claim(i, "not found", "Penguins live on ice.") for i in range(6, 12))


def observation(match: float, supported: bool, *doubts: str, dataset: str = DEVELOPMENT_PAIRS[0]) -> Observation:
    features = dict.fromkeys((*MATCHES, *DOUBTS, RULED_OUT), 0.0) | {"match": match, "own": match, "missing": 1 - match}
    features |= dict.fromkeys((*doubts, *([RULED_OUT] if doubts else [])), 1.0)
    return Observation(features, supported, dataset)


def test_claims_that_are_told_apart_have_a_full_auroc(encoder, verifier):
    run = run_claims(Benchmark("dams", (), (), CLAIMS), encoder=encoder, verifier=verifier, limit=None, settings={})
    figures = run.figures["dams"]
    assert figures["supported AUROC"].value == 1.0
    assert figures["balanced accuracy"].value == 1.0
    assert figures["median seconds"].cases == len(CLAIMS)


def test_scores_that_tell_nothing_have_half_an_auroc():
    figures = measure_claims(CLAIMS, [0.5] * len(CLAIMS), [0.1] * len(CLAIMS))
    assert figures["supported AUROC"].value == 0.5
    assert figures["balanced accuracy"].value == 0.5


def test_a_sample_is_the_same_each_time_and_grows():
    small, large = sample_claims(CLAIMS, 3), sample_claims(tuple(reversed(CLAIMS)), 6)
    assert len(small) == 3
    assert large[:3] == small


def test_pairs_are_judged_by_their_quotes(encoder, verifier):
    run = run_pairs(DEVELOPMENT_PAIRS[0], {}, encoder=encoder, verifier=verifier)
    figures = run.figures[DEVELOPMENT_PAIRS[0]]
    assert figures["true passed"].value >= 0.75
    assert figures["false passed"].value <= 0.04


@pytest.mark.parametrize("name", [*DEVELOPMENT_PAIRS, "written"])
def test_of_the_false_statements_of_each_set_about_one_in_twenty_passes(name, encoder, verifier):
    claims = written_benchmark("fit").claims[::5] if name == "written" else read_pairs(DATASETS / f"{name}.jsonl")
    false = [one for one in claims if one.label != "supported"]
    calibration = load_support_calibration()
    seen = observe_claims(false, {}, encoder=encoder, verifier=verifier)
    passed = sum(probability_of(one, calibration) >= calibration.threshold for one in seen)
    assert passed <= 1.5 * FALSE_PASSED * len(false)


@pytest.mark.parametrize("name", [OWN_PAIRS, *DEVELOPMENT_PAIRS])
def test_our_own_pairs_are_complete(name):
    claims = read_pairs(DATASETS / f"{name}.jsonl")
    assert len({one.id for one in claims}) == len(claims)
    assert all(one.text and one.passage and one.document_id for one in claims)
    assert {one.label for one in claims} == {"supported", "not found"}


def test_the_pairs_that_judge_are_not_those_that_are_fitted_on():
    judging = read_pairs(DATASETS / f"{OWN_PAIRS}.jsonl")
    fitted = [one for name in DEVELOPMENT_PAIRS for one in read_pairs(DATASETS / f"{name}.jsonl")]
    assert not {one.text for one in judging} & {one.text for one in fitted}
    assert not {one.passage for one in judging} & {one.passage for one in fitted}


def test_a_file_of_pairs_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CasesError, match="missing"):
        read_pairs(tmp_path / "missing.jsonl")


def test_the_fit_lets_a_match_speak_for_and_a_doubt_against():
    observed = [observation(0.9, True) for _ in range(30)] + [observation(0.5, False) for _ in range(30)]
    observed += [observation(0.9, False, "figure") for _ in range(10)] + [observation(0.9, True, "date")]
    calibration = fit_observations(observed, (*MATCHES, *DOUBTS, RULED_OUT))
    assert calibration.weights["match"] > 0
    assert calibration.weights["figure"] < 0
    assert all(calibration.weights[name] <= 0 for name in (*DOUBTS, RULED_OUT))
    assert set(calibration.weights) == {"intercept", *MATCHES, *DOUBTS, RULED_OUT}


def test_the_threshold_lets_hardly_a_false_pair_pass():
    observed = [observation(0.6 + 0.01 * i, True) for i in range(40)] + [observation(0.3, False) for _ in range(40)]
    calibration = fit_observations([*observed, observation(0.8, False)], (*MATCHES, *DOUBTS, RULED_OUT))
    strict = fit_observations([*observed, observation(0.9, False)], (*MATCHES, *DOUBTS, RULED_OUT))
    assert MOST_IF_RULED_OUT < calibration.threshold < strict.threshold + 1e-9


def test_the_fit_is_written_as_a_readable_file(tmp_path, encoder, verifier, monkeypatch):
    written = written_benchmark("fit")
    monkeypatch.setattr(claims, "written_benchmark", lambda part: replace(written, claims=written.claims[::40]))
    target, lines = tmp_path / "support.json", []
    fit_support([tmp_path], target, encoder=encoder, verifier=verifier, limit=10, report=lines.append)
    stored = json.loads(target.read_text(encoding="utf-8"))
    assert set(stored) == {"made by", "data", "weights", "threshold"}
    assert "verifier supported" in stored["weights"]
    assert "fever_symmetric: not there, left out" in lines


def test_the_command_line_prints_and_keeps_the_figures(tmp_path, capsys):
    folder = tmp_path / "dams"
    folder.mkdir()
    rows = [
        {"id": one.id, "claim": one.text, "passage": one.passage, "label": "supported" if i < 6 else "unsupported"}
        for i, one in enumerate(CLAIMS)
    ]
    (folder / "claims.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert main(["run", str(folder), "--results", str(tmp_path / "results"), "--quiet"]) == 0
    assert "supported AUROC" in capsys.readouterr().out
    (stored,) = (tmp_path / "results").glob("dams-claims-*.json")
    assert load_run(stored).figures["dams"]["supported AUROC"].cases == len(CLAIMS)
