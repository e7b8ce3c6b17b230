"""Which shapes there are, and what an undisturbed run of each does."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from codemods.source import SourceFile, decode

DIRECTORY = Path(__file__).parents[2] / "fixtures" / "shapes"


@dataclass(frozen=True)
class Shape:
    """One module of `fixtures/shapes`.

    Attributes:
        name: the module.
        calls: how many LLM calls its tasks make in an undisturbed run, one after the other.
        answers: how many answers the models give; more than `calls` where one call asks several times.
        same_bytes: whether its files are the same each time; not those with the time in them.
        asks_in_finally: whether a `finally` of its own asks a model, whatever happened before.
    """

    name: str
    calls: int
    answers: int | None = None
    same_bytes: bool = True
    asks_in_finally: bool = False

    @property
    def source(self) -> SourceFile:
        """The module as it lies on the disk."""
        path = DIRECTORY / f"{self.name}.py"
        return decode(path.read_bytes(), path)

    @property
    def asks_once_a_call(self) -> bool:
        """Whether each call is one question to a model, so that prompts can be compared one by one."""
        return self.answers is None


SHAPES = (
    Shape("aliased_imports", calls=1),
    Shape("async_entry", calls=1),
    Shape("calls_in_suites", calls=3, asks_in_finally=True),
    Shape("conditional_expression", calls=1),
    Shape("decorated", calls=1),
    Shape("early_return", calls=1),
    Shape("executor_inner", calls=1),
    Shape("foreign_writer", calls=0),
    Shape("four_outputs", calls=1),
    Shape("fragile_prompt", calls=1),
    Shape("guarded_methods", calls=4),
    Shape("helper_calls", calls=1),
    Shape("helper_methods", calls=7),
    Shape("inherited_output", calls=1),
    Shape("inner_without_llm", calls=0),
    Shape("json_dump", calls=1),
    Shape("kept_text", calls=1),
    Shape("lambda_to_run", calls=1),
    Shape("loop_nested_function", calls=3),
    Shape("loop_swallow", calls=2),
    Shape("loop_with_exits", calls=4),
    Shape("match_statement", calls=1),
    Shape("mixed_module", calls=0),
    Shape("neither_member", calls=2),
    Shape("nested_loops", calls=4),
    Shape("one_branch", calls=1),
    Shape("one_call", calls=1),
    Shape("one_container", calls=2),
    Shape("methods_of_no_instance", calls=2),
    Shape("other_models", calls=4),
    Shape("orchestrated", calls=1, answers=2),
    Shape("page_builder", calls=0),
    Shape("paths", calls=0),
    Shape("printed", calls=2),
    Shape("pydantic_result", calls=1),
    Shape("raw_and_clean", calls=1),
    Shape("raw_response_dict", calls=1),
    Shape("rebound_name", calls=1),
    Shape("renumbered_paths", calls=0),
    Shape("report", calls=0),
    Shape("reraise", calls=1),
    Shape("returned_answers", calls=3),
    Shape("run_override", calls=0),
    Shape("several_inputs", calls=1),
    Shape("single_target", calls=1),
    Shape("stamped_writer", calls=0, same_bytes=False),
    Shape("static_exporter", calls=0),
    Shape("taken_names", calls=1),
    Shape("template_names", calls=3),
    Shape("try_finally_around", calls=2),
    Shape("temporary_path", calls=1),
    Shape("two_calls", calls=2),
    Shape("helper_writes", calls=1),
    Shape("walrus", calls=2),
    Shape("with_around", calls=2),
    Shape("writing_statements", calls=0),
)
