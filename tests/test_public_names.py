"""The public face is short, sorted and importable, and importing it costs nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import assistant
import evals
import knowledge


@pytest.mark.parametrize("package", [knowledge, assistant, evals], ids=lambda package: package.__name__)
def test_public_names_are_there_and_documented(package):
    for name in package.__all__:
        value = getattr(package, name)
        if isinstance(value, type) or callable(value):
            assert value.__doc__, f"{package.__name__}.{name} has no docstring"


@pytest.mark.parametrize("package", [knowledge, assistant], ids=lambda package: package.__name__)
def test_the_lazy_table_holds_exactly_the_public_names(package):
    assert set(package.__all__) == set(package._HOME)


@pytest.mark.parametrize("package", [knowledge, assistant], ids=lambda package: package.__name__)
def test_an_unknown_name_is_an_attribute_error(package):
    with pytest.raises(AttributeError, match="nonsense"):
        _ = package.nonsense


def test_importing_loads_nothing_heavy():
    code = (
        "import sys, knowledge, assistant, evals\n"
        "from knowledge import Library\nfrom assistant import Assistant\n"
        "heavy = ('torch', 'transformers', 'gradio', 'sentence_transformers', 'chromadb')\n"
        "print([m for m in heavy if m in sys.modules])"
    )
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert outcome.stdout.strip() == "[]"


def test_an_answer_needs_no_torch(tmp_path):
    code = (
        "import sys\nfrom knowledge import Library\nfrom assistant import Assistant\n"
        f"library = Library.open({str(tmp_path / 'library')!r})\nAssistant(library).ask('What is this?')\n"
        "print([m for m in ('torch', 'transformers', 'gradio', 'sentence_transformers') if m in sys.modules])"
    )
    outcome = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert outcome.stdout.strip() == "[]"
