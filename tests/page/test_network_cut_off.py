"""The page works where there is no network but this machine's own loopback."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ALONE = ("unshare", "--map-root-user", "--net", "sh", "-c")
"""Runs a command in a network of its own that has nothing in it."""

UNREACHABLE = "import socket; socket.create_connection(('192.0.2.1', 80), 2)"


@pytest.fixture(scope="module")
def alone() -> tuple[str, ...]:
    """How to run a command without a network; where that is not allowed the test is skipped, or fails in CI."""
    tools = all(shutil.which(tool) for tool in ("unshare", "ip", "chromium"))
    if not tools or subprocess.run([*ALONE, "ip link set lo up"], capture_output=True).returncode != 0:
        reason = "no network can be made here; it takes unshare and ip (util-linux, iproute2), and chromium"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    return ALONE


def without_network(alone: tuple[str, ...], *command: str) -> subprocess.CompletedProcess[str]:
    words = f"ip link set lo up && exec {shlex.join(command)}"
    return subprocess.run([*alone, words], cwd=ROOT, capture_output=True, text=True, timeout=170)


def test_there_is_no_network_to_reach_for(alone):
    assert "unreachable" in without_network(alone, sys.executable, "-c", UNREACHABLE).stderr


def test_a_question_is_answered_and_its_citations_open_without_a_network(alone):
    asked = "tests/page/test_library_in_browser.py::" + (
        "test_a_key_question_of_the_documents_is_answered_and_every_citation_opens_its_exact_words"
    )
    outcome = without_network(alone, sys.executable, "-m", "pytest", "-p", "no:cacheprovider", asked)
    assert outcome.returncode == 0, outcome.stdout[-3000:]
