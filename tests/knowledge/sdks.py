"""Spellings of model calls: packages, ways to come by a client, places where a call can stand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Spelling:
    """How one package is used.

    Attributes:
        name: for the test's id.
        imports: the import statement.
        client: the expression of a client.
        call: the call, with `{c}` for the client and `{p}` for an expression of the prompt.
        code: why it is refused where it stands directly in the entry method, empty where it is recorded.
        awaited: whether it has to be awaited.
    """

    name: str
    imports: str
    client: str
    call: str
    code: str = ""
    awaited: bool = False


MESSAGES = '[{{"role": "user", "content": {p}}}]'
SPELLINGS = (
    Spelling(
        "openai-chat",
        "import openai",
        "openai.OpenAI()",
        f"{{c}}.chat.completions.create(model='m', messages={MESSAGES})",
    ),
    Spelling(
        "openai-from",
        "from openai import OpenAI as Maker",
        "Maker(api_key='k')",
        "{c}.responses.create(model='m', input={p})",
    ),
    Spelling(
        "openai-azure",
        "from openai import AzureOpenAI",
        "AzureOpenAI()",
        f"{{c}}.chat.completions.parse(model='m', messages={MESSAGES})",
    ),
    Spelling(
        "openai-options",
        "from openai import OpenAI",
        "OpenAI().with_options(timeout=3)",
        f"{{c}}.beta.chat.completions.parse(model='m', messages={MESSAGES})",
    ),
    Spelling(
        "openai-run",
        "from openai import OpenAI",
        "OpenAI()",
        "{c}.beta.threads.runs.create_and_poll(thread_id={p}, assistant_id='a')",
        "DBR106",
    ),
    Spelling(
        "openai-batch",
        "from openai import OpenAI",
        "OpenAI()",
        "{c}.batches.create(input_file_id={p})",
        "DBR107",
    ),
    Spelling(
        "openai-kwargs",
        "from openai import OpenAI",
        "OpenAI()",
        "{c}.responses.create(input={p}, **{{'model': 'm'}})",
    ),
    Spelling(
        "openai-background",
        "from openai import OpenAI",
        "OpenAI()",
        "{c}.responses.create(model='m', input={p}, background=True)",
        "DBR107",
    ),
    Spelling(
        "openai-maybe-stream",
        "from openai import OpenAI",
        "OpenAI()",
        "{c}.responses.create(model='m', input={p}, stream=bool(self))",
        "DBR107",
    ),
    Spelling(
        "anthropic",
        "import anthropic",
        "anthropic.Anthropic()",
        f"{{c}}.messages.create(model='m', max_tokens=9, system='s', messages={MESSAGES})",
    ),
    Spelling(
        "anthropic-stream",
        "from anthropic import Anthropic",
        "Anthropic()",
        f"{{c}}.messages.create(model='m', messages={MESSAGES}, stream=True)",
        "DBR107",
    ),
    Spelling("ollama-client", "import ollama", "ollama.Client()", f"{{c}}.chat('m', messages={MESSAGES})"),
    Spelling(
        "google-genai",
        "from google import genai",
        "genai.Client()",
        "{c}.models.generate_content(model='m', contents={p})",
    ),
    Spelling(
        "google-chat",
        "from google import genai",
        "genai.Client().chats.create(model='m')",
        "{c}.send_message({p})",
        "DBR106",
    ),
    Spelling(
        "google-generativeai",
        "import google.generativeai as genai",
        "genai.GenerativeModel('m')",
        "{c}.generate_content({p})",
    ),
    Spelling(
        "google-system",
        "import google.generativeai as genai",
        "genai.GenerativeModel('m', system_instruction='s')",
        "{c}.generate_content({p})",
        "DBR106",
    ),
    Spelling(
        "vertex",
        "from vertexai.generative_models import GenerativeModel",
        "GenerativeModel('m')",
        "{c}.generate_content({p})",
    ),
    Spelling(
        "mistral",
        "from mistralai import Mistral",
        "Mistral()",
        f"{{c}}.chat.complete(model='m', messages={MESSAGES})",
    ),
    Spelling("cohere", "import cohere", "cohere.ClientV2()", f"{{c}}.chat(model='m', messages={MESSAGES})"),
    Spelling(
        "groq",
        "from groq import Groq",
        "Groq()",
        f"{{c}}.chat.completions.create(model='m', messages={MESSAGES})",
    ),
    Spelling(
        "together",
        "from together import Together",
        "Together()",
        f"{{c}}.chat.completions.create(model='m', messages={MESSAGES})",
    ),
    Spelling(
        "bedrock",
        "import boto3",
        "boto3.client('bedrock-runtime')",
        "{c}.converse(modelId='m', messages=[{{'content': [{{'text': {p}}}]}}])",
    ),
    Spelling(
        "bedrock-invoke",
        "import boto3",
        "boto3.client('bedrock-runtime')",
        "{c}.invoke_model(modelId='m', body={p})",
        "DBR106",
    ),
    Spelling(
        "langchain",
        "from langchain_openai import ChatOpenAI",
        "ChatOpenAI(model='m')",
        "{c}.invoke({p})",
        "DBR106",
    ),
    Spelling(
        "langchain-structured",
        "from langchain_anthropic import ChatAnthropic",
        "ChatAnthropic(model='m').with_structured_output(dict)",
        "{c}.invoke({p})",
        "DBR106",
    ),
    Spelling(
        "llama-index", "from llama_index.llms.openai import OpenAI", "OpenAI(model='m')", "{c}.complete({p})"
    ),
    Spelling(
        "llama-index-system",
        "from llama_index.llms.huggingface import HuggingFaceLLM",
        "HuggingFaceLLM(model_name='m', system_prompt='Be kind.')",
        "{c}.complete({p})",
        "DBR106",
    ),
    Spelling(
        "mistral-conversation",
        "from mistralai import Mistral",
        "Mistral()",
        "{c}.beta.conversations.start(model='m', inputs={p})",
        "DBR106",
    ),
    Spelling(
        "anthropic-tools",
        "import anthropic",
        "anthropic.AnthropicAWS()",
        f"{{c}}.beta.messages.tool_runner(model='m', max_tokens=9, tools=[], messages={MESSAGES})",
        "DBR107",
    ),
    Spelling(
        "groq-documents",
        "from groq import Groq",
        "Groq()",
        "{c}.chat.completions.create(model='m', messages=[], documents=[{p}])",
    ),
    Spelling(
        "litellm-router-text",
        "import litellm",
        "litellm.Router()",
        "{c}.text_completion('m', {p})",
        "DBR201",
    ),
    Spelling("dspy-flex", "import dspy", "dspy.Flex('question -> answer')", "{c}(question={p})", "DBR106"),
    Spelling(
        "instructor",
        "import instructor\nfrom openai import OpenAI",
        "instructor.from_openai(OpenAI())",
        f"{{c}}.chat.completions.create(model='m', response_model=dict, messages={MESSAGES})",
        "DBR106",
    ),
    Spelling(
        "dspy", "import dspy", "dspy.ChainOfThought('question -> answer')", "{c}(question={p})", "DBR106"
    ),
    Spelling("pydantic-ai", "from pydantic_ai import Agent", "Agent('m')", "{c}.run_sync({p})", "DBR106"),
    Spelling(
        "transformers",
        "from transformers import pipeline",
        "pipeline('text-generation', model='m')",
        "{c}({p})",
        "DBR106",
    ),
    Spelling(
        "litellm-router",
        "import litellm",
        "litellm.Router()",
        f"{{c}}.completion(model='m', messages={MESSAGES})",
    ),
    Spelling(
        "hub",
        "from huggingface_hub import InferenceClient",
        "InferenceClient('m')",
        "{c}.text_generation({p})",
        "DBR106",
    ),
)
FUNCTIONS = (
    Spelling(
        "litellm-models",
        "import litellm",
        "litellm",
        f"{{c}}.batch_completion_models(models=['m'], messages={MESSAGES})",
        "DBR106",
    ),
    Spelling(
        "pydantic-ai-direct",
        "from pydantic_ai import direct",
        "direct",
        "{c}.model_request_sync('m', {p})",
        "DBR106",
    ),
    Spelling("litellm", "import litellm", "litellm", f"{{c}}.completion('m', {MESSAGES})"),
    Spelling(
        "litellm-from",
        "from litellm import completion",
        "completion",
        f"{{c}}(model='m', messages={MESSAGES})",
    ),
    Spelling("ollama", "import ollama", "ollama", "{c}.generate(model='m', prompt={p}, system='s')"),
    Spelling(
        "openai-module",
        "import openai as ai",
        "ai",
        f"{{c}}.chat.completions.create(model='m', messages={MESSAGES})",
    ),
    Spelling(
        "openai-legacy",
        "import openai",
        "openai",
        f"{{c}}.ChatCompletion.create(engine='m', messages={MESSAGES})",
    ),
)

HEAD = """\
import asyncio
import functools
import luigi
{imports}


class BaseTask(luigi.Task):
    def get_plan_id(self):
        return "p"

    def get_database_service(self):
        return None


{module}
class Ask(BaseTask):
{members}
    def output(self):
        return luigi.LocalTarget("run/a.txt")

    def run(self):
        query = "hello"
{body}
        with self.output().open("w") as f:
            f.write("text")
"""


def module_of(spelling: Spelling, body: str, *, module: str = "", members: str = "") -> str:
    """A task whose entry method has some lines; `CALL(x, p)` in any part stands for the call on x with prompt p."""
    text = HEAD.format(
        imports=spelling.imports,
        module=_lines(module, 0),
        members=_lines(members, 4),
        body=_lines(body, 8),
    )
    while "CALL(" in text:
        before, _, rest = text.partition("CALL(")
        given, _, after = rest.partition(")CALL")
        client, _, prompt = given.partition(", ")
        text = f"{before}{spelling.call.format(c=client, p=prompt)}{after}"
    return text.replace("CLIENT", spelling.client)


def _lines(text: str, indent: int) -> str:
    return "\n".join(f"{' ' * indent}{line}" if line else line for line in text.splitlines())
