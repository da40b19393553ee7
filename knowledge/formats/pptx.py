"""PowerPoint presentations -> pieces; the number of a slide is its page."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from knowledge.formats.archive import check_archive
from knowledge.formats.byline import parse_date
from knowledge.formats.reading import Piece, Reading
from knowledge.formats.rows import table_pieces
from knowledge.types import Omission

if TYPE_CHECKING:
    from pptx.slide import Slide

_TITLE_LEVEL = 2
_NO_TITLES = frozenset(("", "PowerPoint Presentation"))
_TEMPLATE_AUTHOR = "Steve Canny"  # stands in python-pptx's own template, as does its date
_DEEPEST_GROUP = 50
_REPORTED = 300  # characters of an omission


def read_pptx(data: bytes) -> Reading:
    """The pieces of a presentation, slide by slide with the speaker's notes; hidden slides are left out and listed.

    Raises UnreadableError for an archive that is not safe to open.
    """
    import pptx

    check_archive(data)
    presentation = pptx.Presentation(io.BytesIO(data))
    pieces: list[Piece] = []
    omissions: list[Omission] = []
    for number, slide in enumerate(presentation.slides, start=1):
        found = list(_read_slide(slide, number))
        if slide.element.get("show") in ("0", "false"):
            omissions.append(Omission(" ".join(piece.text for piece in found)[:_REPORTED], "hidden slide"))
        else:
            pieces += found
    properties = presentation.core_properties
    own = properties.author.strip() != _TEMPLATE_AUTHOR
    return Reading(
        pieces=tuple(pieces),
        title=None if properties.title.strip() in _NO_TITLES else properties.title.strip(),
        author=properties.author.strip() or None if own else None,
        created=parse_date(properties.created) if own else None,
        omissions=tuple(omissions),
    )


def _read_slide(slide: Slide, number: int) -> Iterator[Piece]:
    title = slide.shapes.title
    if title is not None and title.text_frame.text.strip():
        yield Piece("heading", title.text_frame.text, _TITLE_LEVEL, number)
    for shape in _flat(slide.shapes):
        if title is not None and shape.shape_id == title.shape_id:
            continue
        if shape.has_table:
            table = shape.table
            rows = [[cell.text for cell in row.cells] for row in table.rows]
            yield from table_pieces(rows, header=True if table.first_row else None, page=number)
        elif shape.has_text_frame:
            yield from _read_frame(shape, number)
    if slide.has_notes_slide and (notes := slide.notes_slide.notes_text_frame) is not None:
        for paragraph in notes.text.split("\n"):
            if paragraph.strip():
                yield Piece("paragraph", paragraph, page=number)


def _read_frame(shape: Any, number: int) -> Iterator[Piece]:
    """A text frame with several paragraphs, or with an indented one, is a list."""
    paragraphs = [paragraph for paragraph in shape.text_frame.paragraphs if paragraph.text.strip()]
    is_list = len(paragraphs) > 1 or any(paragraph.level for paragraph in paragraphs)
    for paragraph in paragraphs:
        if is_list:
            yield Piece("list item", paragraph.text, min(6, paragraph.level + 1), number)
        else:
            yield Piece("paragraph", paragraph.text, page=number)


def _flat(shapes: Iterable[Any], depth: int = 0) -> Iterator[Any]:
    """The shapes, with those inside groups."""
    for shape in shapes:
        if hasattr(shape, "shapes") and depth < _DEEPEST_GROUP:
            yield from _flat(shape.shapes, depth + 1)
        else:
            yield shape
