"""Pages of a server in a real browser: what went wrong in them, and rows as hostile models write them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipeline.database.engine import get_engine
from pipeline.database.migrate import upgrade
from pipeline.database.service import DatabaseService
from tests.runtime.recorded_plan import RecordedPlan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.server.served import Served

HOSTILE = (
    "</script><script>alert(1)</script> <img src=x onerror=alert(2)> \"'`{{ 7*7 }} &lt; <!--/live task--> ✓"
)
STAGE = '"><svg onload=alert(3)>&name=x#y'
MARKDOWN = f"""# A heading {HOSTILE}

[link](javascript:alert(4)) ![image](https://evil.example/x.png) <https://evil.example/>
[y](//evil.example "a\\" onclick=b")

| a | b |
|---|---|
| {HOSTILE.replace("|", "")} | 2 |
"""
HTML = "<h1>Said</h1><script>parent.document.title = 'taken'; alert(5)</script><img src=https://evil.example/p.png>"
FILES = {
    "a'b\"c&d#e?f%2f+ü.txt": HOSTILE,
    "said.md": MARKDOWN,
    "tree.json": '{"<b>key</b>": ["</script><script>alert(6)</script>", null, 1.5], "deep": {"a": {"b": []}}}',
    "no.json": "[" * 5000,
    "page.html": HTML,
    "image.svg": "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(7)'/>",
    "large.txt": "x" * 400_000,
    "nul.txt": b"\x00\x01\xff",
}


def write_hostile_plan(url: str) -> None:
    """Store a plan `hostile` in which everything that may be text is an attack."""
    engine = get_engine(url)
    upgrade(engine)
    service = DatabaseService(engine)
    plan = RecordedPlan(service, plan_id="hostile", models=(HOSTILE, "small"), prompt=HOSTILE)
    plan.call(STAGE, HOSTILE, tokens=(1, 1))
    plan.call(STAGE, HOSTILE, status="failed", begins=1, error=f"{HOSTILE}\nand more of {HOSTILE}")
    said = {"plan_id": "hostile", "llm_model": "m", "stage": STAGE, "prompt_text": HOSTILE}
    made = service.create_llm_interaction(said)
    service.update_llm_interaction(made.id, {"status": "completed", "response_text": HOSTILE})
    as_json = service.create_llm_interaction(
        {**said, "prompt_text": '[{"role": "<i>", "content": ["<b>", {"x": 1}]}]'}
    )
    change = {"status": "completed", "response_text": '{"<b>": "</script><script>alert(8)</script>"}'}
    service.update_llm_interaction(as_json.id, change)
    for name, content in FILES.items():
        kind = (
            "text/html"
            if name.endswith("html")
            else "image/svg+xml"
            if name.endswith("svg")
            else "text/plain"
        )
        service.create_plan_content(
            {"plan_id": "hostile", "filename": name, "stage": STAGE, "content": content, "content_type": kind}
        )
    plan.becomes("failed")


@contextmanager
def visited(
    browser: Browser, served: Served, *, sandboxed: bool = False, **options: object
) -> Iterator[Page]:
    """Open a page; fails at the end if it complained or asked for anything off the server.

    With `sandboxed`, a browser may say that it kept a file from doing something.
    """
    context = browser.new_context(base_url=served.url, **options)
    page = context.new_page()
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}") or dialog.dismiss())
    page.on("request", lambda request: requests.append(request.url))
    try:
        yield page
        if sandboxed:
            held_back = (
                "the server responded with a status of 4",
                "Blocked script execution in",
                "violates the following Content Security Policy",
                # axe asks the frame whether it is there, too.
                "Failed to execute 'postMessage'",
            )
            complaints = [text for text in complaints if not any(words in text for words in held_back)]
        assert complaints == [], complaints
        away = [url for url in requests if not url.startswith((served.url, "data:"))]
        # What the policy of a file refuses is told of as a request, and never sent.
        assert [url for url in away if not sandboxed or not url.startswith("https://evil.example")] == []
    finally:
        context.close()
