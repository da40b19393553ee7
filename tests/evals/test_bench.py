"""The bench runs every measure, each in a process of its own, and says what it found."""

from __future__ import annotations

import pytest

from evals.bench import BenchSize, bench_table, run_bench

TINY = BenchSize(chunks=(20, 40), questions=4, texts=6, rounds=1, files=12, starts=1)


@pytest.mark.timeout(400)
def test_every_measure_is_taken_and_told(tmp_path):
    said: list[str] = []
    bench = run_bench(tmp_path, benchmarks=None, size=TINY, report=said.append)
    table = bench_table(bench)
    assert len(bench.measurements) >= 7
    assert all(measurement.name in table for measurement in bench.measurements)
    assert said
