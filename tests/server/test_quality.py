"""What the ones who check the product do: a real browser, a real PostgreSQL, a real run, and everything goes wrong."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import zipfile
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from pipeline.database.engine import get_engine
from pipeline.database.service import DatabaseService
from tests.runtime.command import Command, assert_ended
from tests.server.served import served, wait_until
from tests.server.sites import visited

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

PROMPT = "Open a repair café\nin Aarhus"


def zipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.postgres
def test_created_killed_wiped_restarted_resumed(
    browser: Browser, postgres_command: Command, tmp_path: Path
) -> None:
    database = DatabaseService(get_engine(postgres_command.database_url))
    run_dir = postgres_command.directory / "run" / "qa"
    with (
        served(postgres_command, PIPELINE_OFFLINE_LATENCY="2") as server,
        visited(browser, server) as page,
    ):
        page.goto("/new")
        page.get_by_label("What to plan").fill(PROMPT)
        page.get_by_label("Id").fill("qa")
        page.get_by_role("button", name="Create and run").click()
        # Rows in the page, and the run is still going on.
        expect(page.locator("#files")).to_contain_text("100-2-goals.md", timeout=180_000)
        expect(page.locator("#task-table tr", has_text="Goals")).to_contain_text("done")
        owner = database.leases().find_owner("qa")
        assert owner is not None
        assert owner.is_at_work
        os.kill(owner.process_id, signal.SIGKILL)
        expect(page.locator(".standing")).to_contain_text(
            "Nobody is at work on it. Its run was cut off.", timeout=180_000
        )
    shutil.rmtree(run_dir)
    with served(postgres_command) as server, visited(browser, server) as page:
        page.goto("/")
        page.get_by_role("link", name="qa", exact=True).click()
        expect(page.locator("#files")).to_contain_text("100-2-goals.md")
        page.get_by_role("link", name="Goals, done").click()
        expect(page.locator(".side").first).to_contain_text("Open a repair café")
        expect(page.locator(".side").last).to_contain_text("summary")
        page.goto(f"/plans/qa/file?name={quote('100-2-goals.md')}")
        expect(page.locator(".rendered")).to_contain_text("✓")
        assert not run_dir.exists()
        page.goto("/plans/qa")
        page.get_by_role("button", name="Resume").click()
        expect(page.locator(".verdict .badge")).to_have_text("completed", timeout=180_000)
        archive = zipped(server.client.get("/api/plans/qa/files.zip").content)
    assert archive == {path.name: path.read_bytes() for path in run_dir.iterdir()}
    undisturbed = Command(tmp_path / "undisturbed", f"sqlite:///{tmp_path / 'undisturbed.db'}")
    began = json.loads(archive["001-1-start_time.json"])["start_time"]
    arguments = ("run", "--prompt", PROMPT, "--plan-id", "p1", "--start-time", began)
    assert_ended(undisturbed(*arguments), 0)
    assert archive == undisturbed.files()
    wait_until(lambda: not database.leases().find_owner("qa").is_at_work)  # type: ignore[union-attr]
