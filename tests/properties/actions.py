"""Generates the statements that do something: LLM calls, writes, and what stands in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.properties.pen import Pen

if TYPE_CHECKING:
    from tests.properties.decisions import Decisions
    from tests.properties.shapes import Position


class Actions(Pen):
    """Simple statements.

    Attributes:
        calls, writes: how many were generated.
        budget_calls, budget_writes, budget_compound: how many more may be.
        keys: file name expression by key of `output()`; the key is empty for a single target.
        is_async: whether the method is asynchronous.
        place: what log messages begin with here.
    """

    def __init__(self, decisions: Decisions, level: int, *, model: str, is_async: bool) -> None:
        super().__init__(decisions, level)
        self.model = model
        self.is_async = is_async
        self.calls = self.writes = 0
        self.budget_calls = 1 + self.upto(2)
        self.budget_writes = 1 + self.upto(4)
        self.budget_compound = 1 + self.upto(3)
        self.keys: dict[str, str] = {}
        self.single = self.chance(15)
        self.place = ""

    # LLM calls

    def call(self, position: Position) -> None:
        """One LLM call in one of its shapes."""
        self.budget_calls -= 1
        self.calls += 1
        forms = [self._execute, self._execute, self._complete, self._expert, self._conditional]
        if not position.nested:
            forms += [self._run_nested, self._run_nested, self._run_lambda, self._append]
        if self.is_async and not position.nested:
            forms += [self._execute_async]
        self.pick(forms)()

    def _prompt(self) -> str:
        return self.text()

    def _fragile_prompt(self) -> str:
        """Some text; now and then one that cannot be had, for a handler around the call, or for none."""
        if self.chance(6):
            return self.pick(['{"known": "text"}["unknown"]', '"one two".split()[2]'])
        return self.text()

    def _class(self) -> tuple[str, str]:
        return self.pick([("Answer", "user_prompt"), ("Review", "query")])

    def _execute(self) -> None:
        cls, keyword = self._class()
        given = self.pick(["", f"{keyword}="])
        prompt = self._fragile_prompt()
        annotation = f": {cls}" if self.chance(15) else ""
        result = self.fresh("answer", rebinds=not annotation)
        if self.chance(25):
            self.line(f"{result}{annotation} = {cls}.execute(")
            self.plain(f"    {self.model},")
            self.plain("")
            self.plain(f"    {given}{prompt},  # the prompt")
            self.plain(")")
        else:
            self.line(f"{result}{annotation} = {cls}.execute({self.model}, {given}{prompt})")

    def _execute_async(self) -> None:
        cls, _ = self._class()
        prompt = self._prompt()
        self.line(f"{self.fresh('answer')} = await {cls}.execute_async({self.model}, {prompt})")

    def _complete(self) -> None:
        prompt = self._fragile_prompt()
        tail, kind = self.pick([("", "reply"), (".text", "text")])
        self.line(f"{self.fresh(kind)} = {self.model}.complete({prompt}){tail}")

    def _expert(self) -> None:
        prompt = self._prompt()
        name = self.fresh("answer", rebinds=False)
        self.line(f"{name} = Expert()")
        if self.chance(30):
            self.filler_line()
        self.line(f"{name}.execute({self.model}, {prompt})")

    def _conditional(self) -> None:
        cls, _ = self._class()
        prompt, flag = self._prompt(), self.flag()
        self.line(
            f"{self.fresh('answer')} = {cls}.execute({self.model}, {prompt}) if {flag} else {cls}.blank()"
        )

    def _run_nested(self) -> None:
        cls, _ = self._class()
        prompt = self._prompt()
        name = self.fresh("function", rebinds=False)
        self.frozen |= set(self.env)
        inner = self.pick(["llm", "model"])
        self.line(f"def {name}({inner}):")
        with self.indented():
            if self.chance(30):
                self.line(f'logger.debug("inside {self.number()}")')
            if inner == "llm":
                self.line(f"return {cls}.execute(llm, {prompt})")
            else:
                self.line(f"return {cls}.execute({self.model}, {prompt})")
        if self.chance(25):
            self.filler_line()
        if self.model == "llm":
            self.line(f"{self.fresh('answer')} = {name}(llm)")
        else:
            self.line(f"{self.fresh('answer')} = {self.model}.run({name})")

    def _run_lambda(self) -> None:
        cls, _ = self._class()
        prompt = self._prompt()
        self.frozen |= set(self.env)
        if self.model == "llm":
            self.line(f"{self.fresh('answer')} = {cls}.execute(llm, {prompt})")
        else:
            self.line(f"{self.fresh('answer')} = {self.model}.run(lambda llm: {cls}.execute(llm, {prompt}))")

    def _append(self) -> None:
        prompt = self._fragile_prompt()
        name = self.fresh("answers", rebinds=False)
        self.line(f"{name} = []")
        self.line(f"{name}.append(Answer.execute({self.model}, {prompt}))")

    # writes

    def write(self, position: Position, varying: str = "") -> None:
        """One write in one of its shapes. `varying` is a name that makes the file name different each time."""
        self.budget_writes -= 1
        self.writes += 1
        answers = self.names("answer")
        if not varying and position.in_loop and self.names("int") and self.chance(50):
            varying = self.names("int")[0]
        fits = len(self.keys) < (1 if self.single else 3) or self.chance(12)
        if not varying and (not self.keys or self.chance(60)) and fits:
            place, target = self._output()
        else:
            place, target = self._extra(varying), ""
        forms = [self._write_open, self._write_text, self._write_open]
        if target:
            forms += [self._write_target] * 3
        if answers:
            forms += [self._save] * 5
        if self.chance(10):
            forms = [self._export]
        self.pick(forms)(place, target)

    def _output(self) -> tuple[str, str]:
        """The path and the target of a key of `output()`."""
        if self.single:
            self.keys.setdefault("", self.pick(["Names.RAW", "Names.REPORT"]))
            target = "self.output()"
        else:
            known = list(self.keys)
            if len(known) > 2 or (known and self.chance(10)):
                key = self.pick(known)
            else:
                key, name = (("raw", "Names.RAW"), ("report", "Names.REPORT"), ("table", "Names.TABLE"))[
                    len(known)
                ]
                self.keys[key] = name
            target = f'self.output()["{key}"]'
        if self.chance(25):
            name = self.fresh("target", rebinds=False)
            self.line(f"{name} = {target}")
            target = name
        return f"{target}.path", target

    def _extra(self, varying: str) -> str:
        """The path of a further file."""
        number = self.number()
        if varying:
            name = self.pick(
                [
                    f'f"{number:03d}-{{{varying}}}.md"',
                    f'Names.CHUNK.value.format(f"{number}-{{{varying}}}")',
                    f'f"{{{varying}}}-{number}.json"',
                    f'"{number}-{{}}.txt".format({varying})',
                ]
            )
        else:
            name = f'"{number:03d}-extra.{self.pick(["md", "json", "html"])}"'
        path = f"self.run_id_dir / {name}"
        if self.chance(30):
            variable = self.fresh("path", rebinds=False)
            self.line(f"{variable} = {path}")
            return variable
        return self.pick([f"({path})", f"str({path})"] if "str" not in self.stolen else [f"({path})"])

    def _write_open(self, place: str, _: str) -> None:
        encoding = self.pick([', encoding="utf-8"', ""])
        self._under_handle(f'open({place}, "w"{encoding})')

    def _write_target(self, _: str, target: str) -> None:
        self._under_handle(f'{target}.open("w")')

    def _under_handle(self, opened: str) -> None:
        handle = self.fresh("handle", rebinds=False)
        self.line(f"with {opened} as {handle}:")
        with self.indented():
            if self.chance(20):
                self.comment()
            if self.chance(20):
                self.log("")
            form = self.upto(9)
            if form < 4 and self.has_json():
                self.line(f"json.dump({self._data()}, {handle}{self.pick(['', ', indent=2'])})")
            elif form == 8:
                self._write_loop(handle)
            else:
                for _ in range(1 + self.upto(1)):
                    self.line(f"{handle}.write({self.text()})")
        self.env.pop(handle, None)

    def _write_loop(self, handle: str) -> None:
        split = self.text()
        piece = self.fresh("text", rebinds=False)
        self.line(f"for {piece} in {split}.split():")
        with self.indented():
            if self.chance(30):
                self.log("")
            self.line(f"{handle}.write({piece})")
        self.env.pop(piece, None)

    def _data(self) -> str:
        forms = ['{"fixed": [1, None, "ü"]}']
        forms += [f"{name}.to_dict()" for name in self.names("answer")[:2]]
        forms += [f'{{"text": {name}}}' for name in self.names("text")[:1]]
        return self.pick(forms[::-1])

    def _write_text(self, place: str, target: str) -> None:
        path = f"Path({place})" if target or place.startswith("str(") else place
        encoding = self.pick([', encoding="utf-8"', ""])
        self.line(f"{path}.write_text({self.text()}{encoding})")

    def _save(self, place: str, _: str) -> None:
        answer = self.names("answer")[0]
        method = self.pick(["save_raw", "save_markdown"])
        if self.chance(15):
            self.line(f"{answer}.{method}(")
            self.plain(f"    {place}")
            self.plain(")")
        else:
            self.line(f"{answer}.{method}({place})")

    def _export(self, place: str, _: str) -> None:
        answers = self.names("answer")
        if answers and self.chance(60):
            self.line(f"Exporter.save({answers[0]}, path={place})")
        else:
            # Random content is refused, so there is little of it.
            writer = "stamped" if self.chance(8) else "labelled"
            self.line(f"Exporter.{writer}({self.text()}, path={place})")

    # what stands in between

    def filler(self, position: Position) -> None:
        """A statement that neither calls nor writes."""
        if self.chance(30):
            self.comment()
        if self.chance(15):
            self.plain(self.pick(["", "    "]))
        forms = [self.filler_line, self.filler_line, self._multi_line, self._continued, self._assigned]
        self.pick(forms)()

    def filler_line(self) -> None:
        """A line that leaves a trace, or binds something."""
        form = self.upto(5)
        if form == 0:
            self.log("")
        elif form == 1:
            self.line(f"trip({self.number()})")
        elif form == 2:
            self.line("pass")
        elif form == 3:
            value = self.text()
            self.line(f"{self.fresh('list')} = {value}.split()")
        elif form == 4:
            self.line(f"{self.fresh('int')} = {self.upto(3)}")
        else:
            self.line(f'logger.info("at %s", {self.text()})')

    def log(self, name: str) -> None:
        """A log call."""
        level = self.pick(["info", "debug", "warning"])
        message = f'f"{self.number()} {{{name}}}"' if name else f'"{self.place}step {self.number()}"'
        self.line(f"logger.{level}({message})")

    def comment(self) -> None:
        """A comment, also one that looks like those of inserted steps."""
        self.plain(self.pick(["# why", "# Step 2: read the inputs.", "#", "# Step 6 is elsewhere", "# é"]))

    def _assigned(self) -> None:
        value = self.text()
        self.line(f"{self.fresh('text')} = {value}")

    def _multi_line(self) -> None:
        name = self.fresh("text")
        self.plain(f'{name} = """first')
        self.lines.append("  second   ")
        self.lines.append("")
        self.lines.append('\tthird"""  # end')

    def _continued(self) -> None:
        value = self.text()
        name = self.fresh("text")
        self.line(f"{name} = (")
        self.plain(f"    {value}")
        self.plain("    # inside")
        self.plain(f'  + "tail %d" % {self.upto(3)}')
        self.plain(")")
