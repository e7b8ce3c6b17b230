"""Everything that the pipeline raises on purpose: one root, few children."""

from pipeline.llm.exchanges import NOTHING_TOLD, AnswerFacts


class PipelineError(Exception):
    """Root of the errors that the pipeline raises on purpose."""


class ConfigurationError(PipelineError):
    """What the caller or the configuration asked for makes no sense; trying again will not help."""


class InvalidNameError(ConfigurationError):
    """A plan id or a file name that must not become a path."""


class PlanNotFoundError(ConfigurationError):
    """The database has no such plan, or the plan has no such file."""


class PlanBusyError(PipelineError):
    """Another process, here or on another machine, is working on the plan."""


class RunInterruptedError(PipelineError):
    """Somebody pressed Ctrl-C, or a signal asked the process to end; the message says how to go on."""

    def __init__(self, message: str, status: int = 130) -> None:
        super().__init__(message)
        self.status = status


class DatabaseError(PipelineError):
    """The database refused a statement; trying again will not help."""


class DatabaseUnavailableError(DatabaseError):
    """The database stayed out of reach for as long as the retry policy allows."""


class PlanLostError(DatabaseError):
    """This process is no longer the owner of the plan that it works on, so that nothing more of it is written."""


class LLMError(PipelineError):
    """A model gave no usable answer."""


class UnusableAnswerError(LLMError):
    """A model answered, and took its price, and the answer is no good.

    Attributes:
        text: what it said.
        input_tokens: what the endpoint told of the cost, None where it told nothing.
        output_tokens: likewise.
        facts: what else it told.
    """

    def __init__(
        self,
        message: str,
        text: str = "",
        input_tokens: int | None = None,
        output_tokens: int | None = None,
        facts: AnswerFacts = NOTHING_TOLD,
    ) -> None:
        super().__init__(message)
        self.text = text
        self.input_tokens = input_tokens
        self.output_tokens = output_tokens
        self.facts = facts


class TaskFailedError(PipelineError):
    """A task failed; the error that made it fail is the cause of this one."""
