"""A model that is asked by an HTTP client, without a package of its vendor's, is seen by the address."""

from __future__ import annotations

import tempfile
from pathlib import Path
from textwrap import indent

import pytest

from codemods.checking.engine import Checker
from codemods.source import SourceFile
from tests.properties.foreign.running import SETTINGS, Case, refactor
from tests.shapes.test_output_forms import A, Form

IMPORTS = "import http.client\nimport urllib.request\n\nimport httpx\nimport requests\nfrom requests import post\n\n"
CONSTANTS = "LOCAL = 'http://localhost:11434/api/generate'\nHOST = os.environ['HOST']\n\n\n"
ASKED = {
    "written-out": "text = requests.post('https://api.openai.com/v1/responses', json={'model': 'm'}).json()['x']",
    "constant": "text = requests.post(LOCAL, json={'prompt': 'hello'}).json()['text']",
    "constant-of-the-class": "text = requests.Session().request('POST', self.address, json={}).text",
    "path-alone": "text = post(f'{HOST}/v1/chat/completions', json={}).text",
    "joined": "where = HOST + '/v1/models/m:generateContent'\ntext = post(url=where, json={}).text",
    "client": "text = httpx.Client().post('https://api.anthropic.com/v1/messages', json={}).text",
    "base-of-a-client": "with httpx.Client(base_url='https://openrouter.ai/api/v1') as c:\n"
    "    text = c.post('/x').text",
    "urllib": "r = urllib.request.Request('https://api.groq.com/x', data=b'')\n"
    "text = urllib.request.urlopen(r).read().decode()",
    "connection": "c = http.client.HTTPSConnection('api.deepseek.com')\nc.request('POST', '/v1/x')\n"
    "text = c.getresponse().read().decode()",
    "client-out-of-sight": "text = faraway.client.post('https://api.mistral.ai/v1/x').text",
}
NOT_ASKED = {
    "what-there-is": "text = requests.get('https://api.openai.com/v1/models').text",
    "vectors": "text = requests.post('https://api.openai.com/v1/embeddings', json={}).text",
    "elsewhere": "text = requests.post('https://example.com/x', json={'p': 'see api.openai.com'}).text",
    "printed": "print('https://api.openai.com/v1/chat/completions')\ntext = 'a'",
    "setting": "text = os.environ.get('URL', 'https://api.openai.com/v1/chat/completions')",
    "in-a-container": "found = {}\nfound.setdefault('a', 'https://api.openai.com/v1/responses')\ntext = 'a'",
}
WRITE = "\nwith self.output().open('w') as f:\n    f.write(text)"


def form_of(body: str, before: str = "") -> Form:
    members = "address = 'https://api.mistral.ai/v1/x'\n"
    return Form("asked", f"return {A}", body, members=members, before=f"{IMPORTS}{CONSTANTS}{before}")


def refactored(form: Form) -> Case:
    with tempfile.TemporaryDirectory() as directory:
        return refactor(form.project, Path(directory))


@pytest.mark.parametrize("name", ASKED)
def test_a_task_that_asks_is_refused(name: str) -> None:
    [report] = [r for r in refactored(form_of(ASKED[name] + WRITE)).reports if r.refusal]
    assert report.refusal is not None
    assert report.refusal.code == "DBR106", report.refusal.reason


@pytest.mark.parametrize("name", NOT_ASKED)
def test_what_asks_no_model_is_no_matter(name: str) -> None:
    case = refactored(form_of(NOT_ASKED[name] + WRITE))
    assert [r.refusal for r in case.reports if r.refusal] == []
    assert "create_llm_interaction" not in case.after["tasks.py"]


@pytest.mark.parametrize("name", [name for name, body in ASKED.items() if "self." not in body])
def test_a_function_that_asks_is_recorded_where_it_is_called(name: str) -> None:
    asking = f"def ask(prompt):\n{indent(ASKED[name], '    ')}\n    return text\n\n\n"
    case = refactored(form_of(f"text = ask('hello'){WRITE}", asking))
    assert [r.refusal for r in case.reports if r.refusal] == []
    assert "\"prompt_text\": 'hello'" in case.after["tasks.py"]


@pytest.mark.parametrize("name", ASKED)
def test_check_is_not_green_over_one_that_was_put_in_later(name: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        case = refactor(form_of(f"print('here'){WRITE.replace('text', repr('x'))}").project, Path(directory))
        [line] = [line for line in case.after["tasks.py"].splitlines() if line.strip() == "print('here')"]
        added = indent(ASKED[name], line[: len(line) - len(line.lstrip())])
        path = Path(directory, "tasks.py")
        source = SourceFile(path, case.after["tasks.py"].replace(line, added))
        path.write_text(source.text, encoding="utf-8")
        assert [finding.code for finding in Checker(SETTINGS).check(source)] == ["DBF300"]
