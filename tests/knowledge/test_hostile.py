"""A folder of hostile and broken files, made by rule, with good ones among them: one sync, within limits.

Each bad file is reported with a reason that names the mend, or read as the harmless text that it is.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import socket
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import docx
import openpyxl
import pptx
import pytest

from knowledge import Library
from tests.conftest import LetterCountEmbedder
from tests.knowledge.test_load import MORE, OLE, PROSE, archive, encrypted_pdf, entity_bomb, report, saved, with_part

CPU_SECONDS = 90.0
"""What the whole sync may take of the cores, workers included; it takes about 40, half a minute with two workers."""

WALL_SECONDS = 300.0
"""The same by the clock, on a machine that has ten times as much to do as it has cores."""

pytestmark = pytest.mark.timeout(600)

WORKER_BYTES = 1.5 * 2**30
"""The most memory that a worker may come to."""

OWN_BYTES = 1.0 * 2**30
"""The most memory that the process which syncs may come to."""

REASON_CHARACTERS = 400

SECRET = "quillwort"
"""Stands in files outside the folder."""

MEND = re.compile(
    r"\b(?:add|allow|attach|convert|download|fill|get|give|point|raise|remove|rename|save|simplify|split|sync|take|unpack)\b"
)
"""The verbs of mends."""

READ = "read"
"""Expected of a file that is harmless text; any other expectation is a part of the reason, and none leaves it open."""


@dataclass(frozen=True, slots=True)
class Hostile:
    """A file and what is expected of it."""

    name: str
    content: bytes
    expected: str | None = None


def word() -> bytes:
    document = docx.Document()
    document.add_heading("Cooling", 1)
    document.add_paragraph(PROSE)
    return saved(document)


def book() -> bytes:
    workbook = openpyxl.Workbook()
    for row in (("Way", "Cost"), ("Air", 1), ("Water", 3)):
        workbook.active.append(row)
    return saved(workbook)


def show() -> bytes:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = "Cooling"
    slide.placeholders[1].text_frame.text = PROSE
    return saved(presentation)


PAGE = f"<!doctype html><title>Cooling</title><h1>Cooling</h1><p>{PROSE}</p><p>{MORE}</p>".encode()
TEXTS = {
    ".md": f"# Cooling\n\n{PROSE}\n\n- {MORE}\n".encode(),
    ".txt": f"Cooling\n\n{PROSE}\n\n{MORE}\n".encode(),
    ".html": PAGE,
    ".csv": b"Way,Cost,Note\nAir,1.5,loud at night and cheap\nWater,3,dear and calm and slow to mend\n",
}
BINARIES = {".pdf": report(), ".docx": word(), ".xlsx": book(), ".pptx": show()}
MAIN_PART = {".docx": "word/document.xml", ".xlsx": "xl/workbook.xml", ".pptx": "ppt/presentation.xml"}
OTHER_KINDS = {
    "PNG": b"\x89PNG\r\n\x1a\n" + bytes(40),
    "JPEG": b"\xff\xd8\xff\xe0" + bytes(40),
    "GIF": b"GIF89a" + bytes(40),
    "gzip": gzip.compress(PROSE.encode()),
    "bzip2": b"BZh91AY&SY" + bytes(40),
    "xz": b"\xfd7zXZ\x00" + bytes(40),
    "7-Zip": b"7z\xbc\xaf\x27\x1c" + bytes(40),
    "RAR": b"Rar!\x1a\x07\x01\x00" + bytes(40),
    "program": b"\x7fELF\x02\x01\x01" + bytes(40),
    "Windows program": b"MZ\x90\x00" + bytes(40),
    "SQLite": b"SQLite format 3\x00" + bytes(80),
    "MP3": b"ID3\x04" + bytes(40),
    "Rich Text": rb"{\rtf1 words}",
    "old Office": OLE,
    "PostScript": b"%!PS-Adobe-3.0\n" + bytes(40),
    "video": b"\x00\x00\x00 ftypisom" + bytes(40),
}


def truncated() -> Iterator[Hostile]:
    for suffix, content in BINARIES.items():
        for part in range(1, 13):
            expected = None if suffix == ".pdf" else "it"
            yield Hostile(f"cut-{part:02}{suffix}", content[: len(content) * part // 13], expected)
    for suffix, content in TEXTS.items():
        for part in (1, 2, 3):
            whole = content.replace(b" ", "\N{HORIZONTAL ELLIPSIS}".encode())
            places = [match.start() for match in re.finditer("\N{HORIZONTAL ELLIPSIS}".encode(), whole)]
            cut = whole[: places[-part] + 2]  # the first two of its three bytes
            yield Hostile(f"cut-in-a-character-{part}{suffix}", cut, "broken bytes")


def damaged() -> Iterator[Hostile]:
    for suffix, content in BINARIES.items():
        for part in range(1, 6):
            place = len(content) * part // 6
            yield Hostile(f"zeros-{part}{suffix}", content[:place] + bytes(200) + content[place + 200 :])
            yield Hostile(f"other-bytes-{part}{suffix}", content[:place] + b"\xa7" * 40 + content[place + 40 :])


def under_another_name() -> Iterator[Hostile]:
    everything = TEXTS | BINARIES
    for real, content in everything.items():
        for suffix in everything:
            if suffix == real:
                continue
            if real in BINARIES:
                expected: str | None = "rename it"
            elif suffix in BINARIES:
                expected = "get it again"
            else:
                expected = None
            marked = content + f"<!-- {real} named {suffix} -->".encode() if real in TEXTS else content
            yield Hostile(f"{real[1:]}-named{suffix}", marked, expected)
    for number, (kind, content) in enumerate(OTHER_KINDS.items()):
        yield Hostile(f"a {kind}{list(everything)[number % len(everything)]}", content, "it is")


def encrypted() -> Iterator[Hostile]:
    yield Hostile("encrypted.pdf", encrypted_pdf(), "password")
    for suffix in MAIN_PART:
        protected = OLE + "EncryptedPackage".encode("utf-16-le")
        yield Hostile(f"encrypted{suffix}", protected, "password")
        flagged = bytearray(BINARIES[suffix])
        for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            start = flagged.find(signature)
            while start >= 0:
                flagged[start + offset] |= 1
                start = flagged.find(signature, start + 4)
        yield Hostile(f"encrypted-parts{suffix}", bytes(flagged), "password")


def archives() -> Iterator[Hostile]:
    nested = archive({"notes.txt": PROSE.encode()})
    for _ in range(30):
        nested = archive({"inside.zip": nested})
    for suffix in BINARIES:
        yield Hostile(f"thirty-archives{suffix}", nested, "unpack it")
        yield Hostile(f"gzip{suffix}", gzip.compress(BINARIES[suffix]), "unpack it")
    for suffix in TEXTS:
        yield Hostile(f"archive{suffix}", nested, "unpack it")
    for suffix, part in MAIN_PART.items():
        content = BINARIES[suffix]
        yield Hostile(f"ZIP-bomb{suffix}", with_part(content, part, lambda xml: xml + bytes(150_000_000)), "trap")
        yield Hostile(f"many-parts{suffix}", with_many_parts(content), "parts")
        climbing = with_part(content, "../../../outside.xml", lambda _: b"<x/>")
        yield Hostile(f"climbing-names{suffix}", climbing, READ)
        yield Hostile(f"same-name-twice{suffix}", with_name_twice(content, part))
        lying = with_part(content, "customXml/item9.xml", lambda _: bytes(80_000_000))
        yield Hostile(f"lying-sizes{suffix}", with_size(lying, "customXml/item9.xml", 100))


def with_many_parts(content: bytes) -> bytes:
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as file:
        for number in range(25_000):
            file.writestr(f"x/{number}", b"")
    return buffer.getvalue()


def with_name_twice(content: bytes, name: str) -> bytes:
    buffer = io.BytesIO(content)
    with zipfile.ZipFile(buffer, "a") as file, pytest.warns(UserWarning, match="Duplicate name"):
        file.writestr(name, b"<other/>")
    return buffer.getvalue()


def with_size(content: bytes, name: str, size: int) -> bytes:
    """The archive with a false unpacked size of one part, in its directory and before the part."""
    lying = bytearray(content)
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        offset = file.getinfo(name).header_offset
    struct.pack_into("<I", lying, offset + 22, size)
    start = lying.find(b"PK\x01\x02")
    while start >= 0:
        if lying[start + 46 :].startswith(name.encode()):
            struct.pack_into("<I", lying, start + 24, size)
        start = lying.find(b"PK\x01\x02", start + 4)
    return bytes(lying)


def entities(outside: Path) -> Iterator[Hostile]:
    naming = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{(outside / "secret.txt").as_uri()}">]>'.encode()
    for suffix, part in MAIN_PART.items():
        content = BINARIES[suffix]
        for place in (part, "[Content_Types].xml", "docProps/core.xml"):
            name = place.rpartition("/")[2].replace("[", "").replace("]", "")
            yield Hostile(f"entity-bomb-in-{name}{suffix}", with_part(content, place, entity_bomb), "declares")
        outer = with_part(content, part, lambda xml: naming + xml.partition(b"?>")[2] if b"?>" in xml else naming + xml)
        yield Hostile(f"entity-of-a-file{suffix}", outer, "declares")
        wide = with_part(content, part, lambda xml: entity_bomb(xml).decode().encode("utf-16"))
        yield Hostile(f"wide-entity-bomb{suffix}", wide, "declares")
    for suffix in TEXTS:
        yield Hostile(f"entity-bomb{suffix}", entity_bomb(PAGE))
        yield Hostile(f"entity-of-a-file{suffix}", naming + b"<p>&e;</p>" + TEXTS[suffix])


def encodings() -> Iterator[Hostile]:
    words = "Größe, čas, мера и ещё много слов: спутник летит, небо темно. "
    for suffix in TEXTS:
        for encoding in ("utf-16-le", "utf-16-be", "utf-32-le"):
            yield Hostile(f"{encoding}{suffix}", (words * 4).encode(encoding), "NUL bytes")
        for encoding in ("koi8-r", "cp500", "cp1251"):
            yield Hostile(f"{encoding}{suffix}", (words * 20).encode(encoding, "replace"))
        yield Hostile(f"utf-7{suffix}", f"{words} {suffix}".encode("utf-7"), READ)
        yield Hostile(f"half-a-mark{suffix}", b"\xff\xfeA", "not valid")
        yield Hostile(f"mark-and-broken{suffix}", b"\xef\xbb\xbfwords \xff\xfe\xfd and words", "not valid")
        yield Hostile(f"noise{suffix}", bytes(range(1, 256)) * 8)


def nul_bytes() -> Iterator[Hostile]:
    for suffix, content in TEXTS.items():
        for where, place in (("first", 0), ("within", len(content) // 2), ("last", len(content))):
            yield Hostile(f"NUL-{where}{suffix}", content[:place] + b"\x00" + content[place:], "NUL bytes")
    for suffix in BINARIES:
        yield Hostile(f"NUL-alone{suffix}", bytes(5_000), "get it again")


def empty() -> Iterator[Hostile]:
    for suffix in TEXTS | BINARIES:
        yield Hostile(f"empty{suffix}", b"", "empty")
        yield Hostile(f"white-space{suffix}", b" \r\n\t\n" * 50, "empty")
    for suffix in TEXTS:
        yield Hostile(f"white-space-of-other-kinds{suffix}", "\u00a0\u2003\u200b\ufeff".encode() * 50)


def nested() -> Iterator[Hostile]:
    for suffix in TEXTS:
        yield Hostile(f"JSON-deep{suffix}", b"[" * 100_000 + b"]" * 100_000)
        yield Hostile(f"braces-deep{suffix}", b'{"a":' * 50_000 + b"1" + b"}" * 50_000)
    for number, tag in enumerate(("div", "b", "ul><li", "table><tr><td", "blockquote", "span", "svg", "details")):
        opened = "".join(f"<{one}>" for one in tag.split("><"))
        yield Hostile(f"deep-{number}.html", f"<html><body>{opened * 20_000}deep".encode())
    yield Hostile("deep-quotes.md", b"> " * 20_000 + b"deep")
    yield Hostile("deep-quotes-without-spaces.md", b">" * 50_000 + b" deep")
    yield Hostile("deep-lists.md", b"- " * 20_000 + b"deep")
    yield Hostile("deep-numbers.md", b"1. " * 10_000 + b"deep")
    yield Hostile("deep-indents.md", "".join(f"{'  ' * depth}- item\n" for depth in range(1_500)).encode())
    yield Hostile("mixed-depth.md", b"> - " * 10_000 + b"deep")
    for number, mark in enumerate(
        ("[", "![", "*", "_", "`", "~~", "<", "(", "](", "**a _b ", "[a](", "<!--", "|", "# ")
    ):
        yield Hostile(f"open-marks-{number}.md", mark.encode() * 20_000 + b" deep")
    yield Hostile("many-links.md", b"[a]: /x\n" * 20_000 + b"[a]" * 20_000)
    yield Hostile("many-columns.md", b"|a" * 5_000 + b"|\n" + b"|-" * 5_000 + b"|\n" + (b"|b" * 5_000 + b"|\n") * 40)
    paragraph = b"<w:p><w:r><w:t>deep</w:t></w:r></w:p>"
    table, end = b"<w:tbl><w:tr><w:tc>", b"</w:tc></w:tr></w:tbl>"
    control, control_end = b"<w:sdt><w:sdtContent>", b"</w:sdtContent></w:sdt>"
    for name, (opening, closing) in {"tables": (table, end), "controls": (control, control_end)}.items():
        for depth in (60, 20_000):
            body = opening * depth + paragraph + closing * depth
            content = with_part(
                BINARIES[".docx"],
                "word/document.xml",
                lambda xml, body=body: xml.replace(b"<w:body>", b"<w:body>" + body),
            )
            yield Hostile(f"{name}-{depth}.docx", content)
    yield Hostile("pages-that-hold-themselves.pdf", loop_of_pages())
    yield Hostile("deep-arrays.pdf", b"%PDF-1.4\n1 0 obj\n" + b"[" * 100_000 + b"]" * 100_000 + b"\nendobj\n%%EOF")
    formulas = openpyxl.Workbook()
    for row in range(1, 200):
        formulas.active.cell(row, 1, "=" + "(" * 500 + "1" + ")" * 500)
    formulas.active.cell(1_048_576, 16_384, "far")
    yield Hostile("formulas.xlsx", saved(formulas))


def loop_of_pages() -> bytes:
    parts = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[2 0 R 3 0 R]/Count 1000000>>",
        b"<</Type/Page/Parent 2 0 R/Contents 3 0 R>>",
    ]
    body = b"%PDF-1.4\n"
    for number, part in enumerate(parts, start=1):
        body += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    return body + b"trailer<</Root 1 0 R/Size 4/Prev 9>>\nstartxref\n9\n%%EOF"


def long_lines() -> Iterator[Hostile]:
    for suffix in TEXTS:
        yield Hostile(f"30-MB-on-one-line{suffix}", b"word " * 6_000_000, "split it")
        yield Hostile(f"30-MB-without-a-space{suffix}", b"x" * 30_000_000, "split it")
        yield Hostile(f"1-MB-on-one-line{suffix}", f"long{suffix[1:]} ".encode() * 150_000)
    yield Hostile("100-MB-on-one-line.txt", b"word " * 20_000_000, "raise max_file_bytes")
    yield Hostile("a-million-lines.txt", b"a\n" * 1_000_000)
    yield Hostile("a-million-blank-lines.md", b"a" + b"\n" * 1_000_000 + b"b")
    yield Hostile("a-million-cells.csv", b"a," * 1_000_001)
    yield Hostile("one-cell.csv", b'"' + b"y" * 1_000_000)
    yield Hostile("many-tags.html", b"<html>" + b"<p><i>a</i>" * 300_000)
    long, after = b"<p>" + b"word " * 3_000_000, b"</p><p>after</p>"
    yield Hostile("one-long-element.html", b"<html><p>before</p>" + long + after, "split it")
    yield Hostile("attributes.html", b"<html><p " + b"a=b " * 300_000 + b">words")


def hostile_files(outside: Path) -> list[Hostile]:
    return [
        *truncated(), *damaged(), *under_another_name(), *encrypted(), *archives(), *entities(outside), *encodings(),
        *nul_bytes(), *empty(), *nested(), *long_lines(),
    ]  # fmt: skip


def good_files() -> dict[str, bytes]:
    return {f"good{suffix}": content for suffix, content in (TEXTS | BINARIES).items()}


NAMES = {
    "name\nwith a line end.md": "rename it",
    "name\x1b[31mred.md": "rename it",
    "name\u202edm.exe.md": "rename it",
    "name\u2066hidden\u2069.md": "rename it",
    "name\x7f.md": "rename it",
    "name\u2028.md": "rename it",
    "-rf.md": READ,
    "$(touch x).md": READ,
    "<img src=x onerror=x>.md": READ,
    "' OR 1=1 --.md": READ,
    "a\\..\\up.md": READ,
    "CON.md": READ,
    "tail space .md": READ,
    f"{'n' * 252}.md": READ,
    "\N{PILE OF POO}.md": READ,
    "\u0627\u0644\u0634\u0627\u064a.md": READ,
    os.fsdecode(b"half \xff\xfe.md"): "rename it",
    os.fsdecode(b"half \xed\xa0\x80.md"): "rename it",
}


def write_names(folder: Path) -> None:
    for number, name in enumerate(NAMES):
        (folder / name).write_text(f"# Name\n\nA file with a name of kind {number}.\n", encoding="utf-8")


def write_entries(folder: Path, outside: Path) -> dict[str, str | None]:
    """What is in a folder and is no plain file, or no ordinary one, and what is expected of it."""
    links = {
        "link-to-a-file-outside.md": outside / "secret.txt",
        "link-up.md": Path("../outside/secret.txt"),
        "link-to-a-folder-outside": outside,
        "link-to-the-root": Path("/"),
        "link-to-itself.md": folder / "link-to-itself.md",
        "link-to-nothing.md": folder / "nothing.md",
        "link-to-zeros.txt": Path("/dev/zero"),
        "link-to-noise.txt": Path("/dev/urandom"),
        "link-to-memory.txt": Path("/proc/self/mem"),
        "link-to-the-folder": folder,
        "link-to-a-good-file.md": folder / "good.md",
        "there.md": folder / "back.md",
        "back.md": folder / "there.md",
    }
    for name, target in links.items():
        (folder / name).symlink_to(target)
    os.mkfifo(folder / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as listening:
        there = Path.cwd()
        os.chdir(folder)  # a socket's path must be short
        listening.bind("socket.txt")
        os.chdir(there)
    with (folder / "sparse-large.txt").open("wb") as file:
        file.truncate(2**40)
    with (folder / "sparse-small.txt").open("wb") as file:
        file.truncate(60 * 2**20)
    (folder / "folder.md").mkdir()
    (folder / "unreadable.md").write_text("# Sealed\n\nNobody may read this, but an administrator.\n", encoding="utf-8")
    (folder / "unreadable.md").chmod(0)
    (folder / "sealed").mkdir()
    (folder / "sealed" / "a.md").write_text("# Sealed\n\nNobody may look into this folder.\n", encoding="utf-8")
    (folder / "sealed").chmod(0)
    deep = folder
    for _ in range(40):
        deep = deep / "deep"
        deep.mkdir()
    (deep / "deep.md").write_text("# Deep\n\nThis file lies deep down.\n", encoding="utf-8")
    (folder / "zz-vanishes.txt").write_text("This file is gone before it is read. " * 20, encoding="utf-8")
    (folder / "zz-grows.txt").write_text("This file grows before it is read. " * 20, encoding="utf-8")
    return {
        "link-to-a-file-outside.md": "outside",
        "link-up.md": "outside",
        "link-to-a-folder-outside": "outside",
        "link-to-the-root": "outside",
        "link-to-itself.md": "nothing",
        "link-to-nothing.md": "nothing",
        "there.md": "nothing",
        "back.md": "nothing",
        "link-to-zeros.txt": "outside",
        "link-to-noise.txt": "outside",
        "link-to-memory.txt": "outside",
        "link-to-a-good-file.md": READ,
        "pipe.txt": "no file",
        "socket.txt": "no file",
        "sparse-large.txt": "raise max_file_bytes",
        "sparse-small.txt": "NUL bytes",
        "unreadable.md": None if os.getuid() == 0 else "allow",
        "zz-vanishes.txt": "sync again",
        "zz-grows.txt": "sync again",
    }


PROGRAM = """
import json, resource, sys, time
from pathlib import Path
from knowledge import Library, LibrarySettings
from tests.conftest import LetterCountEmbedder

library_path, folder = map(Path, sys.argv[1:])

def meddle(progress):
    if progress.stage == "reading" and progress.done == 1:
        (folder / "zz-vanishes.txt").unlink()
        with (folder / "zz-grows.txt").open("a") as file:
            file.write("More.")

settings = LibrarySettings(workers=2, load_seconds=20)
with Library.open(library_path, embedder=LetterCountEmbedder(), settings=settings) as library:
    started = time.perf_counter()
    report = library.sync(folder, progress=meddle)
    seconds = time.perf_counter() - started
# getrusage would count what the parent held when it made this process
held = next(int(line.split()[1]) for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
print(json.dumps({
    "seconds": seconds,
    "cpu": sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)),
    "failed": [[failure.path, failure.reason] for failure in report.failed],
    "read": [*report.added, *(name for name, _ in report.duplicates)],
    "own": held * 1024,
    "workers": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024,
}))
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one sync over the folder came to."""

    library: Path
    expected: dict[str, str | None]
    failed: dict[str, str]
    read: set[str]
    seconds: float
    cpu_seconds: float
    own_bytes: float
    worker_bytes: float


@pytest.fixture(scope="module")
def outcome(tmp_path_factory):
    home = tmp_path_factory.mktemp("hostile")
    folder, outside = home / "folder", home / "outside"
    folder.mkdir()
    outside.mkdir()
    (outside / "secret.txt").write_text(f"The {SECRET} is told to nobody.\n", encoding="utf-8")
    expected: dict[str, str | None] = {}
    for one in hostile_files(outside):
        assert one.name not in expected
        (folder / one.name).write_bytes(one.content)
        expected[one.name] = one.expected
    for name, content in good_files().items():
        (folder / name).write_bytes(content)
    write_names(folder)
    expected |= {shown(name): one for name, one in NAMES.items()}
    expected |= write_entries(folder, outside)
    program = [sys.executable, "-c", PROGRAM, str(home / "library"), str(folder)]
    done = subprocess.run(program, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=False)
    assert done.returncode == 0, done.stderr[-3_000:]
    told = json.loads(done.stdout)
    yield Outcome(
        library=home / "library",
        expected=expected,
        failed=dict(told["failed"]),
        read=set(told["read"]),
        seconds=told["seconds"],
        cpu_seconds=told["cpu"],
        own_bytes=told["own"],
        worker_bytes=told["workers"],
    )
    (folder / "sealed").chmod(0o700)


def shown(name: str) -> str:
    """A name as a report shows it."""
    return name if NAMES[name] == READ else repr(name)


def test_there_are_at_least_two_hundred_of_them(outcome):
    assert len(outcome.expected) >= 200


def test_each_is_reported_or_read_as_the_harmless_text_it_is(outcome):
    told_nothing = {name for name in outcome.expected if name not in outcome.failed and name not in outcome.read}
    assert told_nothing == set()
    otherwise = {
        name: outcome.failed.get(name, READ)
        for name, expected in outcome.expected.items()
        if expected is not None and expected not in outcome.failed.get(name, READ)
    }
    assert otherwise == {}


def test_each_reason_is_short_and_names_the_mend(outcome):
    assert {name: reason for name, reason in outcome.failed.items() if not MEND.search(reason)} == {}
    assert {name for name, reason in outcome.failed.items() if len(reason) > REASON_CHARACTERS} == set()
    assert all(text.isprintable() for failure in outcome.failed.items() for text in failure)


def test_nothing_but_what_lies_in_the_folder_is_reported(outcome):
    assert set(outcome.failed) <= outcome.expected.keys() | {"sealed"}


def test_the_good_ones_among_them_are_found(outcome):
    with Library.open(outcome.library, read_only=True, embedder=LetterCountEmbedder()) as library:
        for name in good_files():
            document = library.document(name)
            words = document.text.split("\n")[-1][-60:]
            hits = library.search(words, limit=50)
            assert document.content_hash in {hit.document_hash for hit in hits}, name
        assert library.document("/".join(["deep"] * 40) + "/deep.md").text.endswith("deep down.")


def test_no_word_from_outside_the_folder_is_read(outcome):
    with Library.open(outcome.library, read_only=True, embedder=LetterCountEmbedder()) as library:
        for summary in library.documents():
            assert SECRET not in library.document(summary.id).text


def test_it_takes_a_bounded_time(outcome):
    assert outcome.cpu_seconds < CPU_SECONDS
    assert outcome.seconds < WALL_SECONDS


def test_it_takes_bounded_memory_in_the_workers_and_beside_them(outcome):
    assert outcome.worker_bytes < WORKER_BYTES
    assert outcome.own_bytes < OWN_BYTES
