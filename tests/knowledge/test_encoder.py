"""Tokens and their vectors: the same whatever stands beside a text, and remembered for a while."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from knowledge import cosines, open_encoder

TEXTS = [f"Tea number {number} grows on hills where mist is common." for number in range(12)]


@pytest.fixture
def encoder():
    """The shared encoder, with nothing remembered before and after."""
    opened = open_encoder()
    before, opened._remembered = opened._remembered, type(opened._remembered)()
    yield opened
    opened._remembered = before


@pytest.mark.parametrize(
    ("left", "right"), [(1, 1), (3, 170), (16, 40), (17, 41), (256, 256), (0, 5), (5, 0)], ids=lambda rows: f"{rows}"
)
def test_cosines_in_tiles_are_those_of_whole_matrices(left, right):
    chance = np.random.default_rng(left * 1_000 + right)
    one = chance.standard_normal((left, 384)).astype(np.float32)
    other = chance.standard_normal((right, 384)).astype(np.float32)
    lengths = np.linalg.norm(one, axis=1)[:, None] * np.linalg.norm(other, axis=1)
    assert cosines(one, other).shape == (left, right)
    assert np.allclose(cosines(one, other), one.astype(np.float64) @ other.T / lengths, atol=1e-6)


def test_what_has_no_direction_is_near_to_nothing():
    assert not cosines(np.zeros((2, 384), dtype=np.float32), np.ones((3, 384), dtype=np.float32)).any()


def test_a_text_has_the_same_tokens_alone_and_beside_others_new_and_remembered(encoder):
    alone = [encoder.encode_tokens([text])[0] for text in TEXTS]
    encoder._remembered = type(encoder._remembered)()
    new = encoder.encode_tokens([*TEXTS, *TEXTS[:3]])
    again = encoder.encode_tokens(TEXTS)
    for number, one in enumerate(new):
        for other in (alone[number % 12], again[number % 12]):
            assert np.array_equal(one.vectors, other.vectors)
            assert np.array_equal(one.spans, other.spans)


def test_what_was_read_lately_is_not_run_again(encoder, monkeypatch):
    ran = []
    run = encoder._run
    monkeypatch.setattr(encoder, "_run", lambda ids: (ran.append(ids), run(ids))[1])
    encoder.encode_tokens(TEXTS[:6])
    encoder.encode_tokens(TEXTS[3:8])
    assert len(ran) == 8


def test_what_is_remembered_cannot_be_changed(encoder):
    with pytest.raises(ValueError, match="read-only"):
        encoder.encode_tokens(TEXTS[:1])[0].vectors[0, 0] = 1.0


def test_what_was_not_asked_for_longest_is_forgotten_first(encoder, monkeypatch):
    encoder.encode_tokens(TEXTS)
    size = encoder._remembered._bytes // 12
    monkeypatch.setattr("knowledge.encoder.REMEMBERED_BYTES", 4 * size + size // 2)
    encoder.encode_tokens(TEXTS[:1])
    encoder.encode_tokens(["Something else."])
    assert encoder._remembered._bytes <= 4 * size + size // 2
    assert TEXTS[0] in encoder._remembered.get(TEXTS)
    assert TEXTS[1] not in encoder._remembered.get(TEXTS)


def test_threads_may_ask_at_once(encoder):
    wanted = [one.vectors for one in encoder.encode_tokens(TEXTS)]
    encoder._remembered = type(encoder._remembered)()
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(lambda _: encoder.encode_tokens(TEXTS), range(16)):
            assert all(np.array_equal(one.vectors, other) for one, other in zip(found, wanted, strict=True))
    remembered = encoder._remembered
    assert remembered._bytes == sum(
        len(text) + one.spans.nbytes + one.vectors.nbytes for text, one in remembered._texts.items()
    )
