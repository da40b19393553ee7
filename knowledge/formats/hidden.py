"""Takes out of a page what no reader sees, and what is certainly no article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from knowledge.formats.asking import is_question
from knowledge.formats.canonical import flowing_text
from knowledge.types import Omission

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_NEVER_TEXT = ("script", "template", "noscript", "svg", "math", "iframe", "object", "select", "button")
_HIDING = re.compile(
    r"display:none|visibility:hidden|opacity:0(?:\.0*)?(?![.\d])|font-size:0(?:\.0*)?(?![.\d])"
    r"|(?:text-indent|left|top):-\d{3,}"
)
_WHITE = re.compile(r"(?:^|;)color:(?:#fff(?:fff)?|white|transparent|rgba?\(255,255,255[^)]{0,8}\))(?:!|;|$)")
_SIMPLE_SELECTOR = re.compile(r"[.#][\w-]{1,100}")
_SHEET_LIMIT = 2**20  # characters of a style sheet that are searched

# By class or id, whole names only: "cookie" alone also names recipes, and "share" also names markets.
_ADVERTISEMENT = re.compile(
    r"(?:^|[\s_-])(?:ads?|adverts?|advertisements?|adsbygoogle|sponsored)(?:$|[\s_-])"
    r"|affiliate[_-](?:disclosure|disclaimer|notice|box|links?)",
    re.IGNORECASE,
)
_PROMPT = re.compile(
    r"(?:cookie|consent|gdpr)s?[_-]?(?:banner|bar|notice|popup|consent|message|overlay|wall|dialog)"
    r"|newsletter[_-]?(?:signup|sign-up|form|box|cta|promo)|subscribe[_-]?(?:box|form|cta|banner|prompt)"
    r"|social[_-]?(?:share|sharing|links|icons|media)|share[_-]?(?:buttons?|bar|links|tools|this)",
    re.IGNORECASE,
)
_NAVIGATION = re.compile(
    r"(?:^|\s)(?:toc|table-of-contents|breadcrumbs?|pagination|navbox|related-(?:posts|articles))(?:$|\s)",
    re.IGNORECASE,
)
_REFERENCE_MARK = re.compile(r"(?:^|\s)(?:reference|mw-editsection)(?:$|\s)")  # "[1]" and "[edit]" in encyclopedias
_FURNITURE_LIMIT = 1_000  # characters; an element with more is not taken out for its name alone
_NAMED = ((_ADVERTISEMENT, "advertisement"), (_PROMPT, "prompt"), (_NAVIGATION, "navigation"))
_REPORTED = 300  # characters of an omission that are reported


def keep_questions(root: HtmlElement) -> None:
    """Make the buttons that open answers into headings, so that they are not taken for controls."""
    for button in list(root.iter("button")):
        if next(button.iterancestors("h1", "h2", "h3", "h4", "h5", "h6", "dt", "summary"), None) is not None:
            button.drop_tag()
        elif is_question(_words(button)):
            button.tag = "h3"


def remove_hidden(root: HtmlElement) -> list[Omission]:
    """Take out what a browser does not show; what was hidden from its readers on purpose is reported."""
    hidden_names = _hidden_names(root)
    for element in list(root.iter(*_NEVER_TEXT, "style")):
        _remove(element)
    omissions = []
    for element in _candidates(root):
        if _is_hidden(element, hidden_names) and not _holds_article(element):
            omissions += _report(element, "hidden text")
            _remove(element)
    return omissions


def remove_furniture(root: HtmlElement) -> list[Omission]:
    """Take out adverts and prompts that are named so."""
    omissions = []
    for element in _candidates(root):
        names = f"{element.get('class') or ''} {element.get('id') or ''}"
        if element.tag in ("sup", "span") and _REFERENCE_MARK.search(names):
            _remove(element)
            continue
        reason = next((reason for form, reason in _NAMED if form.search(names)), None)
        if reason and not _holds_article(element) and len(_words(element)) <= _FURNITURE_LIMIT:
            omissions += _report(element, reason)
            _remove(element)
    return omissions


def _candidates(root: HtmlElement) -> Iterator[HtmlElement]:
    """The elements of the body that are still in the tree when their turn comes."""
    for element in list(root.iter("*")):
        if element.tag not in ("html", "head", "body") and element.getroottree().getroot() is root:
            yield element


def _holds_article(element: HtmlElement) -> bool:
    """Whether it holds the page's main part: behind a dialog that a script closes, a page may be marked as hidden."""
    return next(element.iter("h1", "main", "article"), None) is not None


def _is_hidden(element: HtmlElement, hidden_names: frozenset[str]) -> bool:
    if element.get("hidden") is not None or element.get("aria-hidden") == "true":
        return True
    style = "".join((element.get("style") or "").lower().split())
    if style and (_HIDING.search(style) or (_WHITE.search(style) and not _has_background(element))):
        return True
    if not hidden_names:
        return False
    names = {f".{name}" for name in (element.get("class") or "").split()} | {f"#{element.get('id')}"}
    return not hidden_names.isdisjoint(names)


def _has_background(element: HtmlElement) -> bool:
    return any(
        "background" in (ancestor.get("style") or "") or ancestor.get("bgcolor") is not None
        for ancestor in (element, *element.iterancestors())
    )


def _hidden_names(root: HtmlElement) -> frozenset[str]:
    """The classes and ids that the page's own style sheets hide always, and not in print alone."""
    names: set[str] = set()
    for element in root.iter("style"):
        for selectors, rules in _style_rules((element.text or "")[:_SHEET_LIMIT]):
            if _HIDING.search("".join(rules.lower().split())):
                names.update(name for name in map(str.strip, selectors.split(",")) if _SIMPLE_SELECTOR.fullmatch(name))
    return frozenset(names)


def _style_rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Selectors and rules that stand outside of blocks such as `@media print {}`."""
    depth, start, selectors = 0, 0, ""
    for brace in re.finditer("[{}]", sheet):
        if brace[0] == "{":
            if depth == 0:
                selectors = sheet[start : brace.start()]
            depth += 1
        else:
            depth = max(0, depth - 1)
            if depth == 0 and not selectors.lstrip().startswith("@"):
                yield selectors, sheet[start : brace.start()]
        start = brace.end()


def _report(element: HtmlElement, reason: str) -> list[Omission]:
    words = _words(element)
    return [Omission(words[:_REPORTED], reason)] if words else []


def _words(element: HtmlElement) -> str:
    return " ".join(flowing_text(" ".join(element.itertext())).split())


def _remove(element: HtmlElement) -> None:
    """Take an element out; the text that follows it stays."""
    if element.getparent() is not None:
        element.drop_tree()
