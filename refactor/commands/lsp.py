"""`refactor lsp`."""

from __future__ import annotations

import click


@click.command()
def lsp() -> None:
    """Answer an editor over the Language Server Protocol, at standard input and output.

    Diagnostics are the findings of `check`, "Refactor this task" is `apply`, hovering over a task shows what `explain`
    says. Needs the extra `lsp`.
    """
    try:
        from refactor.editor.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"pygls", "lsprotocol"}:
            raise
        raise click.ClickException(
            "the language server needs pygls: pip install 'luigi-database-first[lsp]'"
        ) from None
    serve()
