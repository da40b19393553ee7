"""Every English text of the page, so that it can be read, checked and translated in one place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from knowledge import Progress

NAME = "Key Questions"
CONVERSATION = "Conversation"
NEW_CONVERSATION = "New conversation"
CONVERSATIONS = "Conversations"
SEARCH_CONVERSATIONS = "Search conversations"
CONVERSATIONS_NONE = "What you ask is kept here."
CONVERSATIONS_NOT_FOUND = "None holds all these words."
CONVERSATIONS_MORE = "Older ones are found by searching."
CONVERSATIONS_NOT_KEPT = "This browser keeps no cookies, so conversations end with the page."
CONVERSATION_GONE = "This conversation is not here, or not yours."
DOWNLOAD = "Download as Markdown"
RENAME = "Rename"
RENAMED_AS = "Name of the conversation"
DELETE = "Delete"
DELETE_TITLE = "Delete this conversation?"
DELETE_MEANING = "Its questions, its answers and what you said of them are deleted for good."
SIGN_OUT = "Sign out"
SIGN_IN = "Sign in"
SIGN_IN_WRONG = "This name and password do not go together. After five wrong passwords, wait a minute."
SIGN_IN_FIRST = "Sign in first, at /login."
ONLY_OWN_PAGE = "This address answers only its own page."
USER = "Name"
PASSWORD = "Password"
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
DESCRIBED = "About the documents as wholes"
WRITTEN = "Written by a model"
WRITERS = {
    "quoted": (QUOTED, "Every sentence stands in a document word for word; nothing was written by a model."),
    "described": (
        DESCRIBED,
        "The answer describes documents; every sentence cites the words that it was taken from.",
    ),
    "model": (WRITTEN, "A chat model wrote the sentences; each was checked against the words that it cites."),
}
"""Who wrote an answer, and what that means."""
ASKED_AS = "Searched as"
CORRECT = "Ask it this way"
CORRECT_LABEL = "The question as it should be asked"
WHY = "Why this answer"
WHY_USED = "What the answer rests on"
WHY_UNUSED = "Considered and left out"
WHY_STEPS = "Steps"
SCORE_MEANING = "How well this sentence answers the question, from 0 to 1, compared with the others here"
STEPS = {
    "recognise": "Whether the question is about documents as wholes",
    "rewrite": "The follow-up as a question of its own",
    "retrieve": "The nearest parts of the documents",
    "read": "Every sentence in them read against the question",
    "match": "The documents' own questions compared",
    "quote": "The sentences that answer chosen",
    "describe": "The documents described",
    "write": "Sentences written by the model",
    "cite": "Quotes copied from the documents",
    "verify": "Each statement checked against its quotes",
    "compare": "The sources compared with each other",
}
"""The stages of the walk, as a reader would say what they do."""
SOURCES = "Sources"
DIFFER = "The sources differ"
DIFFERS = "One source says both"
RETRY = "Ask again"
COPY = "Copy with references"
COPIED = "Copied"
ALSO_ANSWERED = "Also answered here"

EDIT = "Edit the question"
EDIT_ASK = "Ask"
EDIT_CANCEL = "Cancel"
EDIT_MEANING = "What follows it is replaced by the new answer."
JUDGE = "Is this right?"
JUDGE_WORDS = "What should it have said? (optional)"
JUDGE_KEPT = "Kept on this machine with the answer. Press the same again to take it back."
JUDGEMENTS = {
    "right": "Right",
    "wrong": "Wrong",
    "wrong citation": "Wrong citation",
    "should have answered": "Should have answered",
    "should have refused": "Should have refused",
}

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
SOURCE_PART = "This is a part of the document, which is longer."
SOURCE_VIEWS = "How the source is shown"
SOURCE_AS_PAGE = "Page"
SOURCE_AS_TEXT = "Text"
SOURCE_PAGE_BEFORE = "Previous page"
SOURCE_PAGE_AFTER = "Next page"
SOURCE_PAGE_LARGER = "Larger"
SOURCE_PAGE_UNMARKED = (
    "Where the quoted words stand on this picture is not certain, so nothing is marked. They are marked in the text."
)
SOURCE_OUTLINE = "Contents"
SOURCE_OUTLINE_MORE = "There are more headings than are listed."
SOURCE_TABLE = "Table"
SOURCE_LEFT_OUT = "Left out"
SOURCE_LEFT_OUT_MEANING = "Not taken for content when the document was read, so neither searched nor quoted:"
PICTURE_UNKNOWN = "No document of the library has this page."

UPLOAD = "Choose files"
UPLOAD_LIMIT = 64
"""Megabytes; as much as the library reads of a file by default."""
UPLOAD_HINT = f"or drop them here. Up to {UPLOAD_LIMIT} MB each."
UPLOAD_SENDING = "Sending % of %…"
NOT_SENT = {"large": f"larger than {UPLOAD_LIMIT} MB", "failed": "it could not be sent; send it again"}
"""Why a browser did not send a file."""
UPLOAD_WAITING = "Waiting"
UPLOAD_READING = "Reading…"
UPLOAD_ADDED = "Added"
UPLOAD_UNKNOWN = "it did not arrive whole; send it again"
UPLOAD_NAMELESS = "its name holds nothing that can be shown; rename it"
UPLOAD_DISMISS = "Dismiss"
REPLACE = "Replace"
FETCH_AGAIN = "Fetch again"
FILTER = "Filter by title or name"
FILTER_COUNT = "% of %"
NO_DOCUMENTS = "No documents yet."
READ_ONLY = (
    "Documents can be read and asked here but not changed, because this page is open to everyone who reaches it; "
    "where it is started with --users, whoever signs in can add their own."
)
INTO = "Add to collection"
COLLECTION_PRIVATE = "Only you"
COLLECTION_SHARED = "Shared with everyone"
ADDRESS = "Address of a web page or file"
ADDRESS_PLACEHOLDER = "https://…"
ADDRESS_ADD = "Fetch and add"
ADDRESS_WRONG = "it is no address; one begins with https:// and has no spaces or accents"
FOLDER = "Kept as this folder says:"
FOLDER_SYNC = "Read the folder again"
SYNC_UPDATED = "Updated"
SYNC_REMOVED = "Removed, as its file is gone"
SYNC_UNCHANGED = "Nothing has changed"
CHOOSER_LABEL = "Collections to ask"
CHOOSER_ALL = "All collections"
CHOOSER_SOME = "% of % collections"
ASKED_OF_NONE = "Asked of no collection: those chosen are not here any more."
NAMED = 5
"""Collections that are called by name where a question was asked of some; of more, only how many others there are."""
CHECK = "Check a sentence"
CHECK_LEAD = "Is it what the documents say? The sentences nearest to it are shown with the verdict."
CHECK_LABEL = "The sentence to check"
CHECK_PLACEHOLDER = "A sentence that somebody wrote or said"
CHECK_DO = "Check"
CHECK_WORKING = "Comparing it with the documents…"
CHECK_FAILED = "This sentence could not be checked because something went wrong. It is written in the terminal."
VERDICTS = {
    "supported": ("The documents support this.", "What they say has the same meaning."),
    "contradicted": ("The documents contradict this.", "What they say on this is something else."),
    "not supported": ("The documents do not support this.", "Nothing in them says it."),
}
"""What the documents say of a sentence, and what that means."""
VERDICT_BY = "Judged by"
SETTINGS = "Settings"
MODEL_HEADING = "Who writes the answers"
MODEL_NONE = "Answers are quoted from the documents, word for word."
MODEL = "Chat model"
MODEL_PLACEHOLDER = "ollama:llama3.2"
MODEL_FORM = (
    "As provider:name, such as ollama:llama3.2 or anthropic:claude-sonnet-4-5, or with the address of its server, as "
    "openai:name@http://127.0.0.1:8080/v1."
)
MODEL_USE = "Use this model"
MODEL_QUOTE = "Quote instead"
MODEL_MEANING = (
    "What you ask and the sentences found for it are sent to where the model runs. This holds for this tab alone, "
    "until it is closed. A key is never entered here: it is read from the environment that the page was started in."
)
MODEL_OFFERED = "The page was started with this model. Another cannot be named here, because a model may cost money."
MODEL_NOT_OFFERED = (
    "A chat model may cost money, so only whoever starts the page can offer one here, and none was offered."
)
MODEL_NOT_ALLOWED = "Only the model that the page was started with can be used here."
MODEL_FAILED = "This model cannot be used because something went wrong. It is written in the terminal."
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


def withheld(number: int) -> str:
    """What is said where statements did not pass the check."""
    verb = "was" if number == 1 else "were"
    return f"{count(number, 'sentence')} {verb} withheld because the sources do not support what was written."


def written_by(model: str) -> str:
    """Who writes the answers of a session, where a model does."""
    return f"Answers are written by {model}. Each sentence is checked against the words that it cites."


def wrote(model: str) -> str:
    """Who wrote an answer, where a model did."""
    return f"Written by {model}. Each sentence was checked against the words that it cites."


def duration(seconds: float) -> str:
    """A time as it is read: "3 ms", "1.2 s"."""
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"


def reading(sentences: int, documents: int) -> str:
    """The status while evidence is read."""
    return f"Reading {count(sentences, 'sentence')} in {count(documents, 'document')}…"


def day(value: date) -> str:
    """A date as it is read."""
    return f"{value.day} {value:%B %Y}"


def page(number: int) -> str:
    """A page's name."""
    return f"Page {number}"


def page_of(number: int, pages: int) -> str:
    """A page's name among the others."""
    return f"Page {number} of {pages}"


def page_picture(name: str, title: str) -> str:
    """What a screen reader says for the picture of a page."""
    return f"{name} of “{title}”, as a picture. Its words are in the text view."


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
    return f"a document named {name} is already here; replace it, or rename the file"


def name_synced(name: str) -> str:
    """Why an uploaded file is skipped whose name a document of the folder has."""
    return f"a document named {name} is kept as its folder says; change it there, or rename the file"


def content_known(name: str) -> str:
    """Why an uploaded file is skipped whose words another document has."""
    return f"the same words are already here as {name}"


def asked_of(names: Sequence[str]) -> str:
    """Which collections a question was asked of."""
    others = [count(len(names) - NAMED, "other")] if len(names) > NAMED else []
    return f"Asked of: {', '.join([*names[:NAMED], *others])}" if names else ASKED_OF_NONE


def renamed(old: str) -> str:
    """A document whose file has another name now."""
    return f"Renamed from {old}"


def shared_by(user: str) -> str:
    """The collection that another user shares."""
    return f"Shared by {user}"


def verdict_probability(probability: float) -> str:
    """How likely a sentence is to be supported."""
    return f"Probability that the documents support it: {probability * 100:.0f} %"


def skipped(reason: str) -> str:
    """A file that was not added, with the reason."""
    return f"Skipped: {reason.rstrip('.')}."


def citation_label(number: int, title: str) -> str:
    """What a screen reader says for a citation chip."""
    return f"Source {number}: {title}"


def remove_label(title: str) -> str:
    """What a screen reader says for a document's remove button."""
    return f"Remove {title}"


def replace_label(name: str) -> str:
    """What a screen reader says for the button with which a file takes the place of the document of its name."""
    return f"Replace {name}"


def fetch_again_label(title: str) -> str:
    """What a screen reader says for the button with which a document's address is fetched anew."""
    return f"Fetch {title} again"


def download_label(title: str) -> str:
    """What a screen reader says for the link to a conversation as a file."""
    return f"Download {title} as Markdown"


def rename_label(title: str) -> str:
    """What a screen reader says for a conversation's rename button."""
    return f"Rename {title}"


def delete_label(title: str) -> str:
    """What a screen reader says for a conversation's delete button."""
    return f"Delete {title}"


def judged(judgement: str) -> str:
    """What was said of an answer."""
    return f"You said: {JUDGEMENTS[judgement].lower()}"


def signed_in(user: str) -> str:
    """Who is signed in."""
    return f"Signed in as {user}"


def serving(host: str, port: int) -> str:
    """What the terminal says once the page is up."""
    shown = f"[{host}]" if ":" in host else host
    return f"{NAME} is at http://{shown}:{port} (Ctrl+C stops it)"
