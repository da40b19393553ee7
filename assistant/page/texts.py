"""Every English text of the page, so that it can be read, checked and translated in one place."""

from __future__ import annotations

from datetime import date

from knowledge import Progress

NAME = "Key Questions"
CONVERSATION = "Conversation"
NEW_CONVERSATION = "New conversation"
THEME = "Light or dark"
DOCUMENTS = "Documents"
CLOSE = "Close"

WELCOME = "What would you like to know?"
WELCOME_LEAD = (
    "Every sentence of an answer opens the exact words it rests on. When the documents do not say, you are told so."
)
OWN_QUESTIONS = "Questions the documents answer"
ABOUT_THE_DOCUMENTS = ("What is this about?", "What can I ask?")
WELCOME_EMPTY = "Add a document to begin."
WELCOME_EMPTY_LEAD = (
    "Text, Markdown, HTML, PDF, Word, Excel, PowerPoint or CSV. It is read here and stays on this machine."
)
ADD_DOCUMENTS = "Add documents"

QUESTION_LABEL = "Your question"
QUESTION_PLACEHOLDER = "Ask about the documents"
ASK = "Ask"
STOP = "Stop"
ASK_HINT = "Enter asks · Shift + Enter for a new line · / to come back here"
QUESTION_LIMIT = 2_000
"""Characters; far above any real question, and little to search for."""

INDEXING = "Reading the documents"
INDEXING_LEAD = "This happens once for each document. You can ask as soon as it is done."
LIBRARY_FAILED = "The library cannot be opened."

OPENING = "Opening the library…"
SEARCHING = "Searching the documents…"
CHECKING = "Checking each sentence against its source…"
STOPPED = "Stopped."
FAILED = "This question could not be answered because something went wrong. It is written in the terminal; try again."

QUOTED = "Quoted from the sources"
QUOTED_MEANING = "Every sentence stands in a document word for word; nothing was written by a model."
DESCRIBED = "About the documents as wholes"
DESCRIBED_MEANING = "The answer describes documents; every sentence cites the words that it was taken from."
SOURCES = "Sources"
RETRY = "Ask again"
COPY = "Copy with references"
COPIED = "Copied"
ALSO_ANSWERED = "Also answered here"

REFUSED = "The documents do not say."
NEAREST = "The nearest they come"

SOURCE = "Source"
SOURCE_PREVIOUS = "Previous citation"
SOURCE_NEXT = "Next citation"
SOURCE_ORIGINAL = "Original file"
SOURCE_ADDRESS = "Original page"
SOURCE_CHANGED = "This document has changed since it was quoted, so nothing is marked. It said then:"
SOURCE_GONE = "This document is no longer in the library. It said:"
SOURCE_UNKNOWN = "There is nothing to show: this conversation holds no such source. Open it again from an answer."
ORIGINAL_UNKNOWN = "No document of the library has this original file."
SOURCE_PART = "This is the part around the quote; the document is longer."

UPLOAD = "Choose files"
UPLOAD_LIMIT = 64
"""Megabytes; as much as the library reads of a file by default."""
UPLOAD_HINT = f"or drop them here. Up to {UPLOAD_LIMIT} MB each."
UPLOAD_SENDING = "Sending…"
UPLOAD_FAILED = f"A file could not be sent. It may be larger than {UPLOAD_LIMIT} MB."
UPLOAD_WAITING = "Waiting"
UPLOAD_READING = "Reading…"
UPLOAD_ADDED = "Added"
UPLOAD_UNKNOWN = "it did not arrive whole; send it again"
UPLOAD_NAMELESS = "its name holds nothing that can be shown; rename it"
NO_DOCUMENTS = "No documents yet."
REMOVE = "Remove"
KEEP = "Keep"
REMOVE_TITLE = "Remove this document?"
REMOVE_MEANING = (
    "Answers will no longer use it. The file it came from is not touched; if that file is in a synced folder, "
    "the next sync brings the document back."
)

CONFIDENCE = ((0.8, "High confidence"), (0.5, "Fair confidence"), (0.0, "Low confidence"))
"""From which probability on which words are used: words for a number that is shown beside them, not a decision."""


def confidence(probability: float) -> str:
    """The words for a confidence."""
    return next(words for least, words in CONFIDENCE if probability >= least)


def confidence_meaning(probability: float) -> str:
    """What a confidence means, for the hover text."""
    share = f"{probability * 100:.0f}"
    return f"Of 100 questions that look like this one to the assistant, the documents answer about {share}."


def count(number: int, one: str) -> str:
    """A count with its noun: "1 document", "1,200 sentences"."""
    return f"{number:,} {one}" if number == 1 else f"{number:,} {one}s"


def reading(sentences: int, documents: int) -> str:
    """The status while evidence is read."""
    return f"Reading {count(sentences, 'sentence')} in {count(documents, 'document')}…"


def day(value: date) -> str:
    """A date as it is read."""
    return f"{value.day} {value:%B %Y}"


def page(number: int) -> str:
    """A page's name."""
    return f"Page {number}"


def position(number: int, total: int) -> str:
    """Where among the citations of an answer the reader is."""
    return f"{number} of {total}"


def indexing(progress: Progress | None) -> str:
    """What the library is doing while it is not ready yet."""
    if progress is None:
        return OPENING
    stages = {"reading": "Reading documents", "embedding": "Learning what they say"}
    return f"{stages[progress.stage]}: {progress.done:,} of {progress.total:,}"


def uploading(progress: Progress) -> str:
    """The state of a file that is being added."""
    if progress.stage == "reading":
        return UPLOAD_READING
    return f"Indexing: {progress.done:,} of {count(progress.total, 'chunk')}"


def name_taken(name: str) -> str:
    """Why an uploaded file is skipped whose name a document has."""
    return f"a document named {name} is already here; remove it first, or rename the file"


def content_known(name: str) -> str:
    """Why an uploaded file is skipped whose words another document has."""
    return f"the same words are already here as {name}"


def skipped(reason: str) -> str:
    """A file that was not added, with the reason."""
    return f"Skipped: {reason.rstrip('.')}."


def citation_label(number: int, title: str) -> str:
    """What a screen reader says for a citation chip."""
    return f"Source {number}: {title}"


def remove_label(title: str) -> str:
    """What a screen reader says for a document's remove button."""
    return f"Remove {title}"


def serving(host: str, port: int) -> str:
    """What the terminal says once the page is up."""
    shown = f"[{host}]" if ":" in host else host
    return f"{NAME} is at http://{shown}:{port} (Ctrl+C stops it)"
