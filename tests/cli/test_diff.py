"""The diff, judged by git itself."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codemods.model import FileRewrite
from codemods.source import SourceFile
from refactor.changes.diff import file_diff, unified

from .sources import task

if TYPE_CHECKING:
    from .conftest import Refactor

LINES = b"one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\nnine\nten\n"
CASES = {
    "insertion": (LINES, LINES.replace(b"five\n", b"five\nnew\n")),
    "first line": (LINES, b"new\n" + LINES),
    "last line": (LINES, LINES + b"new\n"),
    "two hunks": (LINES, b"new\n" + LINES + b"new\n"),
    "re-indented": (LINES, LINES.replace(b"four\nfive\n", b"try:\n    four\n    five\n")),
    "crlf": (LINES.replace(b"\n", b"\r\n"), LINES.replace(b"five\n", b"five\nnew\n").replace(b"\n", b"\r\n")),
    "mixed ends": (b"a\r\nb\nc\r\nd\n", b"a\r\nnew\r\nb\nc\r\nnew\nd\n"),
    "old mac": (b"a\rb\rc\r", b"a\rnew\rb\rc\r"),
    "no final newline": (b"a\nb\nc", b"a\nnew\nb\nc"),
    "no final newline, last line changed": (b"a\nb", b"a\n    b"),
    "final newline added": (b"a\nb", b"a\nb\n"),
    "final newline lost": (b"a\nb\n", b"a\nb"),
    "bom": (b"\xef\xbb\xbfa\nb\n", b"\xef\xbb\xbfa\nnew\nb\n"),
    "bom on a changed line": (b"\xef\xbb\xbfa\nb\n", b"\xef\xbb\xbfimport x\na\nb\n"),
    "form feed and other ends": (
        b"a\x0cb\x0bc\x1cd\n\xe2\x80\xa8e\nf\n",
        b"a\x0cb\x0bc\x1cd\nnew\n\xe2\x80\xa8e\nf\n",
    ),
    "latin-1": (b"# caf\xe9\nb\n", b"# caf\xe9\nnew\nb\n"),
    "from nothing": (b"", b"a\nb\n"),
    "to nothing": (b"a\nb\n", b""),
    "lines that recur": (b"a\n\nb\n\na\n\nb\n" * 9, (b"a\n\nnew\n\nb\n" + b"\na\n\nb\n") * 9),
    "looks like a header": (b"-- a\n++ b\n@@ c\nd\n", b"-- a\n++ b\n++ new\n-- new\n@@ c\nd\n"),
}


def applied(folder: Path, name: str, before: bytes, after: bytes) -> bytes:
    """What `git apply -p0` makes of a file."""
    file = folder / name
    file.write_bytes(before)
    patch = file_diff(name, before, after)
    for check in (["--check"], []):
        done = subprocess.run(
            ["git", "apply", "-p0", *check, "-"], input=patch, cwd=folder, capture_output=True, check=False
        )
        assert done.returncode == 0, (done.stderr, patch)
    return file.read_bytes() if file.exists() else b""


@pytest.mark.parametrize("case", CASES)
def test_git_applies_it_to_the_byte(here: Path, case: str) -> None:
    before, after = CASES[case]

    assert applied(here, "file.py", before, after) == after


@pytest.mark.parametrize(
    "name", ["with space.py", 'quo"te.py', "tab\there.py", "back\\slash.py", "ünï.py", "a/b.py"]
)
def test_git_finds_files_with_awkward_names(here: Path, name: str) -> None:
    (here / "a").mkdir()
    before, after = CASES["insertion"]

    assert applied(here, name, before, after) == after


def test_headers_that_other_patch_programs_need() -> None:
    """GNU patch ends a name at the first blank unless a tab does, and takes no line 1 of an empty file."""
    patch = file_diff("with space.py", b"", b"a\nb\n")

    assert patch == b"--- with space.py\t\n+++ with space.py\t\n@@ -0,0 +1,2 @@\n+a\n+b\n"


PIECES = st.lists(st.sampled_from([b"a\n", b"b\n", b"\n", b"    a\n", b"c\r\n", b"d"]), max_size=14).map(
    b"".join
)


# The first draw pays for the imports, on a busy machine more than a second of them.
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(before=PIECES, after=PIECES)
def test_any_diff_replayed_gives_the_new_bytes(before: bytes, after: bytes) -> None:
    patch = file_diff("file.py", before, after)

    assert _replayed(before, patch) == after
    assert bool(patch) == (before != after)


def _replayed(before: bytes, patch: bytes) -> bytes:
    """Applies a patch as its format says, trusting its positions."""
    old, new, at, last = before.split(b"\n"), list[bytes](), 0, b""
    old = [line + b"\n" for line in old[:-1]] + ([old[-1]] if old[-1] else [])
    for line in patch.split(b"\n")[2:-1]:
        if line.startswith(b"@@"):
            start, _, count = line.split()[1][1:].partition(b",")
            begin = int(start) - (count != b"0")
            new += old[at:begin]
            at = begin
        elif line.startswith(b"\\"):
            new[-1:] = [new[-1].removesuffix(b"\n")] if last == b"+" else new[-1:]
        else:
            last = line[:1]
            if last in b" -":
                assert old[at].removesuffix(b"\n") == line[1:]
                at += 1
            if last == b" ":
                new.append(old[at - 1])
            if last == b"+":
                new.append(line[1:] + b"\n")
    return b"".join(new + old[at:])


def test_hunks_carry_the_class_they_are_in(here: Path) -> None:
    before = b"class A:\n" + b"    pass\n" * 9

    patch = file_diff("a.py", before, before + b"    new\n")

    assert b"@@ -8,3 +8,4 @@ class A:\n" in patch


def test_for_people_a_line_that_is_only_indented_anew_is_no_change() -> None:
    """What is shown is what is new: the promise is that lines are only inserted."""
    before = b"def run():\n    a = 1\n\n    b = 2\n    # end\n"
    after = b"def run():\n    try:\n        a = 1\n\n        b = 2\n        # end\n    finally:\n        close()\n"

    shown = file_diff("a.py", before, after, moved=True).splitlines()[3:]

    assert shown == [
        b" def run():",
        b"+    try:",
        b"         a = 1",
        b" ",
        b"         b = 2",
        b"         # end",
        b"+    finally:",
        b"+        close()",
    ]
    assert b"\n-        close()" in file_diff("a.py", after, before, moved=True)
    assert b"\n-    a = 1" in file_diff("a.py", before, after)


def test_a_class_statement_is_matched_to_itself() -> None:
    """What recurs in every method does not make the diff jump from one class to the next."""
    methods = "".join(task(f"T{number}") for number in range(30))
    after = "".join(
        line + ("        try:\n" if "def " in line else "") for line in methods.splitlines(keepends=True)
    ).replace("        self.work", "            self.work")

    patch = file_diff("a.py", methods.encode(), after.encode())

    assert b"-class" not in patch
    assert b"+class" not in patch


def test_the_real_size_takes_less_than_a_tenth_of_a_second() -> None:
    body = "".join(
        f"        value_{number} = self.read({number})\n" if number % 4 else "\n" for number in range(70)
    )
    head = "class T{0}(PlanTask):\n    def run_inner(self):\n"
    before = "".join(head.format(number) + body for number in range(60)).encode()
    indented = "".join("    " + line if line.strip() else line for line in body.splitlines(keepends=True))
    inserted = "        db_service = None\n        try:\n" + "            db_service.create({})\n" * 20
    after = "".join(head.format(number) + inserted + indented for number in range(60)).encode()

    begin = time.process_time()
    patch = file_diff("a.py", before, after)

    assert time.process_time() - begin < 0.1
    assert _replayed(before, patch) == after


def test_sorted_by_path_and_unchanged_files_left_out(here: Path) -> None:
    sources = [SourceFile(Path(name), "a\n") for name in ("b.py", "a.py", "c.py")]
    rewrites = [FileRewrite(one, one.with_text("a\nb\n"), ()) for one in sources[:2]]
    rewrites.append(FileRewrite(sources[2], sources[2], ()))

    patch = unified(rewrites)

    assert [line for line in patch.split(b"\n") if line.startswith(b"---")] == [b"--- a.py", b"--- b.py"]


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("final", [True, False])
def test_what_diff_prints_makes_what_apply_writes(
    refactor: Refactor, here: Path, ends: str, bom: bytes, final: bool
) -> None:
    text = (task("A") + task("B")).replace("\n", ends)
    data = bom + (text if final else text.rstrip("\r\n")).encode()
    file = here / "pipeline.py"
    file.write_bytes(data)

    patch = refactor("apply", "--diff", "--all").stdout_bytes
    assert refactor("apply", "--all").exit_code == 0
    written = file.read_bytes()
    file.write_bytes(data)
    subprocess.run(["git", "apply", "-p0", "-"], input=patch, cwd=here, check=True, capture_output=True)

    assert file.read_bytes() == written != data


def test_paths_are_named_from_where_the_user_stands(refactor: Refactor, here: Path) -> None:
    """Absolute, dotted, behind a link: the patch names what git can apply."""
    (here / "package").mkdir()
    (here / "package" / "a.py").write_text(task("A"))
    (here / "link.py").symlink_to("package/a.py")

    for path in (str(here / "package"), "./package/../package/a.py", "link.py"):
        result = refactor("apply", "--diff", "--all", path)
        assert result.stdout.startswith("--- package/a.py\n")
        subprocess.run(
            ["git", "apply", "-p0", "--check", "-"],
            input=result.stdout_bytes,
            cwd=here,
            check=True,
            capture_output=True,
        )
