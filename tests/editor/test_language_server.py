"""The language server as an editor meets it: a process of its own, and a client that speaks the protocol."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls", reason="pygls is in the dev extra")

from lsprotocol import types as lsp
from pygls.lsp.client import LanguageClient

from tests.report import projects

ROOT = Path(__file__).resolve().parents[2]
SERVER = (sys.executable, "-c", "from refactor.cli import main; main()", "lsp")


class Editor:
    """One editor with its server."""

    def __init__(self) -> None:
        self.client = LanguageClient("test", "1")
        self.published: asyncio.Queue[lsp.PublishDiagnosticsParams] = asyncio.Queue()
        self.shown: list[str] = []

        @self.client.feature(lsp.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def publish(params: lsp.PublishDiagnosticsParams) -> None:
            self.published.put_nowait(params)

        @self.client.feature(lsp.WINDOW_SHOW_MESSAGE)
        def show(params: lsp.ShowMessageParams) -> None:
            self.shown.append(params.message)

    async def diagnostics(self, version: int | None) -> list[lsp.Diagnostic]:
        while True:
            params = await asyncio.wait_for(self.published.get(), 120)
            if params.version == version:
                return list(params.diagnostics)

    def open(self, path: Path, text: str | None = None) -> str:
        text = path.read_text(encoding="utf-8") if text is None else text
        document = lsp.TextDocumentItem(path.as_uri(), "python", 1, text)
        self.client.text_document_did_open(lsp.DidOpenTextDocumentParams(document))
        return path.as_uri()

    def change(self, uri: str, version: int, text: str) -> None:
        self.client.text_document_did_change(
            lsp.DidChangeTextDocumentParams(
                lsp.VersionedTextDocumentIdentifier(version, uri),
                [lsp.TextDocumentContentChangeWholeDocument(text)],
            )
        )

    async def actions(self, uri: str, row: int, only: list[lsp.CodeActionKind] | None = None) -> list[Any]:
        at = lsp.Position(row, 4)
        context = lsp.CodeActionContext([], only=only)
        params = lsp.CodeActionParams(lsp.TextDocumentIdentifier(uri), lsp.Range(at, at), context)
        return list(await self.client.text_document_code_action_async(params) or [])

    async def hover(self, uri: str, row: int) -> str:
        params = lsp.HoverParams(lsp.TextDocumentIdentifier(uri), lsp.Position(row, 8))
        found = await self.client.text_document_hover_async(params)
        return "" if found is None else str(found.contents.value)  # type: ignore[union-attr]


def in_editor(story: Callable[[Editor], Awaitable[None]], root: Path, **capabilities: Any) -> None:
    async def run() -> None:
        editor = Editor()
        await editor.client.start_io(*SERVER, cwd=root, env={**os.environ, "PYTHONPATH": str(ROOT)})
        try:
            await editor.client.initialize_async(
                lsp.InitializeParams(
                    capabilities=lsp.ClientCapabilities(**capabilities),
                    process_id=os.getpid(),
                    root_uri=root.as_uri(),
                )
            )
            editor.client.initialized(lsp.InitializedParams())
            await story(editor)
        finally:
            # Also after a failure: the client waits for its server, which ends when it is told to.
            await asyncio.wait_for(editor.client.shutdown_async(None), 60)
            editor.client.exit(None)
            await asyncio.wait_for(editor.client.stop(), 60)

    asyncio.run(run())


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return projects.every_kind(tmp_path / "plan")


def row_of(text: str, piece: str) -> int:
    return text[: text.index(piece)].count("\n")


def followed(text: str, edits: list[Any]) -> str:
    """The text after the edits, as an editor applies them: all at once, from the end."""
    lines = text.splitlines(keepends=True)
    for edit in sorted(edits, key=lambda one: -one.range.start.line):
        assert edit.range.start.character == edit.range.end.character == 0
        lines[edit.range.start.line : edit.range.end.line] = [edit.new_text]
    return "".join(lines)


def test_findings_come_on_opening_and_go_with_the_change(plan: Path) -> None:
    async def story(editor: Editor) -> None:
        path = plan / projects.FILE
        text = path.read_text(encoding="utf-8")
        uri = editor.open(path)
        found = await editor.diagnostics(1)
        by_code = {one.code: one for one in found}
        assert {"DBF000", "DBF700"} <= by_code.keys()
        assert by_code["DBF700"].severity is lsp.DiagnosticSeverity.Error
        assert by_code["DBF000"].severity is lsp.DiagnosticSeverity.Warning
        assert "write the file last" in by_code["DBF700"].message
        assert (
            text.splitlines()[by_code["DBF700"].range.start.line].strip()
            == "result.save_raw(self.output().path)"
        )
        editor.change(uri, 2, text.replace("(PlanTask)", "(Something)"))
        assert await editor.diagnostics(2) == []
        editor.change(uri, 3, "class Broken(PlanTask:\n")
        assert await editor.diagnostics(3) == []

    in_editor(story, plan)


def test_the_action_writes_what_apply_writes(plan: Path) -> None:
    async def story(editor: Editor) -> None:
        path = plan / projects.FILE
        text = path.read_text(encoding="utf-8")
        uri = editor.open(path)
        (action,) = await editor.actions(uri, row_of(text, "class SummariseTask") + 5)
        assert action.title == "Refactor this task (SummariseTask)"
        (change,) = action.edit.document_changes
        assert change.text_document.version == 1
        assert projects.run("apply", "--task", "SummariseTask", plan).exit_code == 0
        assert followed(text, change.edits) == path.read_text(encoding="utf-8")

    in_editor(story, plan)


def test_what_cannot_be_done_says_why_and_what_is_done_offers_nothing(plan: Path) -> None:
    async def story(editor: Editor) -> None:
        path = plan / projects.FILE
        text = path.read_text(encoding="utf-8")
        uri = editor.open(path)
        (action,) = await editor.actions(uri, row_of(text, "class ReviewTask"))
        assert "DBR101" in action.disabled.reason
        assert action.edit is None
        for place in ("class PitchTask", "class StartTask", "import json"):
            assert await editor.actions(uri, row_of(text, place)) == []
        todo = row_of(text, "class SummariseTask")
        assert await editor.actions(uri, todo, only=[lsp.CodeActionKind.QuickFix]) == []
        assert len(await editor.actions(uri, todo, only=[lsp.CodeActionKind.Refactor])) == 1

    in_editor(story, plan)


def test_hovering_over_a_task_explains_it(plan: Path) -> None:
    async def story(editor: Editor) -> None:
        path = plan / projects.FILE
        text = path.read_text(encoding="utf-8")
        uri = editor.open(path)
        said = await editor.hover(uri, row_of(text, "class SummariseTask"))
        assert "Summarise.execute" in said
        assert "persist" in said
        assert await editor.hover(uri, row_of(text, "def run_with_llm")) == said
        assert await editor.hover(uri, row_of(text, "# Ask once.")) == ""

    in_editor(story, plan)


def test_positions_are_counted_as_the_protocol_counts(tmp_path: Path) -> None:
    """A character beyond the basic plane is two units in UTF-16, what the protocol counts in unless asked."""
    directory = projects.write_project(tmp_path / "plan", projects.BY_HAND)

    async def story(editor: Editor) -> None:
        path = directory / projects.FILE
        text = path.read_text(encoding="utf-8").replace(
            "result.save_raw(self.output().path)", '"\U0001f600"; result.save_raw(self.output().path)'
        )
        editor.open(path, text)
        (found,) = [one for one in await editor.diagnostics(1) if one.code == "DBF700"]
        line = text.splitlines()[found.range.start.line]
        units = line.encode("utf-16-le")
        begin, end = found.range.start.character * 2, found.range.end.character * 2
        assert units[begin:end].decode("utf-16-le") == "result.save_raw(self.output().path)"

    in_editor(story, tmp_path)


def test_a_configuration_that_cannot_be_used_is_said_once(plan: Path) -> None:
    (plan / "pyproject.toml").write_text("[tool.refactor]\nnonsense = 1\n", encoding="utf-8")

    async def story(editor: Editor) -> None:
        uri = editor.open(plan / projects.FILE)
        assert await editor.diagnostics(1) == []
        assert await editor.hover(uri, 14) == ""
        assert len(editor.shown) == 1
        assert "nonsense" in editor.shown[0]

    in_editor(story, plan)


def test_without_the_extra_the_command_says_what_to_install(tmp_path: Path) -> None:
    script = "import sys; sys.modules['pygls'] = None; from refactor.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, "lsp"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1
    assert "pip install 'luigi-database-first[lsp]'" in done.stderr
    assert "Traceback" not in done.stderr
