"""`pipeline serve`: plans over HTTP."""

from __future__ import annotations

import ipaddress
import os
import socket
from pathlib import Path

import click

from pipeline.cli.services import open_for_reading
from pipeline.cli.settings import expected_tasks_of
from pipeline.database.engine import get_engine, get_reading_engine
from pipeline.database.migrate import ensure_current
from pipeline.database.retry import RetryPolicy
from pipeline.database.watching import Watching
from pipeline.distributed.luigid import check_url
from pipeline.errors import ConfigurationError
from pipeline.llm.registry import register_endpoint_secrets

_SHORTEST_TOKEN = 16
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
# Whoever watches events would keep the server from ending.
_GRACE_SECONDS = 1


def serve(
    *,
    quiet: bool,
    host: str,
    port: int,
    token_env: str | None,
    read_only: bool,
    scheduler: str | None,
    workers: int,
    max_runs: int,
    max_writes: int,
    root: str,
    run_root: Path,
) -> None:
    """Serve until a signal ends it. Raises ConfigurationError."""
    register_endpoint_secrets()
    token = None if token_env is None else _token(token_env)
    is_local = _is_local(host)
    if not is_local and token is None and not read_only:
        raise ConfigurationError(
            f"at {host} others can reach this server: give --token-env or --read-only, or listen at 127.0.0.1"
        )
    try:
        import uvicorn

        from pipeline.server.application import make_application
        from pipeline.server.control.control import Control, ControlSettings
        from pipeline.server.graphs import KeptGraphs
        from pipeline.server.serving import Serving
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"{error.name} is not installed: install this distribution with its 'server' extra"
        ) from error
    control = None
    if not read_only:
        if get_engine().dialect.name == "sqlite":
            # As a run does: this machine's own.
            ensure_current()
        url = None if scheduler is None else check_url(scheduler)
        control = Control(ControlSettings(root, run_root.resolve(), workers, max_runs, url))
    serving = Serving(
        service=open_for_reading(),
        watching=Watching(get_reading_engine(), RetryPolicy.for_reading(), None),
        expect_tasks=KeptGraphs(expected_tasks_of(root, run_root.resolve())),
        token=token,
        control=control,
        writes_a_minute=max_writes,
        hosts=_LOCAL_NAMES | {host} if is_local else None,
    )
    listening = _listen(host, port)
    if not quiet:
        shown = f"[{host}]" if ":" in host else host
        click.echo(f"serving at http://{shown}:{listening.getsockname()[1]}/", err=True)
    config = uvicorn.Config(
        make_application(serving),
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        # What a proxy says of whom it asks for is of no use here, and could be made up.
        proxy_headers=False,
    )
    try:
        uvicorn.Server(config).run([listening])
    finally:
        if control is not None:
            control.children.close()


def _token(variable: str) -> str:
    token = os.environ.get(variable, "")
    if len(token) < _SHORTEST_TOKEN or not (token.isascii() and token.isprintable()) or " " in token:
        raise ConfigurationError(
            f"{variable} holds no token: at least {_SHORTEST_TOKEN} characters of ASCII without spaces, such as "
            "`openssl rand -hex 32` gives"
        )
    return token


def _is_local(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise ConfigurationError(f"cannot listen at {host}:{port}: {error.strerror or error}") from error
