"""Who may know whom, read from the imports."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("knowledge", "assistant", "evals")
MAY_KNOW = {
    "knowledge": set(),
    "assistant": {"knowledge"},
    "evals": {"assistant", "knowledge"},
    "app": {"assistant", "knowledge"},
}

HOME = {
    "chromadb": {"knowledge.vectors"},
    "tantivy": {"knowledge.words"},
    "sqlalchemy": {"knowledge.catalog", "assistant.records"},
    "gradio": {"assistant.page", "app"},
}
"""A vendor's only homes."""

GROUND = {
    "knowledge": {"types", "errors", "settings", "encoder"},
    "assistant": {
        "types",
        "errors",
        "settings",
        "prompts",
        "language",
        "odds",
        "quantities",
        "wording",
        "reader",
        "verifier",
    },
}
WALKS = {"knowledge": {"library"}, "assistant": {"chain"}}
DOORS = {"knowledge": {"__main__", "__init__"}, "assistant": {"__main__", "__init__", "page"}}

BELOW = {
    "assistant.check": {"cite", "read", "verify"},
    "assistant.verify": {"contradict"},
    "assistant.conflict": {"asked"},
    "assistant.rewrite": {"listen"},
    "assistant.write": {"listen", "marks"},
    "knowledge.embed": {"export"},
    "knowledge.isolate": {"load", "questions", "sentences"},
    "knowledge.load": {"clean", "formats"},
    "knowledge.clean": {"formats"},
    "knowledge.questions": {"formats"},
    "knowledge.sentences": set(),
}
"""The stages that stand on another: reading is made of formats, an embedder of an exported encoder, a check of judging
and citing."""


def modules() -> dict[str, Path]:
    found = {"app": ROOT / "app.py"}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
            found[name.removesuffix(".__init__") if name.count(".") > 1 else name] = path
    return found


def imports(path: Path, *, only_at_import: bool = False) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = ast.walk(tree) if not only_at_import else _outside_functions(tree)
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _outside_functions(tree: ast.AST):
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        yield node
        yield from _outside_functions(node)


MODULES = modules()


@pytest.mark.parametrize("name", MODULES)
def test_packages_know_only_what_stands_below_them(name):
    package = name.split(".")[0]
    known = {module.split(".")[0] for module in imports(MODULES[name])} & {*PACKAGES, "app"} - {package}
    assert known <= MAY_KNOW[package]


@pytest.mark.parametrize("name", [name for name in MODULES if name == "app" or name.startswith("assistant.")])
def test_from_another_package_only_public_names_are_imported(name):
    tree = ast.parse(MODULES[name].read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    own = "assistant" if name.startswith("assistant.") else "app"
    inside = {module for module in modules if module.startswith(("knowledge.", "assistant.")) and own not in module}
    assert {module for module in inside if not module.startswith("assistant.page")} == set()


@pytest.mark.parametrize("name", MODULES)
def test_a_vendor_has_one_home(name):
    for module in imports(MODULES[name]):
        homes = HOME.get(module.split(".")[0])
        if homes is not None:
            assert any(name == home or name.startswith(home + ".") for home in homes), f"{name} imports {module}"


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith(("knowledge.", "assistant."))])
def test_stages_do_not_import_each_other(name):
    package, stage = name.split(".")[:2]
    if stage in WALKS[package] | DOORS[package]:
        return
    used = {module.split(".")[1] for module in imports(MODULES[name]) if module.startswith(package + ".")}
    allowed = GROUND[package] | {stage} | BELOW.get(f"{package}.{stage}", set())
    if stage in GROUND[package]:
        allowed = GROUND[package]
    if stage == "formats":
        allowed = GROUND[package] | {"formats"}
    assert used <= allowed, f"{name} imports {sorted(used - allowed)}"


@pytest.mark.parametrize("name", ["knowledge.types", "knowledge.errors", "assistant.types", "assistant.settings"])
def test_types_and_settings_are_leaves(name):
    below = MAY_KNOW[name.split(".")[0]]
    assert not {module for module in imports(MODULES[name]) if module.split(".")[0] in set(PACKAGES) - below}


@pytest.mark.parametrize("name", MODULES)
def test_the_heavy_is_imported_where_it_is_used(name):
    heavy = {"torch", "transformers", "sentence_transformers", "gradio", "chromadb", "onnxruntime", "trafilatura"}
    if name.startswith("assistant.page"):
        heavy -= {"gradio"}
    assert not {module.split(".")[0] for module in imports(MODULES[name], only_at_import=True)} & heavy


def test_app_is_short():
    assert len((ROOT / "app.py").read_text(encoding="utf-8").splitlines()) < 60


def test_the_top_level_is_as_designed():
    tracked = {
        "Makefile", "README.md", "ARCHITECTURE.md", "LICENSE", "NOTICE", "CHANGELOG.md", "Dockerfile",
        "requirements.lock", "pyproject.toml", "app.py", "assistant", "knowledge", "evals", "tests",
    }  # fmt: skip
    made = {"results", "screenshots", "build", "dist"}
    found = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    unknown = {name for name in found - tracked - made if not name.endswith(".egg-info")} - {"__pycache__"}
    assert unknown == set()
