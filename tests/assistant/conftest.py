"""One library of the documents that come with the project, with the real embedder, for every test that asks it."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from assistant import Assistant
from knowledge import Library


@pytest.fixture(scope="session")
def own_library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with Library.open(tmp_path_factory.mktemp("own") / "library") as library:
        report = library.sync(Path(str(files("knowledge").joinpath("sources"))))
        assert not report.failed
        yield library


@pytest.fixture(scope="session")
def assistant(own_library: Library) -> Assistant:
    return Assistant(own_library)
