"""Pages as pictures: where words are marked, and above all where they are not."""

from __future__ import annotations

import io
import os
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from knowledge import Library, PagePicture, Span, load_document, split_sentences
from knowledge.library import _sought
from knowledge.picture import MOST_PIXELS, WIDTH, Sought, draw_page

BENCHMARKS = os.environ.get("KEYQ_BENCHMARKS")

BEFORE = ["The tower was built of grey stone.", "It took the masons eleven years."]
WORDS = ["The lamp on its top burns oil", "and is seen from thirty miles away."]
AFTER = ["The last keeper left in the spring.", "Nobody lives on the rock today."]
SOUGHT = Sought(" ".join(WORDS), " ".join(BEFORE) + " ", " " + " ".join(AFTER), 1, 1)


def pdf(path: Path, *pages: Callable[[Canvas], None], size: tuple[float, float] = (595, 842)) -> Path:
    canvas = Canvas(str(path), pagesize=size)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return path


def lines(*groups: Sequence[str], red: Sequence[str] = WORDS, top: float = 780) -> Callable[[Canvas], None]:
    """A page with a line for each text, those of `red` in red."""

    def draw(canvas: Canvas) -> None:
        for place, text in enumerate(line for group in groups for line in group):
            canvas.setFillColorRGB(1 if text in red else 0, 0, 0)
            canvas.drawString(60, top - 18 * place, text)

    return draw


def inks(picture: PagePicture, *, inside: bool) -> tuple[int, int]:
    """How many red and how many black pixels lie inside the boxes, or outside."""
    image = Image.open(io.BytesIO(picture.png)).convert("RGB")
    mask = Image.new("1", image.size)
    for box in picture.boxes[0]:
        mask.paste(1, (box.left, box.top, box.right, box.bottom))
    red = black = 0
    for (r, g, b), marked in zip(image.get_flattened_data(), mask.get_flattened_data(), strict=True):
        if bool(marked) == inside and g < 128 and b < 128:
            red, black = (red + 1, black) if r > 128 else (red, black + 1)
    return red, black


def assert_exact(picture: PagePicture | None) -> None:
    """The boxes hold every red letter and no black one."""
    assert picture is not None
    assert inks(picture, inside=True)[0] > 500
    assert inks(picture, inside=True)[1] == 0
    assert inks(picture, inside=False)[0] == 0


def test_the_boxes_hold_the_words_line_by_line_and_nothing_else(tmp_path):
    picture = draw_page(pdf(tmp_path / "a.pdf", lines(BEFORE, WORDS, AFTER)), None, [SOUGHT])
    assert_exact(picture)
    assert len(picture.boxes[0]) == 2
    assert (picture.number, picture.pages, picture.width) == (1, 1, WIDTH)


@pytest.mark.parametrize(
    ("angle", "corner"),
    [
        pytest.param(90, (595, 0), id="a quarter"),
        pytest.param(180, (595, 842), id="upside down"),
        pytest.param(270, (0, 842), id="three quarters"),
    ],
)
def test_a_rotated_page_is_drawn_as_it_is_read_with_the_words_marked(tmp_path, angle, corner):
    import pypdfium2

    def turned(canvas: Canvas) -> None:
        canvas.translate(*corner)
        canvas.rotate(angle)
        lines(BEFORE, WORDS, AFTER, top=500)(canvas)

    document = pypdfium2.PdfDocument(pdf(tmp_path / "upright.pdf", turned))
    document[0].set_rotation(angle)
    document.save(tmp_path / "a.pdf")
    document.close()
    picture = draw_page(tmp_path / "a.pdf", None, [SOUGHT])
    assert_exact(picture)
    assert (picture.width > picture.height) == (angle != 180)
    assert all(box.right - box.left > box.bottom - box.top for box in picture.boxes[0])


def test_a_cropped_page_shows_its_part_with_the_words_marked(tmp_path):
    def cropped(canvas: Canvas) -> None:
        canvas.setCropBox((40, 600, 400, 820))
        lines(BEFORE, WORDS, AFTER)(canvas)

    picture = draw_page(pdf(tmp_path / "a.pdf", cropped), None, [SOUGHT])
    assert_exact(picture)
    assert picture.height < picture.width


def test_words_that_are_cropped_away_are_not_marked(tmp_path):
    def cropped(canvas: Canvas) -> None:
        canvas.setCropBox((40, 738, 400, 820))  # through the middle of the words
        lines(BEFORE, WORDS, AFTER)(canvas)

    picture = draw_page(pdf(tmp_path / "a.pdf", cropped), None, [SOUGHT])
    assert picture is not None
    assert picture.boxes == ((),)


def test_words_in_two_places_are_told_apart_by_what_stands_around_them(tmp_path):
    again = [*WORDS, "So they say in the village."]
    path = pdf(tmp_path / "a.pdf", lines(["A tale of old:"], again, BEFORE, ["x"], red=[]), lines(BEFORE, WORDS, AFTER))
    picture = draw_page(path, None, [Sought(SOUGHT.words, SOUGHT.before, SOUGHT.after, 1, 2)])
    assert picture.number == 2
    assert_exact(picture)


@pytest.mark.parametrize(
    ("page", "words"),
    [
        pytest.param(lines(WORDS, ["."], WORDS), "".join(WORDS), id="twice alike"),
        pytest.param(lines(BEFORE, AFTER), SOUGHT.words, id="not there"),
        pytest.param(lines(BEFORE, ["The lamp on its top burns gas", WORDS[1]], AFTER), SOUGHT.words, id="other words"),
        pytest.param(lines(["12"], ["Nothing else."]), "12", id="a figure without its surroundings"),
        pytest.param(lambda canvas: None, SOUGHT.words, id="an empty page"),
        pytest.param(
            lambda canvas: canvas.drawImage(ImageReader(Image.new("RGB", (300, 400), "grey")), 0, 0, 595, 842),
            SOUGHT.words,
            id="a scanned page",
        ),
    ],
)
def test_where_the_words_are_not_certain_the_page_is_drawn_without_marks(tmp_path, page, words):
    picture = draw_page(pdf(tmp_path / "a.pdf", page), None, [Sought(words, SOUGHT.before, SOUGHT.after, 1, 1)])
    assert picture is not None
    assert picture.boxes == ((),)


def test_a_sentence_that_the_end_of_a_page_divides_is_marked_on_both(tmp_path):
    path = pdf(
        tmp_path / "a.pdf",
        lines(BEFORE, WORDS[:1], ["Page 1"]),
        lines(["The Tower"], WORDS[1:], AFTER),
    )
    sought = Sought(SOUGHT.words, SOUGHT.before, SOUGHT.after, 1, 2)
    first, second = draw_page(path, None, [sought]), draw_page(path, 2, [sought])
    assert (first.number, second.number) == (1, 2)
    assert_exact(first)
    assert_exact(second)


def test_hyphens_at_line_ends_and_ligatures_do_not_hide_the_words(tmp_path):
    set_words = ["The ﬂame in the light-", "house burns eﬃciently."]
    plain = "The flame in the lighthouse burns efficiently."
    picture = draw_page(
        pdf(tmp_path / "a.pdf", lines(BEFORE, ["The flame in the light-", "house burns efficiently."], AFTER)),
        None,
        [Sought(" ".join(set_words).replace("- ", ""), SOUGHT.before, SOUGHT.after, 1, 1), replaced(plain)],
    )
    assert [len(boxes) for boxes in picture.boxes] == [2, 2]


def replaced(words: str) -> Sought:
    return Sought(words, SOUGHT.before, SOUGHT.after, 1, 1)


def test_several_quotes_are_marked_at_once_in_their_order(tmp_path):
    path = pdf(tmp_path / "a.pdf", lines(BEFORE, WORDS, AFTER))
    picture = draw_page(path, 1, [SOUGHT, Sought("Not there at all.", "", "", 1, 1), replaced(AFTER[0] + AFTER[1])])
    assert [bool(boxes) for boxes in picture.boxes] == [True, False, True]
    assert picture.boxes[0][0].top < picture.boxes[2][0].top


@pytest.mark.parametrize(
    "size",
    [
        pytest.param((14_400, 14_400), id="vast"),
        pytest.param((3, 3_000), id="a strip"),
        pytest.param((5, 5), id="tiny"),
    ],
)
def test_a_picture_has_a_size_that_a_browser_can_show(tmp_path, size):
    picture = draw_page(pdf(tmp_path / "a.pdf", lines(WORDS), size=size), 1)
    assert picture is not None
    assert picture.width <= WIDTH
    assert picture.width * picture.height <= MOST_PIXELS * 1.01
    assert Image.open(io.BytesIO(picture.png)).size == (picture.width, picture.height)


@pytest.mark.parametrize("number", [0, -1, 2, 10**9])
def test_a_page_that_is_not_there_has_no_picture(tmp_path, number):
    assert draw_page(pdf(tmp_path / "a.pdf", lines(WORDS)), number) is None


def test_a_broken_file_has_no_picture(tmp_path):
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7 nothing more")
    assert draw_page(path, 1) is None


def test_a_page_that_takes_too_long_has_no_picture(tmp_path, monkeypatch):
    monkeypatch.setattr("knowledge.picture.SECONDS", 0.001)
    assert draw_page(pdf(tmp_path / "a.pdf", lines(WORDS)), 1) is None


def test_a_library_draws_the_page_of_a_span_and_nothing_for_other_formats(tmp_path):
    source = tmp_path / "sources"
    source.mkdir()
    (source / "note.md").write_text("Tea grows on hills.", encoding="utf-8")
    pdf(source / "tower.pdf", lines(["An old tower"] * 3, red=[]), lines(BEFORE, WORDS, AFTER))
    with Library.open(tmp_path / "library") as library:
        library.sync(source)
        document = library.document("tower.pdf")
        start = document.text.index(WORDS[0])
        picture = library.picture("tower.pdf", spans=[Span(start, document.text.index(WORDS[1]) + len(WORDS[1]))])
        assert picture.number == 2
        assert_exact(picture)
        assert library.picture("note.md", 1) is None


@pytest.fixture(scope="module")
def reports() -> list[Path]:
    """Two quarterly reports as they were filed."""
    if BENCHMARKS is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("KEYQ_BENCHMARKS names no folder with sec10q/documents")
    return sorted((Path(BENCHMARKS) / "sec10q" / "documents").glob("*.pdf"))[:3:2]


def test_nearly_every_sentence_of_real_reports_is_marked_and_the_boxes_hold_its_words(reports):
    import pypdfium2

    chance, marked, total = random.Random(7), 0, 0
    for path in reports:
        document = load_document(path, document_id="report.pdf", max_bytes=2**26)
        sentences = [s for s in split_sentences(document.text, document.blocks) if s.end - s.start > 30]
        original = pypdfium2.PdfDocument(path)
        for span in chance.sample(sentences, 8):
            picture = draw_page(path, None, [_sought(document, span)])
            total += 1
            if not picture.boxes[0]:
                continue
            marked += 1
            page = original[picture.number - 1]
            text_page, scale = page.get_textpage(), page.get_width() / picture.width
            said = ""
            for box in picture.boxes[0]:
                height = page.get_height()
                said += text_page.get_text_bounded(
                    box.left * scale, height - box.bottom * scale, box.right * scale, height - box.top * scale
                )
            letters = [letter for letter in document.text[span.start : span.end] if letter.isalnum()]
            found = [letter for letter in said if letter.isalnum()]
            assert len(letters) * 0.97 <= len(found) <= len(letters) * 1.03 + 2, (
                said,
                document.text[span.start : span.end],
            )
        original.close()
    assert marked >= 0.9 * total


def test_letters_that_stand_everywhere_are_not_told_apart(tmp_path):
    path = pdf(tmp_path / "a.pdf", lines(["e " * 40] * 40, BEFORE, ["e"], AFTER))
    picture = draw_page(path, 1, [Sought("e", SOUGHT.before, SOUGHT.after, 1, 1)])
    assert picture.boxes == ((),)
