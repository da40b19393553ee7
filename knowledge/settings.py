"""What can be set about a library. Only the doors (`__main__`, `app.py`) read the environment."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_EMBEDDER = "sentence-transformers/all-MiniLM-L6-v2"
DEFAULT_COLLECTION = "default"


@dataclass(frozen=True, slots=True)
class LibrarySettings:
    """Settings of a library; the defaults suit a laptop."""

    embedder: str = DEFAULT_EMBEDDER
    """A sentence-transformers model: the default one, or a name or folder that sentence-transformers can open."""
    chunk_tokens: int = 144
    """Target size of a chunk in tokens of the embedder, heading included; never above what the embedder reads.

    Of 128, 144 and 160, recall@1 by meaning on squad2_dev was 0.620, 0.640 and 0.610."""
    max_file_bytes: int = 64 * 2**20
    """Files above this are reported and skipped."""
    load_seconds: float = 60.0
    """Reading one file may take this long, then it is reported and skipped."""
    workers: int = 2
    """Processes that read files."""
    include_hidden: bool = False
    """Whether a sync also reads files whose name, or a folder of whose path, begins with a dot."""
    allow_private_addresses: bool = False
    """Whether `add` may fetch from this machine and from private networks."""
    chroma: str | None = None
    """Address of a Chroma server ("http://host:port") that holds the vectors; None: the library's folder."""
