"""What is refused: a task for every code, with the line that is named."""

from __future__ import annotations

from tests.shapes.cases import TWO_FILES, WITHOUT_LLM, WRITE, Case

ASK = """
def ask(self, llm, topic):{mark}
    text = "on " + topic
    outline = Outline.execute(llm, text)
    return outline.markdown
"""
ASKED = ASK.format(mark="")
TOLD = ASK.format(mark="  # <-")
HELPERS = (
    ("that-is-decorated", "text = self.ask(llm, 'x')", f"\n@results.kept{TOLD}"),
    ("that-is-a-generator", "text = next(self.ask(llm, 'x'))", TOLD.replace("return", "yield")),
    ("defined-twice", "text = self.ask(llm, 'x')", f"\ndef ask(self, llm, topic):\n    return ''\n{TOLD}"),
    ("in-a-group", "try:\n    text = self.ask(llm, 'x')  # <-\nexcept* ValueError:\n    text = ''", ASKED),
    (
        "in-a-finally-of-a-try",
        (
            "text = ''\ntry:\n    try:\n        text = self.ask(llm, 'x')\n    finally:\n"
            "        self.ask(llm, 'y')  # <-\nexcept OSError:\n    pass"
        ),
        ASKED,
    ),
    (
        "behind-a-finally-of-a-try",
        "text = ''\ntry:\n    text = self.ask(llm, 'x')\nexcept OSError:\n    pass\nfinally:\n    self.end(llm)  # <-",
        f"\ndef end(self, llm):\n    return self.ask(llm, 'z')\n{ASKED}",
    ),
    (
        "of-a-task-that-decides-about-its-attributes",
        "try:\n    text = self.ask(llm, 'x')\nexcept OSError:\n    text = ''",
        f"\ndef __setattr__(self, name, value):\n    object.__setattr__(self, name, value)\n{TOLD}",
    ),
    ("in-a-finally-that-leaves", "try:\n    self.ask(llm, 'x')  # <-\nfinally:\n    return", ASKED),
    ("in-a-with", "with results.forgiving():\n    text = self.ask(llm, 'x')  # <-", ASKED),
    (
        "in-a-try-of-another",
        "text = self.both(llm)",
        (
            "\ndef both(self, llm):\n    try:\n        return self.ask(llm, 'x')  # <-\n"
            f"    except OSError:\n        return ''\n{ASKED}"
        ),
    ),
    (
        "in-a-with-around-another",
        "with results.forgiving():\n    text = self.both(llm)  # <-",
        f"\ndef both(self, llm):\n    return self.ask(llm, 'x')\n{ASKED}",
    ),
    ("handed-on", "given = 'ab'\ntexts = list(map(self.ask, given, given))  # <-", ASKED),
    ("in-a-generator-expression", "text = ''.join(self.ask(llm, t) for t in 'ab')  # <-", ASKED),
)

REFUSED = (
    Case("two-entries", WRITE, "DBR001", behind="\ndef run(self):  # <-\n    self.run_with_llm(None)\n"),
    Case(
        "call-behind-colon", "if llm: Outline.execute(llm, 'x').save_raw(self.output().path)  # <-", "DBR103"
    ),
    Case(
        "body-on-header",
        "",
        "DBR002",
        signature="def run_inner(self): Path(self.output().path).write_text('x')  # <-",
    ),
    Case(
        "suite-on-one-line",
        """
        if llm: outline = Outline.execute(llm, "x")
        with self.output().open("w") as f:
            f.write(outline.markdown)
        """,
        "DBR002",
        signature="def run_with_llm(self, llm):  # <-",
    ),
    Case(
        "two-statements-on-one-line",
        """
        query = "x"; outline = Outline.execute(llm, query)
        with self.output().open("w") as f:
            f.write(outline.markdown)
        """,
        "DBR002",
        signature="def run_with_llm(self, llm):  # <-",
    ),
    Case("exec", f"exec('x = 1')  # <-{WRITE}", "DBR004", signature=WITHOUT_LLM),
    Case("eval", f"text = eval('1')  # <-{WRITE}", "DBR004", signature=WITHOUT_LLM),
    Case(
        "finally-leaves",
        "try:\n    outline = Outline.execute(llm, 'x')\nfinally:\n    return  # <-" + WRITE,
        "DBR005",
    ),
    Case("comprehension", f"found = [Outline.execute(llm, t) for t in 'ab']  # <-{WRITE}", "DBR101"),
    Case("short-circuit", f"found = None or Outline.execute(llm, 'x')  # <-{WRITE}", "DBR101"),
    Case(
        "header-of-elif",
        "if not llm:\n    pass\nelif o := Outline.execute(llm, 'x'):  # <-\n    pass" + WRITE,
        "DBR101",
    ),
    Case("header-of-while", "while Outline.execute(llm, 'x'):  # <-\n    break" + WRITE, "DBR101"),
    Case("header-of-for", "for x in Outline.execute(llm, 'x').response:  # <-\n    pass" + WRITE, "DBR101"),
    Case("header-of-with", "with Outline.execute(llm, 'x') as o:  # <-\n    pass" + WRITE, "DBR101"),
    Case(
        "header-of-match",
        "match Outline.execute(llm, 'x'):  # <-\n    case _:\n        pass" + WRITE,
        "DBR101",
    ),
    Case("raised", f"{WRITE}raise Outline.execute(llm, 'x')  # <-", "DBR101"),
    Case(
        "returned-by-a-coroutine",
        f"{WRITE}return Outline.execute(llm, 'x')  # <-",
        "DBR102",
        signature="async def run_with_llm(self, llm):",
    ),
    Case(
        "returned-beside-super", f"super().requires(){WRITE}return Outline.execute(llm, 'x')  # <-", "DBR102"
    ),
    Case(
        "returned-in-two-forms",
        f"text = self.ask(llm, 'x'){WRITE}",
        "DBR102",
        behind="""
        def ask(self, llm, topic):
            if topic == "y":
                return Outline.execute(llm, topic)
            return Outline.execute(llm, topic).markdown  # <-
        """,
    ),
    Case(
        "returned-by-an-executor-of-the-method",
        f"text = self.ask('x').markdown{WRITE}",
        "DBR102",
        signature=WITHOUT_LLM,
        behind="""
        def ask(self, topic):
            executor = self.create_llm_executor()
            query = "about " + topic
            return Outline.execute(executor, query)  # <-
        """,
    ),
    Case("not-kept", f"Outline.execute(llm, 'x')  # <-{WRITE}", "DBR103"),
    Case(
        "printed",
        f"print(1, Outline.execute(llm, 'x').markdown)\nOutline.execute(llm, 'y')  # <-{WRITE}",
        "DBR103",
    ),
    Case(
        "two-in-a-tuple",
        f"a, b = Outline.execute(llm, 'x'), Outline.execute(llm, 'y')  # <-{WRITE}",
        "DBR104",
    ),
    Case(
        "one-in-the-other",
        f"a = Outline.execute(llm, Outline.execute(llm, 'x').markdown)  # <-{WRITE}",
        "DBR104",
    ),
    Case(
        "two-behind-one-function",
        """
        def ask(llm):
            first = Outline.execute(llm, "x")
            return Outline.execute(llm, first.markdown)

        executor = self.create_llm_executor()
        outline = executor.run(ask)  # <-
        with self.output().open("w") as f:
            f.write(outline.markdown)
        """,
        "DBR104",
        signature=WITHOUT_LLM,
    ),
    Case("answer-printed", "print(llm.complete('x', 'y', str))  # <-" + WRITE, "DBR103"),
    Case(
        "lambda-mapped",
        "texts = list(map(lambda p: Outline.execute(llm, p).markdown, ['x', 'y']))  # <-" + WRITE,
        "DBR105",
    ),
    Case(
        "function-mapped",
        """
        def ask(topic):
            return Outline.execute(llm, topic)

        found = list(map(ask, "ab"))  # <-
        with self.output().open("w") as f:
            f.write(found[0].markdown)
        """,
        "DBR105",
    ),
    Case(
        "function-stored",
        """
        def ask(topic):
            return Outline.execute(llm, topic)

        self.later = ask  # <-
        with self.output().open("w") as f:
            f.write("text")
        """,
        "DBR105",
    ),
    Case("model-method-mapped", f"found = list(map(llm.complete, 'ab'))  # <-{WRITE}", "DBR105"),
    Case("model-method-renamed", f"ask = llm.complete  # <-\ntext = ask('x'){WRITE}", "DBR105"),
    Case("model-method-in-a-table", f"table = {{'a': llm.complete}}  # <-{WRITE}", "DBR105"),
    Case(
        "helper-builds-the-prompt-twice",
        f"text = self.ask(llm, 'x'){WRITE}",
        "DBR202",
        behind="""
        def ask(self, llm, topic):
            return llm.complete(f"Write about {topic}").text  # <-
        """,
    ),
    Case(
        "helper-does-not-keep-the-answer",
        f"text = self.ask(llm, 'x'){WRITE}",
        "DBR103",
        behind="""
        def ask(self, llm, topics):
            found = []
            for topic in topics:
                found.append(llm.complete(topic))  # <-
            return found
        """,
    ),
    Case(
        "helper-of-a-helper",
        f"self.fill('x'){WRITE}",
        "DBR202",
        signature=WITHOUT_LLM,
        behind="""
        def fill(self, topic):
            self.text = self.ask(topic)

        def ask(self, topic):
            return self.create_llm_executor().run(lambda llm: llm.complete("Write about " + topic))  # <-
        """,
    ),
    Case(
        "helper-that-reads-its-names",
        f"text = self.ask(llm, 'x'){WRITE}",
        "DBR004",
        behind=ASKED.replace("return", "eval('1')  # <-\n    return"),
    ),
    Case(
        "static-method-whose-answer-is-not-known",
        f"text = self.ask(llm, 'x')  # <-{WRITE}",
        "DBR103",
        behind=f"\n@staticmethod{ASKED.replace('self, ', '')}",
    ),
    *(Case(f"helper-{name}", f"{body}{WRITE}", "DBR106", behind=behind) for name, body, behind in HELPERS),
    Case(
        "stream",
        "from openai import OpenAI\nclient = OpenAI()\n"
        f"parts = client.responses.create(model='m', input='x', stream=True)  # <-{WRITE}",
        "DBR107",
        signature=WITHOUT_LLM,
    ),
    Case("no-prompt", f"outline = Outline.execute(llm)  # <-{WRITE}", "DBR201"),
    Case(
        "random-prompt", f"outline = Outline.execute(llm, random.choice(['a', 'b']))  # <-{WRITE}", "DBR202"
    ),
    Case(
        "consumed-prompt",
        """
        with self.input().open("r") as f:
            outline = Outline.execute(llm, f.read())  # <-
        with self.output().open("w") as f:
            f.write(outline.markdown)
        """,
        "DBR202",
    ),
    Case(
        "prompt-of-the-inner-function",
        """
        executor = self.create_llm_executor()

        def ask(llm):
            query = "x" * 3
            return Outline.execute(llm, query)

        outline = executor.run(ask)  # <-
        with self.output().open("w") as f:
            f.write(outline.markdown)
        """,
        "DBR203",
        signature=WITHOUT_LLM,
    ),
    Case("append", "with open(self.output().path, 'a') as f:  # <-\n    f.write('x')", "DBR401"),
    Case("update", "with open(self.output().path, 'r+') as f:  # <-\n    f.write('x')", "DBR401"),
    Case(
        "bytes", "with open(self.output().path, 'wb') as f:  # <-\n    f.write(b'x')\n    f.close()", "DBR402"
    ),
    Case("write-bytes", "Path(self.output().path).write_bytes(b'x')  # <-", "DBR402"),
    Case("write-text-utf-16", "Path(self.output().path).write_text('x', encoding='utf-16')  # <-", "DBR403"),
    Case("write-text-positional", "Path(self.output().path).write_text('x', 'utf-16')  # <-", "DBR403"),
    Case(
        "open-positional",
        "with open(self.output().path, 'w', -1, 'utf-16') as f:  # <-\n    f.write('x')\n    return",
        "DBR403",
    ),
    Case(
        "mode-in-a-name",
        "mode = 'w' if llm else 'a'\nwith open(self.output().path, mode) as f:  # <-\n    f.write('x')",
        "DBR404",
    ),
    Case(
        "without-with",
        "f = open(self.output().path, 'w')  # <-\nf.write('x')\nif llm:\n    f.close()",
        "DBR405",
    ),
    Case("consumed", "lines = ['a', 'b']\nPath(self.output().path).write_text(lines.pop())  # <-", "DBR406"),
    Case(
        "writer-with-effects",
        "self.save(self.output().path)  # <-",
        "DBR407",
        behind="""
        def save(self, path):
            self.seen.append(path)
            with open(path, "w") as f:
                f.write("x")
                f.write(self.seen.pop())
        """,
    ),
    Case(
        "moved",
        "Path('x').write_text('x')\nif shutil.move('x', self.output().path):  # <-\n    pass",
        "DBR408",
        signature=WITHOUT_LLM,
    ),
    Case("replaced", "os.replace(fetched(), self.output().path)  # <-", "DBR408", signature=WITHOUT_LLM),
    Case(
        "output-out-of-sight-and-no-writer",
        "print('done')",
        "DBR409",
        signature="def run_inner(self):  # <-",
        files="    def output(self):\n        return targets_of(self)\n\n",
    ),
    Case(
        "output-and-writer-out-of-sight",
        "publish(self)  # <-",
        "DBR421",
        signature=WITHOUT_LLM,
        files="    def output(self):\n        return targets_of(self)\n\n",
    ),
    Case(
        "output-in-a-loop-out-of-sight",
        "for target in self.output():\n    render(target.path)  # <-",
        "DBR421",
        signature=WITHOUT_LLM,
        files="    def output(self):\n        return [self.local_target(n) for n in FileName]\n\n",
    ),
    Case(
        "output-kept-in-an-attribute",
        f"self.kept = self.output()  # <-{WRITE}",
        "DBR421",
        signature=WITHOUT_LLM,
    ),
    Case(
        "output-dumped-by-the-target",
        f"{WRITE}self.output().dump({{}})  # <-",
        "DBR421",
        signature=WITHOUT_LLM,
    ),
    Case(
        "beside-the-run-directory",
        "with open(os.path.join('elsewhere', 'x.txt'), 'w') as f:  # <-\n    f.write('x')" + WRITE,
        "DBR423",
        signature=WITHOUT_LLM,
    ),
    Case(
        "directory-of-a-parameter",
        "path = os.path.join(self.cache_dir, 'x.txt')\nwith open(path, 'w') as f:  # <-\n    f.write('x')"
        + WRITE,
        "DBR423",
        signature=WITHOUT_LLM,
    ),
    Case(
        "up-from-the-run-directory",
        "with open(self.run_id_dir / '../x.txt', 'w') as f:  # <-\n    f.write('x')" + WRITE,
        "DBR423",
        signature=WITHOUT_LLM,
    ),
    Case(
        "target-of-another-system",
        "with self.output().open('w') as f:  # <-\n    f.write('x')",
        "DBR424",
        signature=WITHOUT_LLM,
        files="    def output(self):\n        return BucketTarget(self.run_id_dir / 'x.txt')\n\n",
    ),
    Case(
        "marker",
        "self.output().touch()  # <-",
        "DBR424",
        signature=WITHOUT_LLM,
        files="    def output(self):\n        return TableTarget('host', 'table', 'id')\n\n",
    ),
    Case(
        "gzip-format",
        "with self.output().open('w') as f:  # <-\n    f.write('x')",
        "DBR402",
        signature=WITHOUT_LLM,
        files="    def output(self):\n        import luigi\n"
        "        return luigi.LocalTarget(self.run_id_dir / 'x.gz', format=luigi.format.Gzip)\n\n",
    ),
    Case(
        "not-written",
        "with self.output()['raw'].open('w') as f:\n    f.write('x')",
        "DBR409",
        signature="def run_inner(self):  # <-",
        files=TWO_FILES,
    ),
    Case(
        "moved-by-pathlib",
        "p = Path(self.output().path)\np.with_suffix('.tmp').write_text('x')\n"
        "p.with_suffix('.tmp').rename(p)  # <-",
        "DBR408",
        signature=WITHOUT_LLM,
    ),
    Case(
        "handed-on-behind-the-write",
        f"{WRITE}upload(self.output().path)  # <-",
        "DBR421",
        signature=WITHOUT_LLM,
    ),
    Case(
        "changed-behind-the-write",
        f"{WRITE}self._shout(self.output().path)  # <-",
        "DBR407",
        signature=WITHOUT_LLM,
        behind="""
        def _shout(self, path):
            if path:
                text = Path(path).read_text()
                Path(path).write_text(text.upper())
        """,
    ),
    Case(
        "model-in-a-dict",
        f"kw = {{'llm': llm, 'user_prompt': 'q'}}  # <-\no = Outline.execute(**kw){WRITE}",
        "DBR101",
    ),
    Case("model-in-a-tuple", f"o = Outline.execute(*(llm, 'q'))  # <-{WRITE}", "DBR101"),
    Case("model-in-a-loop", f"for m in [llm, None]:  # <-\n    o = Outline.execute(m, 'q'){WRITE}", "DBR101"),
    Case("random-target", f"d = {{}}\nd[random.random()] = Outline.execute(llm, 'x')  # <-{WRITE}", "DBR103"),
    Case("augmented", f"s = ''\ns += Outline.execute(llm, 'x').markdown  # <-{WRITE}", "DBR101"),
    Case("whole-output", "self.save_all(self.output())  # <-", "DBR410", files=TWO_FILES),
    Case(
        "two-paths",
        "export(self.output()['raw'].path, self.output()['text'].path)  # <-",
        "DBR410",
        files=TWO_FILES,
    ),
    Case(
        "helper-in-a-branch",
        "self._save('text')  # <-",
        "DBR411",
        signature=WITHOUT_LLM,
        behind="""
        def _save(self, text):
            if text:
                with self.output().open("w") as f:
                    f.write(text)
        """,
    ),
    Case(
        "temporary-path-of-an-unknown-file",
        "with self.part(3).temporary_path() as path:\n    Path(path).write_text('x')  # <-" + WRITE,
        "DBR412",
        signature=WITHOUT_LLM,
        behind="""
        def part(self, number):
            return LocalTarget(os.path.join(self.run_id_dir, name_of(number)))
        """,
    ),
    Case(
        "path-once",
        "names = ['a.txt']\nwith open(self.run_id_dir / names.pop(), 'w') as f:  # <-\n    f.write('x')"
        + WRITE,
        "DBR412",
    ),
    Case(
        "kept-by-an-object",
        "self._remember(self.output().path)  # <-",
        "DBR425",
        signature=WITHOUT_LLM,
        behind="""
        def _remember(self, path):
            self.kept = path

        def later(self):
            Path(self.kept).write_text("x")
        """,
    ),
    Case(
        "path-in-the-content",
        "self._sign(self.output().path)  # <-",
        "DBR426",
        signature=WITHOUT_LLM,
        behind="""
        def _sign(self, path):
            name = Path(path).stem
            for _ in range(2):
                print(name)
            with open(path, "w") as f:
                f.write(name)
        """,
    ),
    Case(
        "perhaps-written",
        "self._if_any(['x'], self.output().path)  # <-",
        "DBR427",
        signature=WITHOUT_LLM,
        behind="""
        def _if_any(self, lines, path):
            if lines:
                with open(path, "w") as f:
                    f.write(lines[0])
        """,
    ),
    Case(
        "in-a-part-of-an-expression",
        "text = ''\ntext or Path(self.output().path).write_text('x')  # <-",
        "DBR428",
        signature=WITHOUT_LLM,
    ),
)
