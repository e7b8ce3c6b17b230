"""The server behind a real nginx, by the configuration that the documentation shows; and its commands for curl."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.runtime.command import REPOSITORY, Command, assert_ended
from tests.server.served import Served, served, wait_until
from tests.server.test_access import TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
NAME = "plans.example.org"
PAGE = (REPOSITORY / "docs" / "how-to" / "server.md").read_text(encoding="utf-8")

needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture
def command(tmp_path: Path) -> Command:  # type: ignore[override]
    found = Command(tmp_path / "work", f"sqlite:///{tmp_path / 'pipeline.db'}")
    assert_ended(found.run(), 0)
    return found


@pytest.fixture
def proxied(command: Command, tmp_path: Path) -> Iterator[tuple[Served, int]]:
    """A server for all addresses, and the port at which nginx speaks TLS for it."""
    folder, port = tmp_path / "nginx", free_port()
    folder.mkdir()
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                f"/CN={NAME}",
            ),
            *("-addext", f"subjectAltName=DNS:{NAME}", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    found = re.search(r'```nginx title="plans.conf"\n(.*?)```', PAGE, re.DOTALL)
    assert found
    with served(command, "--host", "0.0.0.0", "--token-env", "PLAN_TOKEN", PLAN_TOKEN=TOKEN) as server:
        here = {
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            f"/etc/ssl/{NAME}.pem": str(certificate),
            f"/etc/ssl/{NAME}.key": str(key),
            "127.0.0.1:8000": f"127.0.0.1:{server.port}",
        }
        text = found[1]
        for there, instead in here.items():
            assert text.count(there) == 1, there
            text = text.replace(there, instead)
        temporary = "".join(
            f"{kind}_temp_path {folder}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        configuration = folder / "nginx.conf"
        configuration.write_text(
            f"daemon off;\nuser {'root' if folder.owner() == 'root' else folder.owner()};\npid {folder}/pid;\n"
            f"error_log {folder}/errors;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{text}}}\n"
        )
        process = subprocess.Popen([NGINX or "", "-c", str(configuration), "-e", str(folder / "errors")])
        try:
            wait_until(lambda: is_open(port, process))
            yield server, port
        finally:
            process.terminate()
            process.wait(30)


def is_open(port: int, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None
    with socket.socket() as found:
        return found.connect_ex(("127.0.0.1", port)) == 0


@needs_nginx
def test_what_the_page_says_of_a_proxy_holds(
    proxied: tuple[Served, int], tmp_path: Path, command: Command
) -> None:
    _, port = proxied
    origin = f"https://{NAME}:{port}"
    trusted = ssl.create_default_context(cafile=str(tmp_path / "nginx" / "certificate.pem"))
    host = {"Host": f"{NAME}:{port}"}
    named = {"sni_hostname": NAME}
    with httpx.Client(
        base_url=f"https://127.0.0.1:{port}", verify=trusted, headers=host, timeout=60
    ) as client:
        # As a browser: the page, the token, a cookie that is for TLS alone, a change from a page of this origin.
        asked = client.get("/", headers={"Accept": "text/html"}, extensions=named)
        assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=/")
        logged_in = client.post(
            "/login", data={"token": TOKEN, "next": "/"}, headers={"Origin": origin}, extensions=named
        )
        assert logged_in.status_code == 303
        cookie = logged_in.headers["set-cookie"]
        assert "Secure" in cookie
        session = {"Cookie": cookie.partition(";")[0]}
        stopped = client.post("/api/plans/p1/stop", headers={**session, "Origin": origin}, extensions=named)
        assert stopped.status_code == 409, stopped.text
        foreign = client.post(
            "/api/plans/p1/stop", headers={**session, "Origin": "https://x.org"}, extensions=named
        )
        assert foreign.status_code == 403
        # Events are passed on at once, although the connection goes on.
        begun = time.monotonic()
        with client.stream("GET", "/api/plans/p1/events", headers=session, extensions=named) as answer:
            events = 0
            for line in answer.iter_lines():
                events += line.startswith("event: ")
                if line.startswith("event: plan"):
                    break
        assert events > 5
        assert time.monotonic() - begun < 10
        archive = client.get("/api/plans/p1/files.zip", headers=session, extensions=named)
        assert archive.content[:2] == b"PK"


@needs_curl
def test_the_commands_for_curl_do_what_the_page_says(serve: Callable[..., Served], command: Command) -> None:
    url = serve(command).url.rstrip("/")
    written = re.findall(r"^\$ (curl (?:.*\\\n)*.*)$", PAGE, re.MULTILINE)
    assert len(written) == 4
    for text in written:
        here = text.replace("http://127.0.0.1:8000", url).replace("api/plans/PLAN", "api/plans/p1")
        words = shlex.split(here.replace("\\\n", " "))
        # Events go on for ever.
        limit = ["--max-time", "2"] if "-N" in words else []
        done = subprocess.run(
            [*words, *limit], cwd=command.directory, capture_output=True, check=False, timeout=60
        )
        said = done.stdout.decode()
        if limit:
            assert "event: plan\n" in said
        elif "-o" in words:
            assert (command.directory / "plan.zip").read_bytes()[:2] == b"PK"
        elif "-d" in words:
            assert json.loads(said)["plan_id"].startswith("plan-")
        else:
            assert '"plans"' in said
