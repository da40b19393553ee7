"""A page of a PDF as a picture, and where on it the words of a document stand.

The page is drawn in a process of its own, `python -m knowledge.picture`, that can be ended, because a file may be made
to hang, crash or fill the memory. It takes one JSON text and answers with a line of JSON and the picture.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any

from knowledge.types import Box, PagePicture

if TYPE_CHECKING:
    from pypdfium2 import PdfBitmap, PdfDocument, PdfPage

WIDTH = 1240
"""Pixels of a picture's width: A4 at 150 dots an inch, sharp in a panel of half that width on a dense screen."""

MOST_PIXELS = 6_000_000
"""Of one picture: three times A4 at that width. A larger page is drawn smaller."""

SECONDS = 10.0
"""A page that takes longer is not shown; 28 pages of quarterly reports took 0.04 s each."""

MEMORY_BYTES = 2 * 2**30
"""Address space of a drawing process, where the system can limit it."""

MOST_LETTERS = 200_000
"""Of a page: twenty times the densest print. The words of a page with more are not looked for."""

CONTEXT = 60
"""Letters compared on either side of words."""

ENOUGH_CONTEXT = 12
"""Letters that must agree on the two sides together for words to be taken for those of the document."""

LONG = 40
"""Letters of words that need no agreement around them where the pages hold them only once."""

MOST_PAGES = 3
"""Pages on which words are looked for."""

MOST_PLACES = 1_000
"""Places of the same letters that are compared; what stands in more places is not told apart."""

_AT_ONCE = BoundedSemaphore(2)  # a process each, bound by the processor
_DASHES = frozenset("-\u2010\u2011\u00ad\ufffe\x02")  # PDFium gives U+0002 or U+FFFE for a hyphen at the end of a line


@dataclass(frozen=True, slots=True)
class Sought:
    """Words to find on a page, with what stands around them in the document's text."""

    words: str
    before: str
    after: str
    first: int
    last: int
    """The pages on which they may stand, from 1."""


def draw_page(path: Path, number: int | None, sought: Sequence[Sought] = ()) -> PagePicture | None:
    """A page of a PDF, and where the words stand on it; without a number the page on which the first of them stands.

    None where there is no such page or it cannot be drawn. Words have boxes only where the page's letters are theirs
    one by one and so are those around them; words that may be meant in two places have none.
    """
    asked = {"path": str(path), "number": number, "sought": [asdict(one) for one in sought]}
    with _AT_ONCE:
        try:
            drawn = subprocess.run(
                [sys.executable, "-m", "knowledge.picture"],
                input=json.dumps(asked).encode(),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=SECONDS,
                env={**os.environ, "PYTHONPATH": _python_path()},
                check=True,
            ).stdout
        except (subprocess.SubprocessError, OSError):
            return None
    head, _, png = drawn.partition(b"\n")
    facts = json.loads(head)
    boxes = tuple(tuple(Box(*edges) for edges in found) for found in facts["boxes"])
    return PagePicture(facts["number"], facts["pages"], png, facts["width"], facts["height"], boxes)


def _python_path() -> str:
    here = str(Path(__file__).resolve().parent.parent)
    return os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])


# The drawing process


def _serve() -> None:
    """Draw the page that the standard input asks for."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    except (ImportError, ValueError, OSError):
        pass  # a system without such limits; time is limited all the same
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what a drawing library prints must not get into the answer
    asked = json.loads(sys.stdin.buffer.read())
    facts, png = _draw(asked["path"], asked["number"], [Sought(**one) for one in asked["sought"]])
    with answer:
        answer.write(json.dumps(facts).encode() + b"\n" + png)


def _draw(path: str, number: int | None, sought: Sequence[Sought]) -> tuple[dict[str, Any], bytes]:
    import io

    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    pages = len(document)
    places = _Places(document)
    found = [places.find(one) for one in sought]
    if number is None:
        number = found[0][0].page if found and found[0] else sought[0].first if sought else 1
    if not 1 <= number <= pages:
        raise IndexError(f"page {number} of {pages}")
    page = document[number - 1]
    width, height = page.get_size()
    scale = min(WIDTH / width, (MOST_PIXELS / (width * height)) ** 0.5)
    bitmap = page.render(scale=scale)
    picture = bitmap.to_pil()
    boxes = [
        [box for stretch in stretches if stretch.page == number for box in _boxes(page, bitmap, stretch)]
        for stretches in found
    ]
    data = io.BytesIO()
    picture.save(data, "PNG", compress_level=3)  # a third of the time of the default level, and hardly larger
    facts = {
        "number": number, "pages": pages, "width": picture.width, "height": picture.height,
        "boxes": [[[box.left, box.top, box.right, box.bottom] for box in of_one] for of_one in boxes],
    }  # fmt: skip
    return facts, data.getvalue()


# Words -> letters of a page


@dataclass(frozen=True, slots=True)
class _Letters:
    """A page's letters, without what a line end or a font may change, and the PDF's own number of each."""

    text: str
    numbers: list[int]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Letters `numbers` of a page, by the PDF's own numbers."""

    page: int
    numbers: list[int]


class _Places:
    """Finds words on the pages of one document, each page read once."""

    def __init__(self, document: PdfDocument) -> None:
        self._document = document
        self._pages: dict[int, _Letters] = {}

    def find(self, sought: Sought) -> list[_Stretch]:
        """Where the words stand: on one page, or at the end of one and the beginning of the next; else nowhere."""
        words = _letters_of(sought.words)
        if not words:
            return []
        last = min(sought.last, sought.first + MOST_PAGES - 1, len(self._document))
        pages = range(max(1, sought.first), last + 1)
        before, after = _letters_of(sought.before)[-CONTEXT:], _letters_of(sought.after)[:CONTEXT]
        found: list[tuple[int, int, int]] = []
        for page in pages:
            text = self._letters(page).text
            for at in _occurrences(text, words):
                if len(found) == MOST_PLACES:
                    return []
                agreeing = _agreeing(text[max(0, at - CONTEXT) : at][::-1], before[::-1])
                agreeing += _agreeing(text[at + len(words) : at + len(words) + CONTEXT], after)
                found.append((agreeing, page, at))
        if not found:
            return self._find_divided(words, pages)
        found.sort(reverse=True)
        alone = len(found) == 1 or found[0][0] > found[1][0]
        sure = found[0][0] >= ENOUGH_CONTEXT or (len(found) == 1 and len(words) >= LONG)
        _, page, at = found[0]
        return [self._stretch(page, at, at + len(words))] if alone and sure else []

    def _find_divided(self, words: str, pages: range) -> list[_Stretch]:
        """Words that a page's end divides: each part is long enough and stands only once on its page."""
        for page in pages[:-1]:
            text, following = self._letters(page).text, self._letters(page + 1).text
            fewest, most = 0, len(words)
            while fewest < most:  # the longest beginning of the words that the page holds
                middle = (fewest + most + 1) // 2
                fewest, most = (middle, most) if words[:middle] in text else (fewest, middle - 1)
            head, tail = words[:fewest], words[fewest:]
            if min(len(head), len(tail)) < ENOUGH_CONTEXT:
                continue
            heads, tails = list(_occurrences(text, head)), list(_occurrences(following, tail))
            if len(heads) == len(tails) == 1:
                return [
                    self._stretch(page, heads[0], heads[0] + len(head)),
                    self._stretch(page + 1, tails[0], tails[0] + len(tail)),
                ]
        return []

    def _stretch(self, page: int, start: int, end: int) -> _Stretch:
        return _Stretch(page, self._letters(page).numbers[start:end])

    def _letters(self, number: int) -> _Letters:
        if number not in self._pages:
            self._pages[number] = _read_letters(self._document, number)
        return self._pages[number]


def _read_letters(document: PdfDocument, number: int) -> _Letters:
    from pypdfium2 import raw

    text_page = document[number - 1].get_textpage()
    count = text_page.count_chars()
    if count > MOST_LETTERS:
        return _Letters("", [])
    parts: list[str] = []
    numbers: list[int] = []
    for index in range(count):
        letters = _letters_of(chr(raw.FPDFText_GetUnicode(text_page, index) & 0x1FFFFF) if count else "")
        parts.append(letters)
        numbers += [index] * len(letters)
    return _Letters("".join(parts), numbers)


def _letters_of(text: str) -> str:
    """The letters of a text, ligatures and accents taken apart (NFKD), without white space, hyphens and controls."""
    kept = [one for one in unicodedata.normalize("NFKD", text) if one not in _DASHES and not one.isspace()]
    return "".join(one for one in kept if unicodedata.category(one)[0] != "C")


def _occurrences(text: str, words: str) -> Iterator[int]:
    at = text.find(words)
    while at >= 0:
        yield at
        at = text.find(words, at + 1)


def _agreeing(found: str, wanted: str) -> int:
    """How many letters agree from the beginning."""
    count = 0
    for one, other in zip(found, wanted, strict=False):
        if one != other:
            break
        count += 1
    return count


# Letters -> boxes on the picture


def _boxes(page: PdfPage, bitmap: PdfBitmap, stretch: _Stretch) -> list[Box]:
    """The boxes of letters, those of a line as one; empty where some of the letters lie outside the picture."""
    text_page = page.get_textpage()
    place = bitmap.get_posconv(page)
    boxes: list[Box] = []
    for index in dict.fromkeys(stretch.numbers):
        left, bottom, right, top = text_page.get_charbox(index, loose=True)
        corners = [place.to_bitmap(x, y) for x, y in ((left, bottom), (right, top))]
        (x1, x2), (y1, y2) = sorted(x for x, _ in corners), sorted(y for _, y in corners)
        if x1 == x2 or y1 == y2:
            continue  # a letter without width, such as a combining accent
        if x1 < -1 or y1 < -1 or x2 > bitmap.width + 1 or y2 > bitmap.height + 1:
            return []
        box = Box(max(0, x1), max(0, y1), min(bitmap.width, x2), min(bitmap.height, y2))
        if boxes and _on_one_line(boxes[-1], box):
            box = _around(boxes.pop(), box)
        boxes.append(box)
    return boxes


def _on_one_line(line: Box, letter: Box) -> bool:
    height = min(line.bottom - line.top, letter.bottom - letter.top)
    level = min(line.bottom, letter.bottom) - max(line.top, letter.top) >= height / 2
    near = letter.left - line.right < 3 * height and line.left - letter.right < height  # a word's distance, and a bit
    return level and near


def _around(one: Box, other: Box) -> Box:
    return Box(
        min(one.left, other.left),
        min(one.top, other.top),
        max(one.right, other.right),
        max(one.bottom, other.bottom),
    )


if __name__ == "__main__":
    from knowledge.picture import _serve as serve  # so that the dataclasses are those of the module

    serve()
