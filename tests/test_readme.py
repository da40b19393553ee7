"""What the README shows works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_first_python_block_runs(tmp_path):
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert code is not None
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "sources").symlink_to(ROOT / "knowledge" / "sources")
    script = tmp_path / "script.py"  # a script without a guard, as people write them
    script.write_text(code.group(1), encoding="utf-8")
    outcome = subprocess.run(
        [sys.executable, "-c", f"exec(open({str(script)!r}).read())"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.startswith("answered")


def test_every_make_target_it_names_is_there():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"^    make ([a-z]+)", README, re.MULTILINE)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_command_it_names_is_there():
    for module, commands in re.findall(r"`python -m (\w+) ([a-z|]+)`?", README):
        outcome = subprocess.run(
            [sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        for command in commands.split("|"):
            assert command in outcome.stdout, f"python -m {module} {command}"
