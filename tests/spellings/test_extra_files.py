"""Files beside the outputs, and outputs that do not stay: each is refused, or proven to be none and then executed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.properties.foreign.projects import STORING_BYTES
from tests.properties.foreign.running import SETTINGS, broken
from tests.shapes.test_output_forms import WRITE, A, Form

OUT = f"return {A}"
X = "self.run_dir + '/x.dat'"
IMPORTS = (
    "import bz2, dbm, glob, gzip, logging, sqlite3, string, subprocess, tarfile, tempfile, urllib.request, zipfile\n"
    "from io import open as open_text\nfrom xml.etree import ElementTree\n\n\n"
    "def drop(path):\n    os.remove(path)\n\n\ndef latest():\n    return 'run/plan/LATEST'\n\n\n"
    "NAMES = {'latest': 'run/plan/LATEST'}\n\n\nclass Where:\n    latest = 'run/plan/LATEST'\n"
)
HELPERS = (
    "latest = 'run/plan/LATEST'\ngiven = luigi.Parameter(default='runs/plan/LATEST')\n\n"
    "def clean(self):\n    self.output().remove()\n\ndef export(self):\n    faraway.put(self.place('x'), 'x')\n"
)

LOST = {
    "removed": (
        "os.remove(self.output().path)",
        "self.output().remove()",
        "Path(self.run_dir, 'a.txt').unlink()",
        "os.remove('run/plan/a.txt')",
        "for p in Path(self.run_dir).iterdir():\n    p.unlink()",
        "drop(self.output().path)",
        "self.clean()",
        "faraway.os.remove(self.output().path)",
        "faraway.Store().delete_file(self.output().path)",
        "faraway.purge(self.output())",
    ),
    "directory": (
        "shutil.rmtree(self.run_dir)",
        "shutil.rmtree(os.path.dirname(self.output().path))",
        "shutil.rmtree(Path(self.output().path).parent)",
    ),
    "cut": (
        "os.truncate(self.output().path, 0)",
        "os.truncate(self.place('a.txt'), 1)",
        "os.truncate(path=self.run_dir + '/a.txt', length=1)",
    ),
}
MOVED = (
    "os.rename(self.output().path, '/tmp/elsewhere')",
    "shutil.move(self.output().path, '/tmp/elsewhere')",
    "Path(self.output().path).rename('/tmp/elsewhere')",
    "self.output().move('/tmp/elsewhere')",
    "Path(self.run_dir, 'a.txt').replace(Path('/tmp/elsewhere'))",
)
EXTRA = {
    "program": (
        f"subprocess.run(['touch', {X}])",
        "os.system('touch run/plan/x.dat')",
        "os.system(f'sort a > {self.run_dir}/x')",
        "subprocess.run(['make', 'all'], cwd=self.run_dir)",
        "command = ['touch']\ncommand.append(self.place('x'))\nsubprocess.run(command)",
        "subprocess.run('echo x > run/plan/x', shell=True)",
    ),
    "downloaded": (
        "faraway.blob('x').download_to_filename(self.names[0])",
        "blob = faraway.blob('x')\nblob.download_to_filename(filename=self.names[0])",
        "faraway.blob('x').download_to_filename(os.path.join('data', 'x.csv'))",
    ),
    "out-of-sight": (
        "faraway.into(self.run_dir)",
        "faraway.put('%s/x' % self.run_dir, 'x')",
        "faraway.put('/'.join([self.run_dir, 'x']), 'x')",
        "faraway.put('run/plan/x.dat', 'x')",
        "self.folder = self.run_dir\nfaraway.into(self.folder)",
        "self.export()",
    ),
    "written-path": (
        "names = ['run/plan/x.dat', 'run/plan/y.dat']\nfor n in names:\n    faraway.put(n, 'x')",
        "n = 'x.dat' if len('a') else 'y.dat'\nfaraway.put('run/plan/' + n, 'x')",
        "n = None\nn = n or 'run/plan/x.dat'\nfaraway.put(n, 'x')",
        "faraway.put('/'.join(['run', 'plan', 'x.dat']), 'x')",
        "faraway.put('RUN/x.dat'.replace('RUN', 'run/plan'), 'x')",
        "n = 'run/plan/y.dat'\nn = 'run/plan/x.dat'\nfaraway.put(n, 'x')",
        "faraway.checkpoint('run/plan/x.ckpt')",
        "faraway.getaway('run/plan/x.tmp')",
        "for n in map(lambda n: 'run/plan/' + n, ['x.dat']):\n    faraway.put(n, 'x')",
        "(n := 'run/plan/x.dat') and faraway.put(n, 'x')",
    ),
    "without-an-ending": (
        "faraway.put('run/plan/LATEST', 'x')",
        "faraway.put(Path('run') / 'plan' / 'LATEST', 'x')",
        "faraway.put(f'run/plan/{self.task_family}', 'x')",
        "faraway.put(NAMES['latest'], 'x')",
        "faraway.put(Where.latest, 'x')",
        "faraway.put(self.latest, 'x')",
        "faraway.put(self.given, 'x')",
        "faraway.put(latest(), 'x')",
        "faraway.put(os.environ.get('NOWHERE', 'run/plan/LATEST'), 'x')",
        "faraway.put('run//plan/LATEST', 'x')",
        "faraway.put('../work/run/plan/LATEST', 'x')",
        "faraway.put(b'run/plan/LATEST', 'x')",
        "faraway.put('run/plan/x y.txt', 'x')",
        "faraway.put('run/plan/donn\u00e9es.txt', 'x')",
        "faraway.put('run/LATEST', 'x')",
        "faraway.mark('run/plan/LATEST')",
        "faraway.getaway('runs/LATEST')",
        "faraway.ending(into_dir='run/LATEST')",
        "faraway.ending(filename='run/LATEST')",
        "subprocess.run(['dot', '-o', 'run/plan/LATEST'])",
    ),
    "absolute": (
        "faraway.put('/data/run/plan/x.dat', 'x')",
        "faraway.put('~/run/plan/LATEST', 'x')",
        "faraway.put(os.path.realpath('run/plan/x'), 'x')",
        "faraway.put(str(Path('run/plan/x').resolve()), 'x')",
        "faraway.put(os.getcwd() + '/run/plan/x', 'x')",
        "faraway.put(f'{Path.cwd()}/run/plan/x', 'x')",
        "open('/data/run/plan/x', 'w').close()",
        "subprocess.run(['dot', '-o', '/data/run/plan/x.dat'])",
    ),
    "descriptor": (
        f"os.close(os.open({X}, os.O_CREAT | os.O_WRONLY))",
        "os.close(os.open('run/plan/x.dat', os.O_CREAT))",
        f"os.mknod({X})",
        "os.mknod('run/plan/x.dat')",
    ),
    "link": (
        f"os.symlink('a.txt', {X})",
        "os.symlink(os.path.abspath(self.output().path), 'run/plan/latest.txt')",
        "Path(self.run_dir, 'x').symlink_to('a.txt')",
        "Path('run/plan/x.dat').hardlink_to('run/plan/a.txt')",
    ),
    "copy": (
        "shutil.copy('/etc/hostname', self.run_dir)",
        "shutil.copy('/etc/hostname', 'run/plan/x.dat')",
        "self.output().copy(os.path.join(self.run_dir, 'x'))",
        "self.output().copy(new_path=self.run_dir + '/x')",
        "t = self.output()\nt.copy(self.run_dir + '/x', raise_if_exists=True)",
        "self.output().fs.copy(self.output().path, 'run/plan/x')",
        "shutil.make_archive('run/plan/x', 'zip', '/etc')",
        "os.rename('/tmp/x', 'run/plan/x.dat')",
    ),
    "archive": (
        "with zipfile.ZipFile('run/plan/x.zip', 'w') as z:\n    z.writestr('a', 'x')",
        "with tarfile.open('run/plan/x.tar', 'w:gz') as z:\n    pass",
        "with zipfile.ZipFile('/tmp/x.zip') as z:\n    z.extractall('run/plan/x')",
        "with gzip.open(filename=self.place('x'), mode='wb') as f:\n    f.write(b'x')",
        "with bz2.BZ2File('run/plan/x.bz2', 'w') as f:\n    f.write(b'x')",
    ),
    "database": (
        "sqlite3.connect('run/plan/x.db').close()",
        "sqlite3.connect(database=self.place('x')).close()",
        "sqlite3.connect(f'file:{self.run_dir}/x', uri=True).close()",
        "dbm.open('run/plan/x.db', 'n').close()",
    ),
    "log": (
        "logging.basicConfig(filename='run/plan/x.log')",
        "logging.FileHandler('run/plan/x.log').close()",
        f"logging.getLogger('x').addHandler(logging.FileHandler({X}))",
    ),
    "temporary": (
        "t = tempfile.NamedTemporaryFile('w', delete=False, dir=self.run_dir)\nt.close()",
        "fd, p = tempfile.mkstemp(dir=self.run_dir)\nos.close(fd)",
        "with tempfile.NamedTemporaryFile(delete=False, dir='run/plan') as t:\n    t.write(b'x')",
    ),
    "opened": (
        "open(file='run/plan/x', mode='w').close()",
        "other = open\nwith other('run/plan/x', 'w') as f:\n    f.write('x')",
        "with open_text('run/plan/x', 'w') as f:\n    f.write('x')",
        "getattr(io, 'open')('run/plan/x', 'w').close()",
        "urllib.request.urlretrieve('file:///etc/hostname', 'run/plan/x')",
        "ElementTree.ElementTree(ElementTree.Element('a')).write(faraway.fetch('x'))",
    ),
}
HARMLESS = (
    "print(Path('run').joinpath('x.dat').name, '{}/x.dat'.format('run'), '/'.join(['run', 'y']))",
    "subprocess.run(['true', '/tmp/x.dat'], stdout=subprocess.DEVNULL)",
    "open(os.devnull, 'w').close()",
    "logging.basicConfig(level=logging.INFO)",
    "with tempfile.TemporaryDirectory() as d:\n    subprocess.run(['touch', d + '/x'])",
    "t = tempfile.NamedTemporaryFile('w', dir=self.run_dir)\nt.close()",
    "sqlite3.connect(':memory:').close()",
    "print(self.run_dir, os.listdir(self.run_dir), glob.glob(self.run_dir + '/*'))",
    "faraway.fetch('a.txt')",
    "faraway.post('api.example.com/v1/x.y', 'x')",
    "faraway.show('openai/gpt-4')",
    "faraway.note(model='openrouter/meta/llama-3', url='a/b/c.d')",
    "faraway.note('text/plain', '%d/%m/%Y', 'see run/plan/x.dat and this')",
    "faraway.put('/tmp/h2', 'x')",
    "faraway.note('/usr/share/x/y')",
    "faraway.note(string.Template('a $q').substitute(q=self.latest))",
    "faraway.getData('a/b.txt')",
    "faraway.show(os.path.basename(self.run_dir))",
    "shutil.rmtree(self.place('scratch'), ignore_errors=True)",
)
FIRST = "if self.output().exists():\n    self.output().remove()"


def _form(body: str) -> Form:
    return Form("extra", OUT, body, before=IMPORTS, members=HELPERS, base=STORING_BYTES)


@pytest.mark.parametrize("body", [b for bodies in LOST.values() for b in bodies])
@pytest.mark.parametrize("consent", [False, True])
def test_a_file_with_a_row_stays(body: str, *, consent: bool) -> None:
    """A row of a file that is taken away again would be a lie, and `doctor` would bring the file back."""
    settings = replace(SETTINGS, row_after_file=consent)
    found, code = broken(_form(f"{WRITE}\n{body}").project, settings)
    assert found == []
    # A cut is a write, too, for which there is no way without consent.
    # What a call out of sight does is not known, but its name says enough for no one to read the file behind it.
    assert code == "DBR431" or (
        code == "DBR421" and ("faraway" in body or ("truncate" in body and not consent))
    )


TAKEN_BY = {
    "function": ("def take():\n    os.remove('run/plan/a.txt')\n", "take()"),
    "deeper": ("def take():\n    deep()\n\n\ndef deep():\n    Path('run/plan/a.txt').unlink()\n", "take()"),
    "moved": ("def take():\n    os.rename('run/plan/a.txt', 'b.txt')\n", "take()"),
    "method": ("class T:\n    def take(self):\n        shutil.rmtree('run/plan')\n", "T().take()"),
    "named": ("def take():\n    os.unlink('run/plan/a.txt')\n", "for f in (take,):\n    f()"),
}


@pytest.mark.parametrize("case", TAKEN_BY.values(), ids=TAKEN_BY)
@pytest.mark.parametrize("consent", [False, True])
def test_a_function_may_take_it_away(case: tuple[str, str], *, consent: bool) -> None:
    form = replace(_form(f"{WRITE}\n{case[1]}"), before=f"{IMPORTS}\n\n{case[0]}")
    found, code = broken(form.project, replace(SETTINGS, row_after_file=consent))
    assert found == []
    assert code.startswith("DBR4")


@pytest.mark.parametrize("body", MOVED)
def test_a_file_with_a_row_keeps_its_name(body: str) -> None:
    for consent in (False, True):
        found, code = broken(_form(f"{WRITE}\n{body}").project, replace(SETTINGS, row_after_file=consent))
        assert found == []
        assert code in {"DBR421", "DBR408", "DBR431"}


@pytest.mark.parametrize("body", [b for bodies in EXTRA.values() for b in bodies])
def test_a_file_beside_the_outputs_has_a_row_or_a_refusal(body: str) -> None:
    found, code = broken(_form(f"{body}\n{WRITE}").project)
    assert found == []
    assert code.startswith("DBR4")


@pytest.mark.parametrize("body", [b for bodies in EXTRA.values() for b in bodies])
def test_with_consent_it_is_right_too(body: str) -> None:
    settings = replace(SETTINGS, row_after_file=True)
    found, _ = broken(_form(f"{body}\n{WRITE}").project, settings)
    # The head of a gzip file holds the time.
    assert [f for f in found if not f.startswith("files")] == []


@pytest.mark.parametrize("body", [b for bodies in EXTRA.values() for b in bodies])
@pytest.mark.parametrize("consent", [False, True])
def test_the_method_may_import_what_it_needs(body: str, *, consent: bool) -> None:
    imports, _, rest = IMPORTS.partition("\n\n\n")
    form = replace(_form(f"{imports}\n{body}\n{WRITE}"), before=rest)
    found, code = broken(form.project, replace(SETTINGS, row_after_file=consent))
    assert [f for f in found if not f.startswith("files")] == []
    assert consent or code.startswith("DBR4")


NAMED_ANEW = (
    ("import shelve as s", "s.open(self.place('x')).close()"),
    ("from shelve import open as so", "so(self.place('x')).close()"),
    ("from subprocess import run as go", "go(['touch', self.place('x')])"),
    ("import os as o", "o.system('touch run/plan/x')"),
    ("from os import system", "system('touch run/plan/x')"),
    ("from shutil import copyfile as cf", "cf('/etc/hostname', self.place('x'))"),
    ("from pathlib import Path as P", "P(self.place('x')).touch()"),
    ("from builtins import open as bo", "bo(self.place('x'), 'w').close()"),
    ("from codecs import open as co", "co(self.place('x'), 'w', 'utf-8').close()"),
    ("from helpers import put as hp", "hp(self.place('x'), 'x')"),
    ("from luigi import LocalTarget as LT", "LT(self.place('x')).open('w').close()"),
)


@pytest.mark.parametrize(("imported", "body"), NAMED_ANEW)
@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("consent", [False, True])
def test_by_another_name_it_writes_all_the_same(
    imported: str, body: str, *, inside: bool, consent: bool
) -> None:
    form = _form(f"{imported}\n{body}\n{WRITE}" if inside else f"{body}\n{WRITE}")
    form = replace(form, before=f"{form.before}\n\n{imported}\n")
    found, _ = broken(form.project, replace(SETTINGS, row_after_file=consent))
    assert found == []


@pytest.mark.parametrize("body", [*HARMLESS, FIRST])
def test_what_writes_no_file_below_the_run_directory_is_no_matter(body: str) -> None:
    assert broken(_form(f"{body}\n{WRITE}").project) == ([], "")


def test_a_comment_settles_it() -> None:
    call = "faraway.put('run/plan/x.dat', 'x')"
    found, code = broken(_form(f"{call}  # refactor: not-output a cache\n{WRITE}").project)
    assert code == ""
    assert [f for f in found if not f.startswith("rows")] == []
