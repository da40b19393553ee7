"""The page's few icons, as inline SVG in the colour of the text around them."""

from __future__ import annotations


def _icon(*paths: str) -> str:
    return (
        '<svg viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="1.8" '
        'stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">'
        + "".join(f'<path d="{path}"/>' for path in paths)
        + "</svg>"
    )


CLOSE = _icon("M6 6l12 12M18 6L6 18")
PREVIOUS = _icon("M18 15l-6-6-6 6")
NEXT = _icon("M6 9l6 6 6-6")
CHECK = _icon("M4 12.5l5 5L20 6.500")
BEFORE = _icon("M15 6l-6 6 6 6")
AFTER = _icon("M9 6l6 6-6 6")
ASK = _icon("M12 19V5M5.5 11.5L12 5l6.5 6.5")
STOP = (
    '<svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">'
    '<rect x="7" y="7" width="10" height="10" rx="2" fill="currentColor"/></svg>'
)
NEW = _icon("M12 5v14M5 12h14")
THEME = _icon("M12 3a9 9 0 1 0 9 9 7 7 0 0 1-9-9z")
DOCUMENTS = _icon("M7 3h7l5 5v13H7zM14 3v5h5M10 13h6M10 17h6")
DOWNLOAD = _icon("M12 4v11M7.500 11l4.500 4.500 4.500-4.500M5 20h14")
AGAIN = _icon("M20 11a8 8 0 1 0-2.300 6.300M20 4v7h-7")
REMOVE = _icon("M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13")
RENAME = _icon("M4 20l4.500-1L19 8.500 15.500 5 5 15.500zM13 7.500l3.500 3.500")
SETTINGS = _icon("M4 7h8M18 7h2M4 17h2M12 17h8M15 4a3 3 0 1 0 0 6 3 3 0 1 0 0-6zM9 14a3 3 0 1 0 0 6 3 3 0 1 0 0-6z")
CONVERSATIONS = _icon("M4 5h16M4 12h16M4 19h10")
SEARCH = _icon("M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zM15.500 15.500L20 20")
UPLOAD = _icon("M12 16V4M7 9l5-5 5 5M5 16v4h14v-4")
LARGER = _icon("M4 10.500a6.500 6.500 0 1 0 13 0 6.500 6.500 0 1 0-13 0M20 20l-5-5M10.500 7.500v6M7.500 10.500h6")
MARKER = (
    '<svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">'
    '<rect x="3" y="16" width="26" height="11" rx="3" fill="var(--mark-strong)"/>'
    '<path d="M6 10h20M6 21.500h14" stroke="currentColor" stroke-width="2.600" stroke-linecap="round"/></svg>'
)
