"""The reader, and the verifier, as PyTorch networks: a public encoder, heads, and the loss that they are taught by."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evals.examples.types import Support
from evals.pack import INPUT_NAMES
from knowledge.export import weights_folder

if TYPE_CHECKING:
    import torch

TOKEN_FEATURES = 32
"""Features of a token of which a sentence gets the highest."""

TAUGHT = 0.7
"""Share of the loss that a larger reader's opinion has beside what is noted of an example."""

ANSWER_TOKEN_WEIGHT = 0.5
"""Weight of finding the exact words beside finding the sentence."""


def device_here() -> str:
    """Give PyTorch's name of the device that is taught on."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def build_network(
    weights: Path | None = None, *, dropout: float = 0.0, layers: int | None = None, frozen: int = 0
) -> Any:
    """Give an untrained reader: the encoder's published weights, or those in a folder, and heads that say nothing yet.

    Any encoder of `transformers` whose vocabulary holds MiniLM's tokens will do; it is given their ids. It may be cut
    after some `layers`. Its embeddings stay as published, and so do the lowest `frozen` layers, but for a bias of
    position that all layers share; then "[SEP]" alone tells question from passage.
    """
    import torch
    from torch import nn
    from transformers import AutoModel

    class TrainedReader(nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            # Fused attention is slow on its way back on a processor.
            self.encoder = AutoModel.from_pretrained(
                weights or weights_folder(),
                local_files_only=True,
                hidden_dropout_prob=dropout,
                attention_probs_dropout_prob=dropout,
                attn_implementation="eager" if device_here() == "cpu" else None,
            )
            blocks = self.encoder.encoder.layer = self.encoder.encoder.layer[:layers]
            for part in (self.encoder.embeddings, *blocks[:frozen]):
                part.requires_grad_(False)
            width = self.encoder.config.hidden_size
            if weights is not None:
                self.register_buffer("vocabulary", torch.tensor(ids_in(weights)), persistent=False)
                self.kind = nn.Embedding(2, width)
                nn.init.zeros_(self.kind.weight)
                self.kind.requires_grad_(not frozen)
            self.answer_token = nn.Linear(width, 1)
            self.token = nn.Linear(width, TOKEN_FEATURES)
            self.sentence = nn.Linear(width + TOKEN_FEATURES + 1, 1)
            self.pooled = nn.Linear(2 * width, width)
            self.nothing = nn.Linear(width, 1)
            self.judged = nn.Linear(2 * width, width)
            self.support = nn.Linear(width, 3)
            for head in (self.answer_token, self.sentence, self.nothing, self.support):
                nn.init.zeros_(head.weight)
                nn.init.zeros_(head.bias)
            with torch.no_grad():
                self.sentence.weight[0, -1] = 0.3  # the best answering token counts from the start

        def forward(
            self, token_ids: torch.Tensor, types: torch.Tensor, attention: torch.Tensor, membership: torch.Tensor
        ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
            """Scores of sentences, of "nothing here answers", of answering tokens and of support.

            Shapes (batch, sentences), (batch,), (batch, length), (batch, 3).
            """
            if weights is None:
                given = {"input_ids": token_ids, "token_type_ids": types}
            else:
                words = self.encoder.get_input_embeddings()(self.vocabulary[token_ids])
                given = {"inputs_embeds": words + self.kind(types)}
            hidden = self.encoder(**given, attention_mask=attention).last_hidden_state.float()
            mean = membership @ hidden / membership.sum(-1, keepdim=True).clamp(min=1)
            tokens = self.answer_token(hidden)
            features = torch.cat([nn.functional.gelu(self.token(hidden)), tokens], -1)
            outside = (1 - membership).unsqueeze(-1) * -30.0
            highest = (features.unsqueeze(1) * membership.unsqueeze(-1) + outside).amax(2)
            shares = attention.unsqueeze(-1).float()
            both = torch.cat([hidden[:, 0], (hidden * shares).sum(1) / shares.sum(1)], -1)
            return (
                self.sentence(torch.cat([mean, highest], -1)).squeeze(-1),
                self.nothing(torch.tanh(self.pooled(both))).squeeze(-1),
                tokens.squeeze(-1),
                self.support(torch.tanh(self.judged(both))),
            )

    return TrainedReader()


SPECIAL_TOKENS = {"[CLS]": "cls_token", "[SEP]": "sep_token", "[PAD]": "pad_token", "[UNK]": "unk_token"}


def ids_in(weights: Path) -> list[int]:
    """Give the ids of MiniLM's tokens in the vocabulary of an encoder whose weights lie in a folder."""
    from transformers import AutoTokenizer

    own, other = (AutoTokenizer.from_pretrained(one, local_files_only=True) for one in (weights_folder(), weights))
    ids = [other.unk_token_id] * len(own)
    vocabulary = other.get_vocab()
    for token, number in own.get_vocab().items():
        name = getattr(other, SPECIAL_TOKENS[token]) if token in SPECIAL_TOKENS else token
        ids[number] = vocabulary.get(name, other.unk_token_id)
    return ids


def loss_of(reader: Any, batch: Mapping[str, torch.Tensor]) -> torch.Tensor:
    """Give the mean loss of a batch.

    Of a question it is -log of the probability of each sentence that answers, beside those that do not and nothing, or
    of nothing where none does: sentences that answer together do not compete. Where a larger reader has said how
    likely each is, `TAUGHT` of the loss is the cross entropy against that (Hinton et al. 2015, "Distilling the
    Knowledge in a Neural Network"). Of a claim it is -log of the probability of its judgement.
    """
    import torch

    sentences, nothing, tokens, support = reader(*(batch[name] for name in INPUT_NAMES))
    is_claim = batch["support"] >= 0
    judged = support.log_softmax(1)
    known = judged.gather(1, batch["support"].clamp(0, 2)[:, None])[:, 0]
    of_claim = -torch.where(batch["support"] == Support.NOT_SUPPORTED, judged[:, 1:].logsumexp(1), known)

    there = batch["there"]
    gold = batch["gold"] & there
    scores = torch.cat([nothing[:, None], sentences.masked_fill(~there, -1e4)], 1).log_softmax(1)
    wrong = torch.cat([nothing[:, None], sentences.masked_fill(gold | ~there, -1e4)], 1).logsumexp(1)
    each = torch.nn.functional.softplus(wrong[:, None] - sentences)
    of_answers = torch.where(gold, each, 0.0).sum(1) / gold.sum(1).clamp(min=1)
    of_question = torch.where(gold.any(1), of_answers, -scores[:, 0])
    if "taught_sentences" in batch:
        taught = batch["taught_sentences"].masked_fill(~there, -1e4)
        taught = torch.cat([torch.zeros_like(taught[:, :1]), taught], 1).softmax(1)
        of_question = (1 - TAUGHT) * of_question - TAUGHT * (taught * scores).sum(1)
    loss = torch.where(is_claim, of_claim, of_question)
    words = tokens.masked_fill(~batch["membership"].any(1), -1e4).log_softmax(1)
    found = -words.masked_fill(~batch["answer"], -1e4).logsumexp(1)
    marked = batch["answer"].any(1) & ~is_claim
    return (loss + ANSWER_TOKEN_WEIGHT * torch.where(marked, found, 0.0)).mean()
