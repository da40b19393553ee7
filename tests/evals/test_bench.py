"""The bench runs every measure, each in a process of its own, and says what it found."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.bench import BenchSize, bench_table, build_bench_library, run_bench

TINY = BenchSize(chunks=(20, 40), questions=4, texts=6, rounds=1, files=12, starts=1)


@pytest.mark.timeout(400)
def test_every_measure_is_taken_and_told(tmp_path):
    said: list[str] = []
    bench = run_bench(tmp_path, benchmarks=None, size=TINY, report=said.append)
    table = bench_table(bench)
    assert len(bench.measurements) >= 7
    assert all(measurement.name in table for measurement in bench.measurements)
    assert said


@pytest.mark.parametrize("changed", ["knowledge.catalog.SCHEMA_VERSION", "knowledge.types.READING"])
def test_a_library_of_another_version_is_built_anew(tmp_path, monkeypatch, changed):
    built: list[str] = []

    def build(name: str, folder: str, *_: str) -> None:
        Path(folder).mkdir()
        (Path(folder) / "built.json").write_text("{}", encoding="utf-8")
        built.append(folder)

    monkeypatch.setattr("evals.bench.measure_apart", build)
    first = build_bench_library(tmp_path, 20, benchmarks=None, questions=4)
    assert build_bench_library(tmp_path, 20, benchmarks=None, questions=4) == first
    monkeypatch.setattr(changed, 1_000)
    assert build_bench_library(tmp_path, 20, benchmarks=None, questions=4) != first
    assert len(built) == 2
