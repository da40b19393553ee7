"""Nothing leaves the machine and no file lies where it should not: seen at the level of system calls."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest
from platformdirs import user_cache_path

from knowledge import open_encoder
from tests.assistant.servers import as_openai, serving

ROOT = Path(__file__).parent.parent
CALLS = "%network,open,openat,creat,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlink,symlinkat"

ASK = """
import sys
from assistant import Assistant
from knowledge import Library
with Library.open(sys.argv[1]) as library:
    library.sync(sys.argv[2])
    assistant = Assistant(library)
    for question in ("Where does tea grow?", "Who leads the moon?", "What is this about?"):
        print(assistant.ask(question).status)
"""

ASK_A_MODEL = """
import sys
from assistant import Assistant, AssistantSettings
from knowledge import Library
with Library.open(sys.argv[1]) as library:
    library.sync(sys.argv[2])
    settings = AssistantSettings(refuse_above_risk=1.0)
    print(Assistant(library, model="openai:m@ADDRESS/v1", settings=settings).ask("Where does tea grow?").written_by)
"""

PATH = re.compile(r'"((?:[^"\\]|\\.)*)"')


@pytest.fixture(scope="module")
def strace() -> str:
    """The tracer; where there is none the test is skipped, or fails in CI."""
    open_encoder()  # it is exported once, before anything is traced
    found = shutil.which("strace")
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("there is no strace; on Debian: apt-get install strace")
    return found


def traced(strace: str, trace: Path, temporary: Path, *command: str) -> subprocess.Popen[str]:
    temporary.mkdir()
    environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [strace, "-f", "--seccomp-bpf", "-qq", "-y", "-s", "400", "-e", f"trace={CALLS}", "-o", str(trace),
         sys.executable, *command],
        cwd=temporary, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def calls(trace: Path) -> list[str]:
    """Each system call on one line, begun and resumed parts as they stand, without the number of its process."""
    return [re.sub(r"^\d+\s+", "", line) for line in trace.read_text(encoding="utf-8", errors="replace").splitlines()]


def sent_elsewhere(lines: list[str]) -> Iterator[str]:
    """Calls that name an address which is neither this machine's loopback nor a socket in the file system."""
    for line in lines:
        if re.search(r"sa_family=AF_INET6?\b", line):
            loopback = 'inet_addr("127.' in line or '"::1"' in line
            if not loopback and re.match(r"(?:connect|bind|sendto|sendmsg|sendmmsg)\(", line):
                yield line
        elif re.match(r"connect\(.*sa_family=(?!AF_UNIX|AF_UNSPEC)", line):
            yield line


def written(lines: list[str]) -> Iterator[str]:
    """Absolute paths that a call may have made or changed."""
    for line in lines:
        opened = re.match(r"(?:open|openat)\(", line) and re.search(r"O_(?:WRONLY|RDWR|CREAT)", line)
        made = re.match(r"(?:creat|mkdir|mkdirat|rename|renameat|renameat2|link|linkat|symlink|symlinkat)\(", line)
        if (opened or made) and not re.search(r"= -1 E(?:NOENT|EXIST|ROFS|ACCES)", line):
            yield from (path for path in PATH.findall(line) if path.startswith("/"))


def assert_silent(trace: Path, *folders: Path) -> None:
    lines = calls(trace)
    assert any(line.startswith("openat(") for line in lines), "the trace is empty"
    assert list(sent_elsewhere(lines)) == []
    assert not [line for line in lines if "htons(53)" in line], "a name was looked up"
    allowed = [str(folder) for folder in (*folders, user_cache_path("key-questions"))]
    allowed += ["/dev/", "/proc/"]
    assert sorted({path for path in written(lines) if not path.startswith(tuple(allowed))}) == []


def test_syncing_and_answering_reach_for_nothing_outside(strace, tmp_path):
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "tea.md").write_text("# Tea\n\nTea grows on misty hills.\n", encoding="utf-8")
    (tmp_path / "documents" / "page.html").write_text(
        '<html><head><link rel="stylesheet" href="http://192.0.2.1/a.css"></head><body><h1>Rice</h1>'
        '<p>Rice grows in flooded fields, and <img src="http://192.0.2.1/a.png"> is not fetched.</p></body></html>',
        encoding="utf-8",
    )
    trace, library, temporary = tmp_path / "trace", tmp_path / "library", tmp_path / "temporary"
    process = traced(strace, trace, temporary, "-c", ASK, str(library), str(tmp_path / "documents"))
    said, _ = process.communicate(timeout=150)
    assert process.returncode == 0, said
    assert "answered" in said
    assert_silent(trace, library, temporary)


def test_with_a_chat_model_nothing_but_its_address_is_reached_for(strace, tmp_path):
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "tea.md").write_text("# Tea\n\nTea grows on misty hills.\n", encoding="utf-8")
    trace, library, temporary = tmp_path / "trace", tmp_path / "library", tmp_path / "temporary"
    with serving(as_openai("Tea grows on misty hills. [1]")) as server:
        code = ASK_A_MODEL.replace("ADDRESS", server.address)
        process = traced(strace, trace, temporary, "-c", code, str(library), str(tmp_path / "documents"))
        said, _ = process.communicate(timeout=150)
    assert process.returncode == 0, said
    assert said == "model\n"
    assert_silent(trace, library, temporary)
    ports = {port for line in calls(trace) if line.startswith("connect(") for port in re.findall(r"htons\((\d+)", line)}
    assert ports == {server.address.rpartition(":")[2]}


def test_the_page_reaches_for_nothing_outside(strace, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    trace, library, temporary = tmp_path / "trace", tmp_path / "library", tmp_path / "temporary"
    command = (str(ROOT / "app.py"), "--library", str(library), "--port", str(port))
    process = traced(strace, trace, temporary, *command)
    straight = build_opener(ProxyHandler({}))
    try:
        page = ""
        for _ in range(300):
            time.sleep(0.4)
            assert process.poll() is None, process.stdout.read()
            try:
                with straight.open(f"http://127.0.0.1:{port}/healthz", timeout=5) as response:
                    ready = b"true" in response.read()
            except OSError:
                continue
            if ready:
                with straight.open(f"http://127.0.0.1:{port}/", timeout=20) as response:
                    page = response.read().decode()
                break
        assert "<html" in page.lower()
    finally:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="utf-8").split()
        for child in children:
            os.kill(int(child), signal.SIGINT)
        process.communicate(timeout=30)
    assert_silent(trace, library, temporary)


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        pytest.param('connect(3, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.1")}, 16)', 1, id="out"),  # noqa: E501
        pytest.param('connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("127.0.0.1")}, 16)', 0, id="loopback"),  # noqa: E501
        pytest.param('sendto(3, "x", 1, 0, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("10.0.0.2")}, 16)', 1, id="look-up"),  # noqa: E501
        pytest.param('connect(3, {sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}, 110)', 0, id="file system"),
    ],
)  # fmt: skip
def test_the_watch_itself_sees_what_goes_out(line, seen):
    assert len(list(sent_elsewhere([line]))) == seen
