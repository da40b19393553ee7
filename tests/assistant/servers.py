"""Small model servers on this machine, in the protocols that providers speak."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class ModelServer:
    """A server that answers every request alike, and keeps what it was sent."""

    address: str
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def serving(lines: Sequence[str], *, status: int = 200, cut: bool = False) -> Iterator[ModelServer]:
    """A server whose answer is these lines; with `cut`, it hangs up after them instead of ending the answer."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            server.headers.append({name.lower(): value for name, value in self.headers.items()})
            server.bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            content = "".join(lines).encode()
            self.send_response(status)
            self.send_header(
                "content-type", "text/event-stream" if lines[0].startswith(("data", "event")) else "application/json"
            )
            self.send_header("content-length", str(len(content) + 100 * cut))
            self.end_headers()
            self.wfile.write(content)
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        server = ModelServer(f"http://127.0.0.1:{listening.server_port}")
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()


def as_openai(*texts: str) -> list[str]:
    """Texts as OpenAI's chat completions are streamed."""
    chunks = [
        {
            "id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{"index": 0, "delta": {"role": "assistant", "content": text}, "finish_reason": None}],
        }
        for text in texts
    ]  # fmt: skip
    return [*(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks), "data: [DONE]\n\n"]


def as_ollama(*texts: str) -> list[str]:
    """Texts as Ollama streams them."""
    said = [
        {"model": "m", "created_at": "2026-11-24T00:00:00Z", "message": {"role": "assistant", "content": text}}
        for text in texts
    ]
    return [json.dumps({**one, "done": False}) + "\n" for one in said] + [
        json.dumps({**said[-1], "message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"})
        + "\n"
    ]


def as_anthropic(*blocks: tuple[str, int]) -> list[str]:
    """Texts as Anthropic streams them, each with a citation of one sentence of the first document."""
    events: list[dict[str, Any]] = [
        {
            "type": "message_start",
            "message": {
                "id": "1", "type": "message", "role": "assistant", "content": [], "model": "m", "stop_reason": None,
                "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1},
            },
        }
    ]  # fmt: skip
    for index, (text, sentence) in enumerate(blocks):
        citation = {
            "type": "content_block_location", "cited_text": "...", "document_index": 0, "document_title": "Tea",
            "start_block_index": sentence, "end_block_index": sentence + 1,
        }  # fmt: skip
        deltas = [{"type": "citations_delta", "citation": citation}, {"type": "text_delta", "text": text}]
        block = {"type": "text", "text": "", "citations": []}
        events.append({"type": "content_block_start", "index": index, "content_block": block})
        events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        events.append({"type": "content_block_stop", "index": index})
    usage = {"output_tokens": 9}
    events.append(
        {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None}, "usage": usage}
    )
    events.append({"type": "message_stop"})
    return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]
