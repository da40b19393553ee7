"""HTML -> pieces: the article of a page, without what surrounds it and what no reader sees."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from knowledge.formats.byline import parse_date, read_byline
from knowledge.formats.elements import Placed, walk_elements
from knowledge.formats.hidden import keep_questions, remove_furniture, remove_hidden
from knowledge.formats.reading import Piece, Reading, UnreadableError
from knowledge.types import Omission

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_LEAST_FOUND = (
    0.3  # with a smaller share of the paragraphs outside navigation and comments, trafilatura missed the article
)
_LEAST_WHOLE = 0.5  # with a smaller share of the page's own pieces, it ran them together
_PARAGRAPH_FROM = 40  # characters
_MOST_COMPARED = 2 * 10**9  # characters; what was left out of a larger page is not listed
_MOST_OMISSIONS = 200
_REPORTED = 300  # characters of an omission
_BYLINE_WITHIN = 30  # pieces from the beginning of a page, navigation included
_OF_HEAD = frozenset({"base", "link", "meta", "noscript", "script", "style", "template", "title"})
_SPACE = re.compile(r"\s+")


def read_html(text: str) -> Reading:
    """The pieces of a page's article and what the page says about it; what was left out is listed.

    Raises UnreadableError when elements are nested so deeply, or one is so long, that text would be lost.
    """
    root = _parse(text)
    keep_questions(root)
    omissions = [*remove_hidden(root), *remove_furniture(root)]
    _keep_captions(root)
    seen = walk_elements(body) if (body := root.find("body")) is not None else []
    article = _extract_article(root)
    found = _Found(article.pieces)
    if _share_found(seen, found) < _LEAST_FOUND or _share_whole(article.pieces, seen) < _LEAST_WHOLE:
        outside = tuple(piece for piece, region in seen if not region)
        found = _Found(outside or tuple(piece for piece, _ in seen))
    omissions += _list_left_out(seen, found)
    lines = [line for piece, region in seen[:_BYLINE_WITHIN] if not region and (line := read_byline(piece.text))]
    return Reading(
        found.pieces,
        title=article.title,
        author=article.author or next((line.author for line in lines if line.author), None),
        published=article.published or next((line.published for line in lines if line.published), None),
        omissions=tuple(omissions[:_MOST_OMISSIONS]),
    )


def read_fragment(source: str) -> Reading:
    """The pieces of a stretch of HTML inside another text: all that a browser shows."""
    root = _parse(f"<div>{source}</div>")
    omissions = remove_hidden(root)
    body = root.find("body")
    pieces = tuple(piece for piece, _ in walk_elements(body)) if body is not None else ()
    return Reading(pieces, omissions=tuple(omissions[:_MOST_OMISSIONS]))


def _parse(text: str) -> HtmlElement:
    from lxml import etree, html

    parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    root = None
    with suppress(etree.ParserError):  # there is no element
        root = html.document_fromstring(text.encode("utf-8", errors="replace"), parser=parser)
    problems = [entry.message for entry in parser.error_log]
    if any("depth" in problem for problem in problems):
        raise UnreadableError("its elements are nested so deeply that text would be lost; simplify the page")
    if any("limit exceeded" in problem or "huge" in problem for problem in problems):
        raise UnreadableError("it holds more text in one element than is read, and the rest would be lost; split it")
    if root is None:
        raise UnreadableError("it holds no text; remove it, or get it again")
    _end_head(root)
    return root


def _end_head(root: HtmlElement) -> None:
    """The parser knows no `main` or `article` and leaves them in the head; a browser begins the body there."""
    head = root.find("head")
    first = next((one for one in head if one.tag not in _OF_HEAD), None) if head is not None else None
    if head is None or first is None:
        return
    body = root.find("body")
    if body is None:
        body = root.makeelement("body")
        root.append(body)
    moved = list(head)[head.index(first) :]
    moved[-1].tail = (moved[-1].tail or "") + (body.text or "")
    body.text = None
    for place, one in enumerate(moved):
        body.insert(place, one)


def _keep_captions(root: HtmlElement) -> None:
    """Captions are content; as paragraphs they are not dropped with their pictures."""
    for figure in list(root.iter("figure")):
        for caption in list(figure.iter("figcaption")):
            caption.tag = "p"
        figure.tag = "div"


def _extract_article(root: HtmlElement) -> Reading:
    """What trafilatura takes for the article, in its balanced mode.

    On pages with navigation, adverts and asides around an article its precision and recall modes gave the same pieces.
    """
    import trafilatura

    found = trafilatura.bare_extraction(
        root,
        include_comments=False,
        with_metadata=True,
        date_extraction_params={"original_date": True, "extensive_search": False},
    )
    if found is None or isinstance(found, dict):
        return Reading(())
    pieces = tuple(piece for piece, _ in walk_elements(found.body)) if found.body is not None else ()
    return Reading(pieces, found.title, found.author, parse_date(found.date))


class _Found:
    """The pieces of the article, to ask whether a text is among them."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.pieces = tuple(pieces)
        self.texts = {_squeeze(piece.text) for piece in pieces}
        self.whole = "".join(_squeeze(piece.text) for piece in pieces)
        self.compared = 0

    def holds(self, text: str) -> bool:
        squeezed = _squeeze(text)
        if squeezed in self.texts:
            return True
        self.compared += len(self.whole)
        return self.compared > _MOST_COMPARED or squeezed in self.whole


def _squeeze(text: str) -> str:
    return _SPACE.sub("", text)


def _share_found(seen: Iterable[Placed], found: _Found) -> float:
    """The share of the characters of the page's paragraphs, outside navigation and the like, that the article has."""
    texts = [p.text for p, region in seen if not region and p.kind == "paragraph" and len(p.text) >= _PARAGRAPH_FROM]
    if not texts:
        return 1.0 if found.pieces else 0.0
    return sum(len(text) for text in texts if found.holds(text)) / sum(map(len, texts))


def _share_whole(pieces: Sequence[Piece], seen: Iterable[Placed]) -> float:
    """The share of the article's characters in pieces that the page shows as they are, not run together.

    Trafilatura's last resort for a page without paragraphs is all of its text in one piece.
    """
    shown = {_squeeze(piece.text) for piece, _ in seen}
    total = sum(len(piece.text) for piece in pieces)
    return sum(len(piece.text) for piece in pieces if _squeeze(piece.text) in shown) / max(1, total)


def _list_left_out(seen: Iterable[Placed], found: _Found) -> list[Omission]:
    """What the page shows and the article does not have; neighbours in one part of the page are one omission."""
    omissions: list[Omission] = []
    group: list[str] = []
    group_region = ""
    for piece, region in [*seen, Placed(Piece("paragraph", ""), "")]:
        missing = bool(piece.text) and not found.holds(piece.text)
        if group and (not missing or region != group_region):
            omissions.append(Omission(" ".join(group)[:_REPORTED], group_region or "not part of the article"))
            group = []
        if missing:
            group.append(_SPACE.sub(" ", piece.text)[:_REPORTED])
            group_region = region
    return omissions
