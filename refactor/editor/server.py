"""The language server: diagnostics, the action that refactors a task, the explanation on hover."""

from __future__ import annotations

import asyncio
import gc
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import unquote, urlparse

from lsprotocol import types as lsp
from pygls.lsp.server import LanguageServer

from codemods.checking.rules import BY_CODE
from codemods.errors import RefactorError
from refactor.editor import answers
from refactor.rule_address import rule_address
from refactor.version import tool_version

if TYPE_CHECKING:
    from collections.abc import Callable

    from pygls.workspace import TextDocument

    from codemods.checking.finding import Finding

Result = TypeVar("Result")

QUIET_SECONDS = 0.4
"""How long nobody has typed before a text is looked at."""

UNREFACTORED = "DBF000"
SOURCE = "refactor"


class RefactorServer(LanguageServer):
    """One editor's server. The analysis runs in one thread of its own, so that the editor is answered meanwhile."""

    def __init__(self) -> None:
        """Registers nothing; `create` does."""
        super().__init__("refactor", tool_version())
        self._worker = ThreadPoolExecutor(1, "analysis")
        self._waiting: dict[str, asyncio.Task[None]] = {}
        self._told = ""

    async def analysed(self, work: Callable[[], Result], default: Result) -> Result:
        """Runs an analysis; one that fails gives the default, and the reason is shown once."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, work)
        except RefactorError as error:
            self._tell(str(error))
            return default

    def look_later(self, uri: str, after: float = QUIET_SECONDS) -> None:
        """Publishes the diagnostics of a document once nobody types any more."""
        if (earlier := self._waiting.get(uri)) is not None:
            earlier.cancel()
        self._waiting[uri] = asyncio.get_running_loop().create_task(self._look(uri, after))

    async def _look(self, uri: str, after: float) -> None:
        await asyncio.sleep(after)
        document = self.workspace.get_text_document(uri)
        path, text, version = path_of(uri), document.source, document.version
        if path is None:
            return
        nothing: tuple[Finding, ...] = ()
        found = await self.analysed(lambda: answers.findings(path, text), nothing)
        if self.workspace.get_text_document(uri).version == version:
            diagnostics = [self._diagnostic(document, finding) for finding in found]
            self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, diagnostics, version))

    def forget(self, uri: str) -> None:
        """Takes the diagnostics of a closed document back."""
        if (waiting := self._waiting.pop(uri, None)) is not None:
            waiting.cancel()
        self.text_document_publish_diagnostics(lsp.PublishDiagnosticsParams(uri, []))

    def _diagnostic(self, document: TextDocument, finding: Finding) -> lsp.Diagnostic:
        warning = finding.strict or finding.code == UNREFACTORED
        address = rule_address(finding.code)
        within = lsp.Range(
            lsp.Position(finding.row - 1, finding.column - 1),
            lsp.Position(finding.end_row - 1, finding.end_column - 1),
        )
        rule = BY_CODE.get(finding.code)
        return lsp.Diagnostic(
            range=self.workspace.position_codec.range_to_client_units(document.lines, within),
            message=f"{finding.message}\n{rule.remedy}" if rule is not None else finding.message,
            severity=lsp.DiagnosticSeverity.Warning if warning else lsp.DiagnosticSeverity.Error,
            code=finding.code,
            code_description=lsp.CodeDescription(address) if address else None,
            source=SOURCE,
        )

    def _tell(self, message: str) -> None:
        if message != self._told:
            self._told = message
            self.window_show_message(lsp.ShowMessageParams(lsp.MessageType.Warning, f"refactor: {message}"))


def path_of(uri: str) -> Path | None:
    """The file of a document, None where it is in none: new, or out of a repository's history."""
    parsed = urlparse(uri)
    return Path(unquote(parsed.path)) if parsed.scheme == "file" else None


def create() -> RefactorServer:
    """The server with everything that it answers."""
    server = RefactorServer()

    @server.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    async def did_open(params: lsp.DidOpenTextDocumentParams) -> None:
        server.look_later(params.text_document.uri, after=0)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    async def did_change(params: lsp.DidChangeTextDocumentParams) -> None:
        server.look_later(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    async def did_save(params: lsp.DidSaveTextDocumentParams) -> None:
        server.look_later(params.text_document.uri, after=0)

    @server.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    async def did_close(params: lsp.DidCloseTextDocumentParams) -> None:
        server.forget(params.text_document.uri)

    @server.feature(lsp.TEXT_DOCUMENT_HOVER)
    async def hover(params: lsp.HoverParams) -> lsp.Hover | None:
        document = server.workspace.get_text_document(params.text_document.uri)
        path, text, row = path_of(document.uri), document.source, params.position.line + 1
        if path is None:
            return None
        said = await server.analysed(lambda: answers.explanation(path, text, row), "")
        if not said:
            return None
        fence = "`" * 3
        return lsp.Hover(lsp.MarkupContent(lsp.MarkupKind.Markdown, f"{fence}text\n{said}{fence}"))

    @server.feature(
        lsp.TEXT_DOCUMENT_CODE_ACTION,
        lsp.CodeActionOptions(code_action_kinds=[lsp.CodeActionKind.RefactorRewrite]),
    )
    async def code_action(params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        wanted = params.context.only
        if wanted is not None and not any(_is_kind(kind) for kind in wanted):
            return []
        document = server.workspace.get_text_document(params.text_document.uri)
        path, text, row = path_of(document.uri), document.source, params.range.start.line + 1
        if path is None:
            return []
        offer = await server.analysed(lambda: answers.offer(path, text, row), None)
        return [_action(document, offer, params)] if offer is not None else []

    return server


def _is_kind(wanted: str) -> bool:
    ours = str(lsp.CodeActionKind.RefactorRewrite.value)
    return ours == wanted or ours.startswith(f"{wanted}.")


def _action(document: TextDocument, offer: answers.TaskOffer, params: lsp.CodeActionParams) -> lsp.CodeAction:
    action = lsp.CodeAction(f"Refactor this task ({offer.task})", kind=lsp.CodeActionKind.RefactorRewrite)
    if offer.refused:
        action.disabled = lsp.CodeActionDisabled(offer.refused)
        return action
    edits: list[lsp.TextEdit | lsp.AnnotatedTextEdit | lsp.SnippetTextEdit] = [
        lsp.TextEdit(
            lsp.Range(lsp.Position(edit.row - 1, 0), lsp.Position(edit.end_row - 1, 0)), edit.content
        )
        for edit in offer.edits
    ]
    # With the version, an editor refuses the edits where the text has changed meanwhile.
    identifier = lsp.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
    action.edit = lsp.WorkspaceEdit(document_changes=[lsp.TextDocumentEdit(identifier, edits)])
    action.diagnostics = [one for one in params.context.diagnostics if one.code == UNREFACTORED] or None
    return action


def serve() -> None:
    """Answers the editor at standard input and output until it hangs up."""
    gc.enable()
    create().start_io()
