"""What looks like a refused shape and is none: these tasks are rewritten."""

from __future__ import annotations

from tests.shapes.cases import TWO_FILES, WITHOUT_LLM, WRITE, Case

NOT_REFUSED = (
    Case("docstring-and-exec-in-a-name", f"exec_time = 1{WRITE}", signature=WITHOUT_LLM),
    Case("statements-on-one-line-elsewhere", f"a = 1; b = 2{WRITE}", signature=WITHOUT_LLM),
    Case("short-suite-elsewhere", f"if self: pass{WRITE}", signature=WITHOUT_LLM),
    Case(
        "comprehension-over-the-result",
        f"o = Outline.execute(llm, 'x')\nfound = [p for p in o.response]{WRITE}",
    ),
    Case("first-of-a-short-circuit", f"o = Outline.execute(llm, 'x') or None{WRITE}"),
    Case("attribute-of-the-result", f"text = Outline.execute(llm, 'x').markdown{WRITE}"),
    Case("appended", f"found = []\nfound.append(Outline.execute(llm, 'x')){WRITE}"),
    Case("returned-by-name", f"o = Outline.execute(llm, 'x'){WRITE}return o"),
    Case("model-made-not-asked", f"ledger = Ledger(llm, None){WRITE}", calls=0),
    Case("class-named-like-a-function", f"ledger = results.tally(llm, None){WRITE}", calls=0),
    Case("function-named-like-a-class", f"ledger = results.Tell(llm, 'x'){WRITE}", calls=1),
    Case("model-printed", f"print(llm){WRITE}", calls=0),
    Case("model-described", f"print(Outline.describe(llm)){WRITE}", calls=0),
    Case("prompt-of-literals", f"o = Outline.execute(llm, 'a' + str(3)){WRITE}"),
    Case("read-mode-in-a-name", f"mode = 'r'\nwith open('/dev/null', 'r') as f:\n    f.read(){WRITE}"),
    Case("appending-elsewhere", f"log = []\nlog.append(self.output().path){WRITE}", signature=WITHOUT_LLM),
    Case(
        "utf-8-by-another-name", "with open(self.output().path, 'w', encoding='UTF8') as f:\n    f.write('x')"
    ),
    Case("newline-kept", "with open(self.output().path, 'w', newline='\\n') as f:\n    f.write('x')"),
    Case("path-printed", f"print(self.output().path){WRITE}", signature=WITHOUT_LLM),
    Case("mode-set", f"{WRITE}os.chmod(self.output().path, 0o644)", signature=WITHOUT_LLM),
    Case("copied-elsewhere", f"{WRITE}shutil.copy(self.output().path, '/dev/null')", signature=WITHOUT_LLM),
    Case("path-taken-out", f"t = 'a'.replace(self.output().path, 'b'){WRITE}", signature=WITHOUT_LLM),
    Case("constant-target", f"d = {{}}\nd['a'] = Outline.execute(llm, 'x'){WRITE}"),
    Case("file-asked-for", f"if os.path.exists(self.output().path):\n    pass{WRITE}", signature=WITHOUT_LLM),
    Case("directory-made", f"os.makedirs(self.run_id_dir, exist_ok=True){WRITE}", signature=WITHOUT_LLM),
    Case("path-in-the-text", "with self.output().open('w') as f:\n    f.write(str(self.output().path))"),
    Case(
        "path-in-another-file",
        "with self.output()['text'].open('w') as f:\n    f.write(self.output()['raw'].path)\n"
        "with self.output()['raw'].open('w') as f:\n    f.write('{}')",
        files=TWO_FILES,
        signature=WITHOUT_LLM,
    ),
    Case(
        "function-called-in-place",
        """
        def ask(topic):
            return Outline.execute(llm, topic)

        outline = ask("x")
        with self.output().open("w") as f:
            f.write(outline.markdown)
        """,
    ),
    Case(
        "helper-in-a-straight-line",
        "self._save('text')",
        signature=WITHOUT_LLM,
        behind="""
        def _save(self, text):
            with self.output().open("w") as f:
                f.write(text)
        """,
    ),
)
