"""A name of a file that changes between the statement that makes the path and the one that writes to it."""

from __future__ import annotations

import pytest

from tests.properties.foreign.running import broken
from tests.shapes.test_output_forms import Form

BEFORE = """\
WORD = 'first'
TABLE = {'a': 'first'}
WORDS = ['first', 'second']


class Box:
    word = 'first'

    def turn(self):
        self.word = 'anew'


def turn(task):
    task.word = 'anew'


class TurningTarget(luigi.LocalTarget):
    task = None

    def makedirs(self):
        super().makedirs()
        if self.task is not None:
            self.task.word = 'anew'


def turn_word():
    global WORD
    WORD = 'anew'
"""
MEMBERS = "word = 'first'\nwords = ['first', 'second']\n\ndef turn(self):\n    self.word = 'anew'\n"
WRITE = "with target.open('w') as f:\n    f.write('text')"


def _declared(name: str, output: str, change: str, members: str = MEMBERS) -> Form:
    """A target of `output()` that is kept while its name changes."""
    return Form(
        name, f"return {output}", f"target = self.output()\n{change}\n{WRITE}", before=BEFORE, members=members
    )


def _target(word: str) -> str:
    return f"luigi.LocalTarget(os.path.join(self.run_dir, {word}))"


def _made(name: str, word: str, change: str, first: str = "pass") -> Form:
    """A path that the method makes, beside its output."""
    return Form(
        name,
        f"return {_target(repr('a.txt'))}",
        f"with self.output().open('w') as f:\n    f.write('x')\n{first}\n"
        f"target = {_target(word)}\n{change}\n{WRITE}",
        before=BEFORE,
        members=MEMBERS,
    )


TITLE, INDEXED = _target("f'{self.word}.txt'"), _target("f'{self.words[0]}.txt'")
FORMS = (
    _declared("attribute", TITLE, "self.word = 'anew'"),
    _declared("attribute-joined", "luigi.LocalTarget(self.run_dir + '/' + self.word + '.txt')", "self.word = 'anew'"),
    _declared("attribute-by-setattr", TITLE, "setattr(self, 'word', 'anew')"),
    _declared("attribute-in-its-namespace", TITLE, "vars(self)['word'] = 'anew'"),
    _declared("attribute-in-a-method", TITLE, "self.turn()"),
    _declared("attribute-in-a-function", TITLE, "turn(self)"),
    _declared("attribute-of-the-class", TITLE, "type(self).word = 'anew'"),
    _declared("attribute-by-a-loop", TITLE, "for self.word in ('anew', 'once more'):\n    pass"),
    _declared("attribute-by-a-target", "TurningTarget(os.path.join(self.run_dir, f'{self.word}.txt'))",
              "target.task = self\ntarget.makedirs()"),
    _declared("attribute-deleted", TITLE, "self.word = 'x'\ndel self.word"),
    _declared("element", INDEXED, "self.words[0] = 'anew'"),
    _declared("element-by-a-name", INDEXED, "words = self.words\nwords[0] = 'anew'"),
    _declared("element-moved", INDEXED, "self.words.reverse()"),
    _declared("element-put-in-front", INDEXED, "self.words.insert(0, 'anew')"),
    _declared("element-taken-out", INDEXED, "self.words.pop(0)"),
    _declared("global", _target("f'{WORD}.txt'"), "global WORD\nWORD = 'anew'"),
    _declared("global-by-a-function", _target("f'{WORD}.txt'"), "turn_word()"),
    _declared("global-in-the-namespace", _target("f'{WORD}.txt'"), "globals()['WORD'] = 'anew'"),
    _declared("entry-of-a-table", _target("f\"{TABLE['a']}.txt\""), "TABLE['a'] = 'anew'"),
    _declared("table-updated", _target("f\"{TABLE['a']}.txt\""), "TABLE.update(a='anew')"),
    _declared("list-of-the-module", _target("f'{WORDS[0]}.txt'"), "random.shuffle(WORDS)\nWORDS.sort(reverse=True)"),
    _declared("by-a-method", _target("self.name()"), "self.word = 'anew'",
              f"{MEMBERS}\ndef name(self):\n    return f'{{self.word}}.txt'\n"),
    _declared("by-a-property", _target("self.name"), "self.word = 'anew'",
              f"{MEMBERS}\n@property\ndef name(self):\n    return f'{{self.word}}.txt'\n"),
    _made("attribute", "f'{self.word}.txt'", "self.word = 'anew'"),
    _made("attribute-of-an-object", "f'{box.word}.txt'", "box.word = 'anew'", "box = Box()"),
    _made("method-of-an-object", "f'{box.word}.txt'", "box.turn()", "box = Box()"),
    _made("element", "f'{words[0]}.txt'", "words[0] = 'anew'", "words = ['first', 'second']"),
    _made("element-moved", "f'{words[0]}.txt'", "words.reverse()", "words = ['first', 'second']"),
    _made("element-by-another-name", "f'{words[0]}.txt'", "same = words\nsame[0] = 'anew'", "words = ['first']"),
    _made("entry", "f\"{words['a']}.txt\"", "words['a'] = 'anew'", "words = {'a': 'first'}"),
    _made("variable", "f'{word}.txt'", "word = 'anew'", "word = 'first'"),
    _made("variable-in-a-loop", "f'{word}.txt'", "for word in ('anew',):\n    pass", "word = 'first'"),
    _made("variable-of-a-closure", "f'{word}.txt'",
          "def turn():\n    nonlocal word\n    word = 'anew'\n\nturn()", "word = 'first'"),
    _made("list-as-text", "f'{words}.txt'", "words.append('anew')", "words = ['first']"),
    _made("in-a-loop", "f'{i}.txt'", "i = 7", "for i in range(1):\n    pass"),
    _made("in-a-counted-loop", "'{}.txt'.format(i)", "i += 7", "for i, _ in enumerate('ab'):\n    pass"),
    _made("counted", "f'{number}.txt'", "number += 1", "number = 1"),
)  # fmt: skip


@pytest.mark.parametrize(
    "form", FORMS, ids=[f"{'made' if 'first' in f.body else 'declared'}-{f.name}" for f in FORMS]
)
def test_the_row_has_the_name_of_the_file_that_is_written(form: Form) -> None:
    found, _ = broken(form.project)
    assert found == []


SUB_DIRECTORY = _target("f'part/{self.word}.txt'")


@pytest.mark.parametrize(
    "change",
    ["target.makedirs()", "os.makedirs(os.path.dirname(target.path), exist_ok=True)", "'a text alone'"],
)
def test_a_directory_that_is_made_in_between_changes_no_name(change: str) -> None:
    write = "with open(target.path, 'w') as f:\n    f.write('text')"
    body = f"target = self.output()\ntarget.makedirs()\n{change}\n{write}"
    form = Form("made", f"return {SUB_DIRECTORY}", body, before=BEFORE, members=MEMBERS)
    assert broken(form.project) == ([], "")


BELOW = (
    _made("variable", "f'de/{word}.txt'", "word = 'anew'", "word = 'first'"),
    _made("counted", "f'de/{number}.txt'", "number += 1", "number = 1"),
    _made("element", "os.path.join('de', words[0])", "words[0] = 'anew'", "words = ['first']"),
    _declared("attribute", _target("f'de/{self.word}.txt'"), "self.word = 'anew'"),
    _declared("by-a-method", _target("'de', f'{self.word}.txt'"), "self.turn()"),
)


@pytest.mark.parametrize("form", BELOW, ids=lambda form: form.name)
def test_so_has_one_in_a_directory(form: Form) -> None:
    """The name is made of the path at run time, and that is the old one."""
    assert broken(form.project) == ([], "")
