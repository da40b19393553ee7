"""Files are read in worker processes that can be ended, because a file may be made to hang, crash or fill the memory.

A worker is `python -m knowledge.isolate`; it takes one JSON line a file and answers with a pickle. It is started by
name and not forked, so that a program that uses the library needs no `if __name__ == "__main__"`.
"""

from __future__ import annotations

import json
import os
import pickle
import struct
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import Timer
from typing import IO, Any

from knowledge.errors import LoadError
from knowledge.types import Document, DocumentQuestion, Span

MEMORY_BYTES = 4 * 2**30
"""Address space of a worker, where the system can limit it; a worker at rest takes 0.3 GiB."""


@dataclass(frozen=True, slots=True)
class Job:
    """A file to read and the document that it is to become."""

    path: str
    document_id: str
    collection: str
    origin: str
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a file holds, with everything that is found by looking at all of its text."""

    document: Document
    sentences: tuple[Span, ...]
    questions: tuple[DocumentQuestion, ...]


def load_files(jobs: Iterable[Job], *, workers: int, seconds: float) -> Iterator[tuple[Job, Loaded | LoadError]]:
    """What each file holds, or the error that says why not, in the order of the jobs.

    A file that takes longer than `seconds`, or ends its worker, is such an error; the others go on.
    """
    idle: SimpleQueue[_Worker] = SimpleQueue()
    everyone = [_Worker() for _ in range(workers)]
    for worker in everyone:
        idle.put(worker)

    def load(job: Job) -> tuple[Job, Loaded | LoadError]:
        worker = idle.get()
        try:
            return job, worker.load(job, seconds)
        finally:
            idle.put(worker)

    try:
        with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="loader") as pool:
            yield from pool.map(load, jobs)
    finally:
        for worker in everyone:
            worker.end()


class _Worker:
    """One worker process, started when it is first needed and again after it was ended."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def load(self, job: Job, seconds: float) -> Loaded | LoadError:
        process = self._process = self._process or _start()
        late = Timer(seconds, process.kill)
        late.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(asdict(job)).encode() + b"\n")
            process.stdin.flush()
            answer = _receive(process.stdout)
        except (OSError, EOFError):
            expired = not late.is_alive()
            self.end()
            reason = f"reading it took longer than {seconds:g} s" if expired else "reading it ended the reader"
            return LoadError(job.path, f"{reason}; it may be damaged, or made to do harm: split it, or get it again")
        finally:
            late.cancel()
        if not isinstance(answer, Loaded | LoadError):
            raise TypeError(f"a reader answered with {type(answer).__name__}")
        return answer

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for stream in (self._process.stdin, self._process.stdout):
                if stream is not None:
                    with suppress(OSError):  # what was still to be written has no reader any more
                        stream.close()
            self._process = None


def _start() -> subprocess.Popen[bytes]:
    here = str(Path(__file__).resolve().parent.parent)
    path = os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(
        [sys.executable, "-m", "knowledge.isolate"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path},
    )


def _receive(stream: IO[bytes]) -> Any:
    size = _exactly(stream, 8)
    return pickle.loads(_exactly(stream, struct.unpack("<Q", size)[0]))


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def _serve() -> None:
    """Read files until there are no more: what a worker does."""
    from knowledge.load import load_document
    from knowledge.questions import find_questions
    from knowledge.sentences import split_sentences

    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    except (ImportError, ValueError, OSError):
        pass  # a system without such limits; time is limited all the same
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    sys.stdout = sys.stderr  # what a reading library prints must not get between the replies
    for line in sys.stdin:
        job = Job(**json.loads(line))
        answer: Loaded | LoadError
        try:
            document = load_document(
                Path(job.path),
                document_id=job.document_id,
                collection=job.collection,
                max_bytes=job.max_bytes,
                origin=job.origin,
            )
            sentences = split_sentences(document.text, document.blocks)
            answer = Loaded(document, sentences, tuple(find_questions(document)))
        except LoadError as error:
            answer = error
        except MemoryError:
            answer = LoadError(job.path, f"reading it needs more than {MEMORY_BYTES // 2**30} GiB of memory; split it")
        except Exception as error:
            said = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            answer = LoadError(job.path, f"it could not be read ({said}); get it again")
        data = pickle.dumps(answer)
        replies.write(struct.pack("<Q", len(data)) + data)
        replies.flush()


if __name__ == "__main__":
    from knowledge.isolate import _serve as serve  # so that what is pickled belongs to a module that both sides know

    serve()
