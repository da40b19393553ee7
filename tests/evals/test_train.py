"""What a reader is taught, and what is done when a taught reader is judged."""

from __future__ import annotations

import json
import math
import random
from dataclasses import asdict, replace

import numpy as np
import pytest

from assistant.reader import TOKEN_LIMIT, Pair, Reader, open_reader, pair_up
from assistant.verifier import Verifier
from evals import examples
from evals.documents import document_from_text
from evals.examples import POOLS, POOLS_OF_CLAIMS, pool_of, pool_of_claim, read_examples
from evals.examples.alter import (
    change_name,
    change_number,
    exchange_name,
    negate,
    shorten,
    swap_names,
    turn_sense,
)
from evals.examples.claims import make_claims, make_statements, nearest_sentences
from evals.examples.passages import make_adversarial, make_passages, sentences_of
from evals.examples.questions import Shares, leave_answer_out, make_examples, make_judged
from evals.examples.statements import make_answers, state
from evals.examples.taken import make_taken
from evals.examples.types import Example, Support
from evals.export import export_reader, export_verifier
from evals.judge import Scored, judge, score_all
from evals.network import build_network, ids_in, loss_of
from evals.pack import Inputs, batch_of, inputs_of, pack
from evals.train import (
    GOING_ON,
    GOING_ON_ON_GPU,
    OF_VERIFIER,
    OF_VERIFIER_ON_GPU,
    Recipe,
    average_weights,
    batches_of,
    pack_all,
    teach,
    train_packed,
    train_reader,
)
from evals.types import Benchmark, Case, Gold
from knowledge import open_encoder
from knowledge.export import weights_folder

TEXT = (
    "The mill at Oxley was built in 1822. It burnt down in 1847 and was never rebuilt. "
    "Its last owner was Thomas Pell. The stones were carried to Harrow and sold."
)
ALWAYS = Shares(other_chunk=0.0, answer_left_out=1.0, name_exchanged=1.0, without_mark=0.0)
NEVER = Shares(other_chunk=0.0, answer_left_out=0.0, name_exchanged=0.0, without_mark=1.0)


@pytest.fixture(scope="module")
def encoder():
    return open_encoder()


def benchmark() -> Benchmark:
    start = TEXT.index("1847")
    gold = Gold("mill", start, start + 4, "1847", "answer_span")
    return Benchmark(
        "mills",
        (document_from_text("mill", "Oxley", TEXT),),
        (
            Case(
                "burnt",
                "mills",
                "When did the mill at Oxley burn?",
                "question",
                True,
                ("1847",),
                ((gold,),),
                (),
                "mill",
            ),
            Case("painted", "mills", "Who painted the mill?", "question", False, document_id="mill"),
        ),
    )


def example(**changed) -> Example:
    values = {
        "question": "When did the mill burn?",
        "text": "Oxley\nThe mill was built in 1822. It burnt in 1847.",
        "sentences": ((6, 33), (34, 51)),
        "gold": (False, True),
        "answers": ((46, 50),),
        "support": None,
        "source": "mills",
        "kind": "answered",
        "group": "burnt",
    }
    return Example(**{**values, **changed})


def test_the_sentence_that_holds_the_answer_is_gold_and_its_words_are_marked(encoder):
    made = next(
        one for one in make_examples(benchmark(), encoder=encoder, shares=NEVER, seed=0) if one.kind == "answered"
    )
    gold = [made.text[start:end] for (start, end), flag in zip(made.sentences, made.gold, strict=True) if flag]
    assert gold == ["It burnt down in 1847 and was never rebuilt."]
    assert [made.text[start:end] for start, end in made.answers] == ["1847"]


def test_a_question_without_an_answer_is_shown_the_text_it_was_asked_about(encoder):
    made = [one for one in make_examples(benchmark(), encoder=encoder, shares=NEVER, seed=0) if one.group == "painted"]
    assert [one.kind for one in made] == ["unanswerable"]
    assert not any(made[0].gold)


def test_questions_lose_their_mark_as_often_as_asked_for(encoder):
    assert all(
        not one.question.endswith("?") for one in make_examples(benchmark(), encoder=encoder, shares=NEVER, seed=0)
    )


def test_the_same_seed_makes_the_same_examples(encoder):
    first, second = (list(make_examples(benchmark(), encoder=encoder, shares=ALWAYS, seed=3)) for _ in range(2))
    assert first == second


def test_without_its_answer_a_chunk_keeps_the_other_sentences_and_their_places():
    (left,) = leave_answer_out(example(), ["1847"])
    assert [left.text[start:end] for start, end in left.sentences] == ["The mill was built in 1822."]
    assert (left.gold, left.kind) == ((False,), "answer left out")


def test_a_chunk_that_says_the_answer_twice_is_not_shown_as_one_without():
    assert list(leave_answer_out(example(), ["1822"])) == []


def test_an_exchanged_name_is_one_of_the_text_and_not_the_answer():
    case = benchmark().cases[0]
    changed = {exchange_name(case.question, case.answers, TEXT, random.Random(seed)) for seed in range(8)}
    assert changed
    assert all(one is not None and "Oxley" not in one and "1847" not in one for one in changed)


@pytest.mark.parametrize(
    ("alter", "statement", "changed"),
    [
        (turn_sense, "Prices increased by a third.", "Prices decreased by a third."),
        (negate, "The mill was rebuilt.", "The mill was not rebuilt."),
        (swap_names, "In spring Pell sued Hobbs.", "In spring Hobbs sued Pell."),
        (shorten, "The mill (the older one) burnt.", "The mill burnt."),
    ],
)
def test_a_statement_is_altered_in_one_place(alter, statement, changed):
    assert alter(statement, random.Random(0)) == changed


@pytest.mark.parametrize("alter", [turn_sense, negate, swap_names, change_number])
def test_a_statement_that_has_nothing_to_alter_is_left(alter):
    assert alter("Nobody came.", random.Random(0)) is None


def test_a_changed_number_is_another_one_and_a_year_stays_a_year():
    changed = {change_number("It burnt in 1847.", random.Random(seed)) for seed in range(20)}
    assert "It burnt in 1847." not in changed
    assert all(one and abs(int(one[-5:-1]) - 1847) <= 20 for one in changed)


def test_a_changed_name_comes_from_the_others():
    assert change_name("The mill of Thomas Pell burnt.", ["Harrow"], random.Random(0)) == "The mill of Harrow burnt."


@pytest.fixture
def squad(tmp_path):
    start = TEXT.index("1847")
    other = "Harrow has a market hall. It was opened in 1901 by the mayor."
    questions = [{"id": "burnt", "question": "When did the mill at Oxley burn down?",
                  "answers": [{"text": "1847", "answer_start": start}]}]  # fmt: skip
    article = {
        "title": "Oxley_mill",
        "paragraphs": [{"context": TEXT, "qas": questions}, {"context": other, "qas": []}],
    }
    path = tmp_path / "train-v1.1.json"
    path.write_text(json.dumps({"data": [article]}), encoding="utf-8")
    return path


def test_a_passage_holds_the_sentence_that_answers_and_its_fellow_does_not(squad):
    kinds = set()
    for seed in range(30):
        answered, *others = make_passages(squad, name="squad", questions_each=1, seed=seed)
        assert [answered.text[start:end] for start, end in answered.answers] == ["1847"]
        assert "1847" in next(
            answered.text[start:end]
            for (start, end), gold in zip(answered.sentences, answered.gold, strict=True)
            if gold
        )
        for other in others:
            kinds.add(other.kind)
            assert not any(other.gold)
            assert other.kind in ("name exchanged", "sense turned") or "1847" not in other.text
    assert {"other chunk", "answer left out", "name exchanged"} <= kinds


def test_statements_are_true_as_they_stand_and_false_when_changed(squad):
    made = [one for seed in range(40) for one in make_statements(squad, paragraphs_each=2, sentences_each=3, seed=seed)]
    assert {one.support for one in made} == {Support.SUPPORTED, Support.CONTRADICTED}
    for one in made:
        assert (one.question in one.text) == (one.support is Support.SUPPORTED)


@pytest.fixture
def squad2(squad):
    rows = json.loads(squad.read_text(encoding="utf-8"))
    seems = [{"text": "1847", "answer_start": TEXT.index("1847")}]
    rows["data"][0]["paragraphs"][0]["qas"].append(
        {"id": "flooded", "question": "When was the mill at Oxley flooded?", "is_impossible": True, "answers": [],
         "plausible_answers": seems}
    )  # fmt: skip
    squad.write_text(json.dumps(rows), encoding="utf-8")
    return squad


def test_a_question_that_a_paragraph_only_seems_to_answer_is_shown_it_beside_one_that_it_answers(squad2):
    for seed in range(10):
        seems, answered = make_adversarial(squad2, name="squad2_train", questions_each=2, seed=seed)
        assert (seems.group, seems.kind, any(seems.gold)) == ("flooded", "unanswerable", False)
        assert (answered.group, answered.kind, any(answered.gold)) == ("burnt", "answered", True)
        assert pool_of(seems) == pool_of(answered) == "adversarial"


def test_passages_are_made_of_answered_questions_alone(squad2):
    made = [one for seed in range(5) for one in make_passages(squad2, name="squad", questions_each=2, seed=seed)]
    assert {one.group for one in made} == {"burnt"}


def test_a_question_that_only_seems_answered_makes_a_statement_that_is_not_supported(squad2):
    made = [one for seed in range(10) for one in make_answers(squad2, seed=seed) if one.group == "answer-flooded"]
    assert {(one.question, one.support) for one in made} == {
        ("The mill at Oxley was flooded in 1847.", Support.NOT_SUPPORTED)
    }


def test_what_looks_answered_to_a_reader_is_learnt_from_the_more(squad):
    class TakesExchangedNames:
        def read(self, question, passages):
            return [Scored(np.zeros(1), 9.0 if "Harrow" in question or "Thomas" in question else -9.0, np.zeros(3))]

    def exchanged(reader) -> int:
        made = [make_passages(squad, name="squad", questions_each=1, seed=seed, reader=reader) for seed in range(60)]
        return sum(one.kind == "name exchanged" for examples in made for one in examples)

    assert exchanged(TakesExchangedNames()) > 1.3 * exchanged(None)


@pytest.mark.parametrize(
    ("question", "answer", "statement"),
    [
        ("Who was the last owner of the mill?", "Thomas Pell", "Thomas Pell was the last owner of the mill."),
        ("What company acquired the mill?", "Pell and Sons", "Pell and Sons acquired the mill."),
        ("When was the mill at Oxley built?", "1822", "The mill at Oxley was built in 1822."),
        ("When was it sold?", "March 3, 1848", "It was sold on March 3, 1848."),
        ("How many stones were carried away?", "40 stones", "40 stones were carried away."),
        ("In what year was the hall opened by the mayor?", "1901", "The hall was opened by the mayor in 1901."),
    ],
)
def test_a_question_and_its_answer_make_a_statement(question, answer, statement):
    assert state(question, answer) == statement


@pytest.mark.parametrize("question", ["What did Pell own?", "Why was it sold?", "Where does the road lead?", ""])
def test_a_question_whose_form_is_not_known_makes_no_statement(question):
    assert state(question, "the mill") is None


def test_an_answers_statement_is_true_as_it_stands_and_false_with_another_answer(squad):
    rows = json.loads(squad.read_text(encoding="utf-8"))
    rows["data"][0]["paragraphs"][0]["qas"][0]["question"] = "When was the mill at Oxley destroyed?"
    squad.write_text(json.dumps(rows), encoding="utf-8")
    made = [one for seed in range(40) for one in make_answers(squad, seed=seed)]
    assert {one.support for one in made} == {Support.SUPPORTED, Support.NOT_SUPPORTED, Support.NEITHER}
    for one in made:
        true = one.question == "The mill at Oxley was destroyed in 1847."
        assert (one.support is Support.SUPPORTED) == (true and "1847" in one.text)


def test_a_claim_is_shown_its_evidence_and_sometimes_the_page_without_it(tmp_path):
    folder = tmp_path / "claims"
    folder.mkdir()
    start = TEXT.index("It burnt")
    end = TEXT.index(" Its last")
    row = {"id": "1", "claim": "The mill stands.", "passage": TEXT[start:end], "label": "refuted", "doc_id": "mill",
           "evidence": [[{"doc_id": "mill", "start": start, "end": end}]]}  # fmt: skip
    (folder / "claims.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    page = {"doc_id": "mill", "title": "Oxley", "text": TEXT}
    (folder / "corpus.jsonl").write_text(json.dumps(page) + "\n", encoding="utf-8")
    made = [one for seed in range(20) for one in make_claims(folder, most=5, seed=seed)]
    assert {one.support for one in made} == {Support.CONTRADICTED, Support.NEITHER}
    for one in made:
        assert ("It burnt down" in one.text) == (one.support is Support.CONTRADICTED)


def test_of_a_long_text_the_sentences_that_speak_of_the_claim_are_read():
    filler = "The weather stayed calm and the harbour was full of small boats. " * 30
    text, sentences = nearest_sentences("The mill burnt in 1847.", filler + TEXT)
    assert len(text.split()) <= 170
    assert "It burnt down in 1847 and was never rebuilt." in [text[start:end] for start, end in sentences]


def test_judged_chunks_of_one_question_stand_together(encoder):
    judged = make_judged(benchmark(), encoder=encoder, questions=5, seed=0)
    assert {one.group for one in judged} == {"burnt", "painted"}


def test_tokens_know_their_sentence_and_the_answer(encoder):
    read = inputs_of(example(), encoder)
    assert read.pair.types[0] == 0
    assert read.pair.types[-1] == 1
    assert set(read.pair.sentence_of) == {0, 1, 2}
    assert sum(read.answer) == 1


def test_a_long_text_is_cut_where_the_model_ends(encoder):
    pair = pair_up(encoder, "why " * 300, "word " * 600, ((0, 2999),))
    assert len(pair.token_ids) == len(pair.types) == len(pair.sentence_of) == len(pair.places) == TOKEN_LIMIT


def test_each_example_is_read_once_before_any_is_read_again():
    lengths = np.array([number % 7 + 3 for number in range(40)])
    seen: list[int] = []
    for rows in batches_of(lengths, np.full(40, POOLS.index("chunks")), np.arange(40), Recipe(tokens=20)):
        seen += rows.tolist()
        if len(seen) >= 40:
            break
    assert sorted(seen) == list(range(40))


def test_a_pool_without_a_share_is_not_drawn_from():
    recipe = Recipe(tokens=5, shares=(0.0, 0.5, 0.0, 0.5, 0.0))
    drawn = batches_of(np.full(4, 5), np.array([0, 1, 2, 3]), np.arange(4), recipe)
    assert {int(next(drawn)[0]) for _ in range(40)} == {1, 3}


def test_twins_are_drawn_together():
    rows = 4000
    twins = np.concatenate([np.arange(rows // 2)] * 2)
    batches = batches_of(np.full(rows, 5), np.zeros(rows, dtype=int), twins, Recipe(tokens=1000, shares=(1.0,)))
    for _ in range(10):
        assert len(set(twins[next(batches)])) <= 101  # 200 rows, a pair may be cut at either end


def test_two_claims_in_a_row_about_a_passage_are_twins():
    claims = [
        example(group=f"twins m-1 claim {number}", gold=(), support=Support.SUPPORTED).twins for number in range(4)
    ]
    assert claims[0] == claims[1] != claims[2] == claims[3]
    assert example(group="twins m-1 question 0").twins is None


def test_a_batch_holds_what_was_packed_and_nothing_beside_it(encoder):
    claim = example(question="The mill stands.", gold=(), answers=(), sentences=(), support=Support.CONTRADICTED)
    inputs = [inputs_of(one, encoder) for one in (example(question="When did it burn, and why there?"), claim)]
    batch = batch_of(pack(inputs), np.array([1, 0]))
    for row, one in enumerate(reversed(inputs)):
        size = len(one.pair.token_ids)
        assert batch["token_ids"][row, :size].tolist() == list(one.pair.token_ids)
        assert batch["types"][row, :size].tolist() == list(one.pair.types)
        assert batch["attention"][row].tolist() == [1] * size + [0] * (batch["attention"].shape[1] - size)
        assert not batch["token_ids"][row, size:].any()
        assert batch["answer"][row, :size].tolist() == list(one.answer)
    assert batch["there"].tolist() == [[False, False], [True, True]]
    assert batch["gold"].tolist() == [[False, False], [False, True]]
    held = batch["membership"][1, 1].bool().tolist()
    assert held == [number == 2 for number in inputs[0].pair.sentence_of]
    assert not batch["membership"][0].any()
    assert batch["support"].tolist() == [int(Support.CONTRADICTED), -1]


def test_questions_are_drawn_by_what_they_were_made_of():
    assert pool_of(example()) == "chunks"
    assert pool_of(example(source="squad1_train")) == "passages"
    assert pool_of(example(source="squad2_dev")) == "adversarial"


def loss_of_scores(packed, scores) -> float:
    """Of one question, where a network gives its sentences these scores and nothing 0."""
    import torch

    batch = batch_of(packed, np.array([0]))
    length = batch["token_ids"].shape[1]
    said = (torch.tensor([scores]), torch.zeros(1), torch.zeros(1, length), torch.zeros(1, 3))
    return float(loss_of(lambda *inputs: said, batch))


def test_sentences_that_answer_together_do_not_take_from_each_other(encoder):
    def loss(gold: tuple[bool, ...], scores: tuple[float, ...]) -> float:
        return loss_of_scores(pack([inputs_of(example(gold=gold, answers=()), encoder)]), scores)

    assert loss((True, True), (5.0, 5.0)) == pytest.approx(math.log(1 + math.exp(-5)), abs=1e-4)
    assert loss((True, True), (5.0, -1.0)) > 0.6
    assert loss((True, False), (5.0, 5.0)) > 0.6
    assert loss((False, False), (-5.0, -5.0)) == pytest.approx(math.log(1 + 2 * math.exp(-5)), abs=1e-4)


NO_SUPPORT = np.full(3, 1 / 3, dtype=np.float32)


def test_right_first_looks_over_all_chunks_and_auroc_at_the_best():
    inputs = [
        Inputs(Pair((), (), (), ()), (), example(group="a", gold=(True, False))),
        Inputs(Pair((), (), (), ()), (), example(group="a", gold=(False, False))),
        Inputs(Pair((), (), (), ()), (), example(group="b", gold=(False, False))),
        Inputs(Pair((), (), (), ()), (), example(group="c", gold=(False, True))),
    ]
    scored = [
        Scored(np.array([1.0, 0.0], dtype=np.float32), 1.0, NO_SUPPORT),
        Scored(np.array([2.0, 0.0], dtype=np.float32), 2.0, NO_SUPPORT),
        Scored(np.array([0.0, 0.0], dtype=np.float32), 1.5, NO_SUPPORT),
        Scored(np.array([0.0, 3.0], dtype=np.float32), 1.0, NO_SUPPORT),
    ]
    assert judge(inputs, scored) == {"right first": 0.5, "auroc": 0.5}


def test_claims_are_judged_by_how_far_support_tells_them_apart():
    inputs = [
        Inputs(Pair((), (), (), ()), (), example(support=Support.SUPPORTED)),
        Inputs(Pair((), (), (), ()), (), example(support=Support.NOT_SUPPORTED)),
    ]
    scored = [Scored(np.zeros(2, dtype=np.float32), 0.0, np.array(one, dtype=np.float32)) for one in ([0.8, 0.1, 0.1],
              [0.3, 0.4, 0.3])]  # fmt: skip
    assert judge(inputs, scored) == {"claims": 1.0}


@pytest.fixture(scope="module")
def trained(tmp_path_factory, encoder):
    folder = tmp_path_factory.mktemp("reader")
    reports: list[str] = []
    recipe = Recipe(steps=2, tokens=120, checkpoint_seconds=0.0)
    examples = [
        example(),
        example(gold=(False, False), answers=(), kind="unanswerable"),
    ]
    last = train_reader(
        examples, {"mills": examples[:2]}, folder, encoder=encoder, recipe=recipe, report=reports.append
    )
    return folder, last, recipe, examples, reports


def test_training_begins_with_the_weights_of_an_earlier_one(trained, tmp_path, encoder):
    import torch

    _, last, _, examples, _ = trained
    recipe = Recipe(steps=1, tokens=300, rate=0.0, head_rate=0.0)
    (tmp_path / "next").mkdir()
    began = train_reader(
        examples, {}, tmp_path / "next", start=last, encoder=encoder, recipe=recipe, report=lambda line: None
    )
    before, after = (torch.load(path, weights_only=True) for path in (last, began))
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_the_mean_of_two_readers_lies_between_them(trained, tmp_path):
    import torch

    _, last, _, _, _ = trained
    one = torch.load(last, weights_only=True)
    torch.save({name: value + 2 if value.is_floating_point() else value for name, value in one.items()}, tmp_path / "b")
    mean = torch.load(average_weights(last, tmp_path / "b", tmp_path / "mean"), weights_only=True)
    name = "sentence.weight"
    assert torch.allclose(mean[name], one[name] + 1)


def test_training_reports_how_it_goes_on_sets_it_does_not_learn_from(trained):
    assert any(line.startswith("step 2") and "right first" in line for line in trained[4])


def test_training_goes_on_from_its_checkpoint(trained, encoder):
    folder, _, recipe, examples, _ = trained
    reports: list[str] = []
    train_reader(examples, {}, folder, encoder=encoder, recipe=recipe, report=reports.append)
    assert reports == ["goes on from step 2"]


def test_a_reader_learns_what_a_larger_one_says_of_each_example(tmp_path, encoder):
    examples = [example(), example(gold=(False, False), answers=(), kind="unanswerable", group="other")]
    packed, pools = pack_all(examples, encoder)
    recipe = Recipe(steps=1, tokens=300)
    taught = teach(packed, pools, {}, tmp_path, weights=weights_folder(), recipe=recipe, report=lambda line: None)
    assert taught.taught_sentences.shape == packed.gold.shape


def test_what_a_larger_reader_says_is_learnt_also_where_the_answer_is_said_to_be_missing(encoder):
    missing = example(gold=(False, False), answers=(), kind="unanswerable")
    packed = pack([inputs_of(missing, encoder)])
    said = replace(packed, taught_sentences=np.array([-4.0, 6.0], dtype=np.float16))
    assert loss_of_scores(said, (-4.0, 6.0)) < loss_of_scores(said, (-4.0, -6.0))
    assert loss_of_scores(packed, (-4.0, 6.0)) > loss_of_scores(packed, (-4.0, -6.0))


def test_a_larger_vocabulary_is_given_its_own_ids(tmp_path):
    from transformers import BertTokenizerFast

    words = ["<pad>", "<unk>", "mill", "<s>", "</s>", "the"]
    (tmp_path / "vocab.txt").write_text("\n".join(words), encoding="utf-8")
    other = BertTokenizerFast(
        str(tmp_path / "vocab.txt"), cls_token="<s>", sep_token="</s>", pad_token="<pad>", unk_token="<unk>"
    )
    other.save_pretrained(tmp_path)
    own = BertTokenizerFast.from_pretrained(weights_folder())
    ids = ids_in(tmp_path)
    asked = own.convert_tokens_to_ids(["[CLS]", "the", "mill", "burnt", "[SEP]", "[PAD]"])
    assert [ids[one] for one in asked] == [3, 5, 2, 1, 4, 0]


def test_the_exported_reader_agrees_and_no_score_depends_on_the_others(trained, tmp_path, encoder):
    _, last, _, examples, _ = trained
    target = tmp_path / "reader.onnx"
    assert export_reader(last, target, samples=examples, encoder=encoder) < 0.35
    reader = Reader(target, encoder=encoder)
    passages = [(one.text, one.sentences) for one in examples]
    together = reader.read("Who painted it?", passages)
    for passage, read in zip(passages, together, strict=True):
        (alone,) = reader.read("Who painted it?", [passage])
        assert np.array_equal(alone.sentences, read.sentences)
        assert alone.answerable == read.answerable


def test_the_exported_reader_and_the_original_score_alike(trained, tmp_path, encoder):
    import torch

    _, last, _, examples, _ = trained
    reader = build_network()
    reader.load_state_dict(torch.load(last, weights_only=True))
    (original,) = score_all(reader, [inputs_of(examples[0], encoder)], fast=False)
    target = tmp_path / "reader.onnx"
    export_reader(last, target, samples=examples, encoder=encoder)
    (small,) = Reader(target, encoder=encoder).read(examples[0].question, [(examples[0].text, examples[0].sentences)])
    assert small.sentences == pytest.approx(original.sentences, abs=0.5)


def test_a_verifier_is_the_lowest_layers_of_an_encoder_and_those_named_stay_as_published(tmp_path, encoder):
    import torch

    said = {"It stands.": Support.CONTRADICTED, "It burnt.": Support.SUPPORTED}
    claims = [example(question=one, gold=(), answers=(), support=said[one], kind="claim") for one in said]
    packed, pools = pack(inputs_of(one, encoder) for one in claims), np.zeros(2, dtype=np.int64)
    recipe = Recipe(steps=2, tokens=120, shares=(1.0,), rate=1e-3, layers=2, frozen=1)
    last = train_packed(packed, pools, {}, tmp_path, weights=weights_folder(), recipe=recipe, report=lambda _: None)
    published, network = (build_network(weights_folder(), layers=2) for _ in range(2))
    network.load_state_dict(torch.load(last, weights_only=True))
    same = [
        all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))
        for one, other in zip(published.encoder.encoder.layer, network.encoder.encoder.layer, strict=True)
    ]
    assert same == [True, False]

    target = tmp_path / "verifier.onnx"
    stray = export_verifier(last, target, published=weights_folder(), layers=2, samples=claims, encoder=encoder)
    assert stray < 0.35
    judged = Verifier(target, encoder=encoder).judge("It burnt.", claims[0].text)
    assert judged.supported + judged.contradicted + judged.neither == pytest.approx(1.0)


def test_claims_are_drawn_by_what_they_were_made_of():
    sources = ("written", "written_squad", "mnli_train", "snli", "vitaminc_real", "answers")
    pools = [pool_of_claim(example(support=Support.SUPPORTED, source=one)) for one in sources]
    assert pools == ["written", "written", "sentences", "captions", "pages", "squad"]


def test_examples_survive_being_written(tmp_path):
    path = tmp_path / "examples.jsonl"
    kept = [example(), example(gold=(), support=Support.NOT_SUPPORTED)]
    path.write_text("".join(json.dumps(asdict(one)) + "\n" for one in kept), encoding="utf-8")
    assert read_examples(path) == kept


@pytest.mark.parametrize(
    ("marked", "supports"),
    [(1, [Support.SUPPORTED]), (None, [Support.NOT_SUPPORTED]), (0, [])],
    ids=["its sentence is marked", "none is", "a neighbour is"],
)
def test_what_the_reader_takes_for_the_answer_is_a_claim_beside_its_sentence(marked, supports, encoder):
    sentences = tuple(sentences_of(TEXT))
    gold = tuple(place == marked for place in range(len(sentences)))
    asked = Example("When did the mill burn down?", TEXT, sentences, gold, (), None, "mills", "answered", "1")
    claims = list(make_taken([asked], reader=open_reader(encoder)))
    assert [one.support for one in claims] == supports
    assert all(one.question == "When did the mill burn down? 1847." for one in claims)
    assert all(one.text == TEXT[: sentences[2][1]] for one in claims)


def test_what_is_drawn_for_the_verifier_is_some_of_each_pool_and_nothing_about_squad_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(examples, "TAKEN_OF_POOL", 2)
    asked = [
        Example("Why?", "It is.", ((0, 6),), (True,), (), None, source, "answered", str(number))
        for source in ("written", "written_squad", "squad1_train", "squad2_dev", "selqa_test")
        for number in range(4)
    ]
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(asdict(one)) + "\n" for one in asked), encoding="utf-8")
    drawn = [one.source for one in examples._drawn(path, seed=0)]
    assert sorted(drawn) == sorted(["written", "squad1_train", "squad2_dev", "selqa_test"] * 2)


def test_every_pool_has_its_share():
    assert len(OF_VERIFIER.shares) == len(OF_VERIFIER_ON_GPU.shares) == len(POOLS_OF_CLAIMS)
    assert len(Recipe().shares) == len(GOING_ON.shares) == len(GOING_ON_ON_GPU.shares) == len(POOLS)
