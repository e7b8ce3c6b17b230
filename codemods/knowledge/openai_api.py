"""OpenAI's package and those that follow its interface."""

from __future__ import annotations

from dataclasses import replace

from codemods.knowledge.declarations import Client, ModelCall, Reading, Sdk

_CHAT = Reading(
    whole="{}.model_dump_json()",
    text="{}.choices[0].message.content",
    model="{}.model",
    input_tokens="{}.usage.prompt_tokens",
    output_tokens="{}.usage.completion_tokens",
    finish_reason="{}.choices[0].finish_reason",
)
_RESPONSES = Reading(
    whole="{}.model_dump_json()",
    text="{}.output_text",
    model="{}.model",
    input_tokens="{}.usage.input_tokens",
    output_tokens="{}.usage.output_tokens",
    finish_reason="{}.status",
)
_COMPLETION = replace(_CHAT, text="{}.choices[0].text")
_LEGACY = Reading(
    whole="json.dumps({})",
    text='{}["choices"][0]["message"]["content"]',
    model='{}["model"]',
    input_tokens='{}["usage"]["prompt_tokens"]',
    output_tokens='{}["usage"]["completion_tokens"]',
    finish_reason='{}["choices"][0]["finish_reason"]',
)
_LATER = ModelCall("", deferred=True)

CHAT_CALLS = (
    ModelCall("chat.completions.create", prompt=("messages",), reading=_CHAT, tell_tale=True),
    ModelCall("chat.completions.parse", prompt=("messages",), reading=_CHAT, tell_tale=True),
    ModelCall("beta.chat.completions.parse", prompt=("messages",), reading=_CHAT, tell_tale=True),
    replace(_LATER, member="chat.completions.stream", tell_tale=True),
    replace(_LATER, member="beta.chat.completions.stream", tell_tale=True),
)
_CALLS = (
    *CHAT_CALLS,
    ModelCall(
        "responses.create",
        prompt=("instructions", "input", "prompt", "previous_response_id", "conversation"),
        deferring=("stream", "background"),
        reading=_RESPONSES,
        tell_tale=True,
    ),
    ModelCall(
        "responses.parse",
        prompt=("instructions", "input", "prompt", "previous_response_id", "conversation"),
        deferring=("stream", "background"),
        reading=_RESPONSES,
        tell_tale=True,
    ),
    replace(_LATER, member="responses.stream", tell_tale=True),
    ModelCall("completions.create", prompt=("prompt", "suffix"), reading=_COMPLETION),
    replace(_LATER, member="batches.create"),
)
_OTHERS = (
    "embeddings.*",
    "images.*",
    "audio.*",
    "moderations.*",
    "models.*",
    "files.*",
    "uploads.*",
    "fine_tuning.*",
    "vector_stores.*",
    "containers.*",
    "webhooks.*",
    "beta.assistants.*",
    "beta.vector_stores.*",
    "beta.threads.create",
    "beta.threads.messages.*",
    "*.retrieve",
    "*.list",
    "*.delete",
    "*.cancel",
)
_SAME = ("with_options", "copy", "__enter__", "__aenter__")

OPENAI = Sdk(
    "OpenAI",
    ("openai",),
    (
        Client(
            (
                "openai.OpenAI",
                "openai.Client",
                "openai.AzureOpenAI",
                "openai.lib.azure.AzureOpenAI",
                "langfuse.openai.OpenAI",
                "langfuse.openai.AzureOpenAI",
                "langsmith.wrappers.wrap_openai",
                "openai.OpenAI.with_options",
            ),
            _CALLS,
            same=_SAME,
            others=_OTHERS,
        ),
        Client(
            (
                "openai.AsyncOpenAI",
                "openai.AsyncClient",
                "openai.AsyncAzureOpenAI",
                "openai.lib.azure.AsyncAzureOpenAI",
                "langfuse.openai.AsyncOpenAI",
                "langfuse.openai.AsyncAzureOpenAI",
            ),
            _CALLS,
            same=_SAME,
            others=_OTHERS,
            awaited=True,
        ),
        Client(
            ("openai", "langfuse.openai", "langfuse.openai.openai"),
            (
                *_CALLS,
                ModelCall(
                    "ChatCompletion.create",
                    prompt=("messages",),
                    model=("model", "engine", "deployment_id"),
                    reading=_LEGACY,
                ),
                ModelCall(
                    "ChatCompletion.acreate",
                    prompt=("messages",),
                    model=("model", "engine", "deployment_id"),
                    reading=_LEGACY,
                    awaited=True,
                ),
                ModelCall(
                    "Completion.create",
                    prompt=("prompt", "suffix"),
                    model=("model", "engine", "deployment_id"),
                    reading=replace(_LEGACY, text='{}["choices"][0]["text"]'),
                ),
                ModelCall(
                    "Completion.acreate",
                    prompt=("prompt", "suffix"),
                    model=("model", "engine", "deployment_id"),
                    reading=replace(_LEGACY, text='{}["choices"][0]["text"]'),
                    awaited=True,
                ),
            ),
            others=(
                *_OTHERS,
                "Embedding.*",
                "Image.*",
                "Audio.*",
                "Moderation.*",
                "Model.*",
                "File.*",
                "FineTune.*",
            ),
            is_module=True,
        ),
    ),
)
GROQ = Sdk(
    "Groq",
    ("groq",),
    (
        Client(
            ("groq.Groq", "groq.Client"),
            CHAT_CALLS,
            same=_SAME,
            others=("embeddings.*", "audio.*", "models.*", "batches.*", "files.*"),
        ),
        Client(
            ("groq.AsyncGroq", "groq.AsyncClient"),
            CHAT_CALLS,
            same=_SAME,
            others=("embeddings.*", "audio.*", "models.*", "batches.*", "files.*"),
            awaited=True,
        ),
    ),
)
_TOGETHER_OTHERS = (
    "embeddings.*",
    "images.*",
    "audio.*",
    "models.*",
    "files.*",
    "fine_tuning.*",
    "rerank.*",
)
_TOGETHER = (*CHAT_CALLS, ModelCall("completions.create", prompt=("prompt",), reading=_COMPLETION))
TOGETHER = Sdk(
    "Together",
    ("together",),
    (
        Client(("together.Together", "together.Client"), _TOGETHER, same=_SAME, others=_TOGETHER_OTHERS),
        Client(
            ("together.AsyncTogether", "together.AsyncClient"),
            _TOGETHER,
            same=_SAME,
            others=_TOGETHER_OTHERS,
            awaited=True,
        ),
        Client(
            ("together",),
            (
                ModelCall("Complete.create", prompt=("prompt",)),
                ModelCall("Completion.create", prompt=("prompt",)),
            ),
            is_module=True,
        ),
    ),
)
_LITELLM = (
    ModelCall("completion", prompt=("messages",), positional=("model", "messages"), reading=_CHAT),
    ModelCall(
        "acompletion", prompt=("messages",), positional=("model", "messages"), reading=_CHAT, awaited=True
    ),
    ModelCall("text_completion", prompt=("prompt",), positional=("prompt", "model"), reading=_COMPLETION),
    ModelCall(
        "atext_completion",
        prompt=("prompt",),
        positional=("prompt", "model"),
        reading=_COMPLETION,
        awaited=True,
    ),
    ModelCall(
        "responses",
        prompt=("instructions", "input", "previous_response_id"),
        positional=("input", "model"),
        deferring=("stream", "background"),
        reading=_RESPONSES,
    ),
    ModelCall(
        "aresponses",
        prompt=("instructions", "input", "previous_response_id"),
        positional=("input", "model"),
        deferring=("stream", "background"),
        reading=_RESPONSES,
        awaited=True,
    ),
    ModelCall("batch_completion", prompt=("messages",), positional=("model", "messages")),
    ModelCall("completion_with_retries", prompt=("messages",), positional=("model", "messages")),
    ModelCall("create_batch", deferred=True),
)
_LITELLM_OTHERS = (
    "embedding",
    "aembedding",
    "image_generation",
    "transcription",
    "speech",
    "moderation",
    "rerank",
)
LITELLM = Sdk(
    "LiteLLM",
    ("litellm",),
    (
        Client(("litellm", "litellm.main"), _LITELLM, others=_LITELLM_OTHERS, is_module=True),
        Client(("litellm.Router", "litellm.router.Router"), _LITELLM, others=_LITELLM_OTHERS, model=()),
    ),
)
