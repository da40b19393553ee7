"""Calibration writes the two small files, the same ones every time."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import evals.calibrate as calibration
from assistant.reader import open_reader
from assistant.verifier import open_verifier
from evals.calibrate import fit_intents, fit_reading
from knowledge import Library, open_encoder
from tests.conftest import folder_of


@pytest.fixture
def benchmarks(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The public benchmarks, of which only two sets are used."""
    folder = folder_of("KEYQ_BENCHMARKS")
    monkeypatch.setattr(calibration, "READING_SETS", ("squad2_dev",))
    monkeypatch.setattr(calibration, "QUESTION_SETS", ("selqa_test",))
    monkeypatch.setattr(calibration, "ORDINARY_QUESTIONS", 150)
    monkeypatch.setattr(calibration, "TITLES_OF_TEMPLATE", 2)
    return folder


def test_intents_are_fitted_to_the_same_weights_every_time(benchmarks, tmp_path):
    said: list[str] = []
    for name in ("one.npz", "two.npz"):
        fit_intents(benchmarks, tmp_path / name, encoder=open_encoder(), report=said.append)
    one, two = np.load(tmp_path / "one.npz"), np.load(tmp_path / "two.npz")
    assert one["weights"].shape == (4, 4 * 384)
    assert np.array_equal(one["weights"], two["weights"])
    assert said[0] == said[1]


def test_reading_is_fitted_so_that_a_lower_risk_asks_for_more_confidence(benchmarks, tmp_path):
    encoder = open_encoder()
    fit_reading(
        benchmarks,
        tmp_path / "reading.json",
        cache=tmp_path / "libraries",
        open_library=Library.open,
        encoder=encoder,
        reader=open_reader(encoder),
        verifier=open_verifier(encoder),
        limit=12,
        report=lambda _: None,
    )
    data = json.loads((tmp_path / "reading.json").read_text(encoding="utf-8"))
    thresholds = [threshold for _, threshold in data["thresholds_by_risk"]]
    assert thresholds == sorted(thresholds, reverse=True)
    assert data["answerable"]["reader"] != 0
    assert data["sentence"]["match"] > 0  # a better match makes an answer likelier
    assert data["sentence"]["reader"] > 0
    assert 0 < data["threshold"] <= 1
