"""What is not content is left out of a document, and reported."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

from knowledge.formats.reading import Piece
from knowledge.types import Omission

_LINE_LIMIT = 300  # characters; what is longer is content
_PRODUCT_LIMIT = 150  # characters of the name of a product
_REPEATED_FROM = 25  # characters; shorter lines, such as "Yes.", may well be said twice
_REPEATED_TIMES = 3
_SOURCE_WITHIN = 3  # pieces from the end
_DISCLOSURE = "affiliate disclosure"

# A disclosure says that whoever publishes the page is paid for purchases: by its formula, or by what it is made of.
_AFFILIATE = re.compile(
    r"as an? (?:amazon )?(?:affiliate|associate)\b.{0,80}\bearn.{0,200}"
    r"|(?:this|our|some|the) (?:of the )?(?:post|article|page|site|website|story|video|links?)\b.{0,60}"
    r"\b(?:affiliate|partner) links?\b.{0,200}",
    re.IGNORECASE,
)
_DISCLOSURE_PARTS = tuple(
    re.compile(part, re.IGNORECASE)
    for part in (
        r"\b(?:earn|receive|get|make|collect|paid|compensated)\b",
        r"\b(?:commissions?|affiliates?|compensation|qualifying purchases|(?:referral )?fees?|paid|compensated)\b",
        r"\b(?:links?|purchases?|purchased|buy|click|shops?|retailers?|partners?)\b",
        r"\b(?:we|our|i|this (?:page|post|article|site|website|story)|these links)\b",
    )
)
_DISCLOSURE_LIMIT = 220  # characters
_COOKIES = re.compile(
    r"(?:we|(?:this|our) (?:web)?site) uses? cookies\b.{0,250}"
    r"|by (?:continuing|using|clicking|browsing)\b.{0,100}\bcookies\b.{0,120}"
    r"|(?:accept|reject|allow|manage|decline)(?: all)? cookies?"
    r"|cookie (?:settings|preferences|notice)",
    re.IGNORECASE,
)
_ADVERTISEMENT = re.compile(
    r"\W{0,4}(?:advertisements?|sponsored(?: content| post)?|paid content"
    r"|(?:story|article) continues (?:below|after)(?: (?:this |the )?(?:ad|advertisement))?"
    r"|continue reading below|scroll to continue(?: reading)?)\W{0,4}",
    re.IGNORECASE,
)
_PROMPT = re.compile(
    r"\W{0,4}(?:share this(?: article| post| story| page)?(?: (?:on|via|with) [\w ,&/]{2,60})?"
    r"|share (?:on|via) (?:facebook|twitter|x|linkedin|whatsapp|reddit|email|pinterest)|click to share.{0,60}"
    r"|follow us(?: on [\w ,&/]{2,80})?"
    r"|(?:subscribe|sign up|join)(?: now| today| here| free)?(?: to| for)? (?:our|my)\b.{0,60}"
    r"\b(?:newsletter|mailing list|updates|channel|podcast|briefing|alerts)\b.{0,100}"
    r"|subscribe (?:now|today|here)(?: for free)?|leave a (?:comment|reply))\W{0,4}",
    re.IGNORECASE,
)
_NAVIGATION = re.compile(
    r"\W{0,4}(?:skip to (?:main |primary )?(?:content|navigation)|back to top|toggle (?:navigation|menu)"
    r"|(?:read|show|load|see|view) more(?: articles| posts| stories| comments)?"
    r"|read (?:also|next|more) ?: .{1,120}|(?:previous|next|older|newer) (?:posts?|articles?|story|page)"
    r"|home(?: ?[>»›] ?[^>»›]{1,60}){1,6})\W{0,4}",
    re.IGNORECASE,
)
_PROMOTION = re.compile(
    r"\W{0,6}(?:full|complete|free|exclusive|premium|read|get|download|see|watch|listen|join|unlock|claim|subscribe)\b.{0,60}"
    r"\b(?:report|guide|newsletter|e-?book|course|webinar|podcast|deal|offer|trial|analysis|edition|version)\b.{0,280}",
    re.IGNORECASE,
)
_URGING = re.compile(
    r"\W{0,6}(?:get|claim|download|join|subscribe|sign up|try|save|grab|free|don['’]t miss|never miss|last chance|hurry"
    r"|limited|unlock|register|start your)\b",
    re.IGNORECASE,
)
_ADVERT_WORD = re.compile(
    r"\b(?:get|claim|download|join|subscribe|sign up|free|miss|deals?|offers?|discount|app|newsletter|trial|copy|your"
    r"|our|us|today|now|report|briefing|webinar|e-?book|guide|exclusive|unlock|off|save|inbox)\b",
    re.IGNORECASE,
)
_ADVERT_WORDS = 4  # different ones
_ON_SITE = re.compile(r" (?:on|at) [\w-]{1,63}\.[a-z]{2,20}\b", re.IGNORECASE)
_TO_READER = re.compile(r"\b(?:you|your|us|our|we|subscribe|newsletter|click|sign up)\b", re.IGNORECASE)
_SOURCE = re.compile(r"source ?: ?(?:https?://)?(?:[\w-]{1,63}\.){1,4}[a-z]{2,20}(?:/\S{0,200})?\.?", re.IGNORECASE)
_LINE_RULES = (
    (_AFFILIATE, _DISCLOSURE),
    (_COOKIES, "cookie notice"),
    (_ADVERTISEMENT, "advertisement"),
    (_PROMPT, "share or subscribe prompt"),
    (_NAVIGATION, "navigation"),
)


def clean_blocks(pieces: Sequence[Piece]) -> tuple[tuple[Piece, ...], tuple[Omission, ...]]:
    """The pieces that are content, and what was left out.

    Only whole pieces go, and only short ones of certain forms: prose is never cut, code and tables are never touched.
    A line that is repeated stays where it stands first.
    """
    reasons = [_line_reason(piece) for piece in pieces]
    _mark_first_line(pieces, reasons)
    _mark_products(pieces, reasons)
    _mark_repeated(pieces, reasons)
    _mark_source(pieces, reasons)
    judged = list(zip(pieces, reasons, strict=True))
    kept = tuple(piece for piece, reason in judged if reason is None)
    return kept, tuple(Omission(piece.text[:_LINE_LIMIT], reason) for piece, reason in judged if reason is not None)


def _line_reason(piece: Piece) -> str | None:
    if piece.kind in ("code", "table") or len(piece.text) > _LINE_LIMIT:
        return None
    if len(piece.text) <= _DISCLOSURE_LIMIT and all(part.search(piece.text) for part in _DISCLOSURE_PARTS):
        return _DISCLOSURE
    return next((reason for form, reason in _LINE_RULES if form.fullmatch(piece.text)), None)


def _mark_first_line(pieces: Sequence[Piece], reasons: list[str | None]) -> None:
    """A first line promotes that offers something elsewhere, or urges the reader in the words of an advert."""
    if len(pieces) < 2 or pieces[0].kind != "paragraph" or len(pieces[0].text) > _LINE_LIMIT:
        return
    text = pieces[0].text
    elsewhere = unicodedata.category(text[0]) == "So" or _ON_SITE.search(text) is not None
    words = {word.lower() for word in _ADVERT_WORD.findall(text)}
    urges = _URGING.match(text) is not None and len(words) >= _ADVERT_WORDS - text.endswith("!")
    if urges or (elsewhere and _PROMOTION.fullmatch(text)):
        reasons[0] = "promotional line"


def _mark_products(pieces: Sequence[Piece], reasons: list[str | None]) -> None:
    """A short line that heads nothing but affiliate disclosures names a product on sale.

    A heading with such a disclosure and then a text below it stays.
    """
    heads_nothing = True  # whether what comes below the disclosures is a heading, another product or the end
    for number in range(len(pieces) - 1, 0, -1):
        piece = pieces[number]
        if reasons[number] == _DISCLOSURE:
            continue
        above_disclosure = number + 1 < len(pieces) and reasons[number + 1] == _DISCLOSURE
        if above_disclosure and heads_nothing and reasons[number] is None and _may_be_product(piece):
            reasons[number] = "advertisement"
        heads_nothing = piece.kind == "heading" or reasons[number] == "advertisement"


def _may_be_product(piece: Piece) -> bool:
    ends_as_prose = piece.text.endswith((".", "!", "?", ":", "”", '"'))
    return piece.kind in ("heading", "paragraph") and len(piece.text) <= _PRODUCT_LIMIT and not ends_as_prose


def _mark_repeated(pieces: Sequence[Piece], reasons: list[str | None]) -> None:
    """A line that follows its twin counts once, and so does one that speaks to the reader in three places.

    Other lines may say the same of several things: "Founded in 1914." below two headings is content both times.
    """
    lengths = range(_REPEATED_FROM, _LINE_LIMIT + 1)
    texts = [piece.text if piece.kind == "paragraph" and len(piece.text) in lengths else "" for piece in pieces]
    counts = Counter(text for text in texts if _TO_READER.search(text))
    seen: set[str] = set()
    for number, text in enumerate(texts):
        if not text:
            continue
        follows_twin = number > 0 and texts[number - 1] == text
        if text in seen and (follows_twin or counts[text] >= _REPEATED_TIMES):
            reasons[number] = reasons[number] or "repeated line"
        seen.add(text)


def _mark_source(pieces: Sequence[Piece], reasons: list[str | None]) -> None:
    """A last line "Source: example.org" says where a copy came from."""
    for number in range(max(1, len(pieces) - _SOURCE_WITHIN), len(pieces)):
        if pieces[number].kind == "paragraph" and _SOURCE.fullmatch(pieces[number].text[: _LINE_LIMIT + 1]):
            reasons[number] = reasons[number] or "source line"
