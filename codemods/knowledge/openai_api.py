"""OpenAI's package and those that follow its interface."""

from __future__ import annotations

from dataclasses import replace

from codemods.knowledge.declarations import MANAGED, Client, ModelCall, Reading, Sdk

_CHAT = Reading(
    whole="{}.model_dump_json()",
    text="{}.choices[0].message.content",
    model="{}.model",
    input_tokens="{}.usage.prompt_tokens",
    output_tokens="{}.usage.completion_tokens",
    finish_reason="{}.choices[0].finish_reason",
    parts='getattr(said.delta, "content", None) or "" for said in {}.choices or ()',
)
_RESPONSES = Reading(
    whole="{}.model_dump_json()",
    text="{}.output_text",
    model="{}.model",
    input_tokens="{}.usage.input_tokens",
    output_tokens="{}.usage.output_tokens",
    finish_reason="{}.status",
    parts='[{0}.delta] if {0}.type == "response.output_text.delta" else ()',
)
_COMPLETION = replace(
    _CHAT,
    text="{}.choices[0].text",
    parts='said.text or "" for said in {}.choices or ()',
)
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
    *(
        ModelCall(
            name,
            prompt=("messages",),
            deferred=True,
            reading=Reading(whole="{}.model_dump_json()", parts=MANAGED),
            tell_tale=True,
        )
        for name in ("chat.completions.stream", "beta.chat.completions.stream")
    ),
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
    ModelCall("responses.compact", prompt=("instructions", "input", "previous_response_id")),
    replace(_LATER, member="responses.connect"),
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
    "conversations.*",
    "videos.*",
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
                "openai.BedrockOpenAI",
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
                "openai.AsyncBedrockOpenAI",
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
# The documents are put before the messages, for the model to answer from.
_GROQ = tuple(replace(call, prompt=("messages", "documents")) if call.prompt else call for call in CHAT_CALLS)
GROQ = Sdk(
    "Groq",
    ("groq",),
    (
        Client(
            ("groq.Groq", "groq.Client"),
            _GROQ,
            same=_SAME,
            others=("embeddings.*", "audio.*", "models.*", "batches.*", "files.*"),
        ),
        Client(
            ("groq.AsyncGroq", "groq.AsyncClient"),
            _GROQ,
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
_LITELLM_INPUT = ("instructions", "input", "prompt", "previous_response_id")
_LITELLM_CHAT = (
    ModelCall("completion", prompt=("messages",), positional=("model", "messages"), reading=_CHAT),
    ModelCall(
        "acompletion", prompt=("messages",), positional=("model", "messages"), reading=_CHAT, awaited=True
    ),
)
_LITELLM = (
    *_LITELLM_CHAT,
    ModelCall(
        "text_completion",
        prompt=("prompt", "suffix"),
        positional=("prompt", "model"),
        reading=_COMPLETION,
    ),
    ModelCall(
        "atext_completion",
        prompt=("prompt", "suffix"),
        positional=("prompt", "model"),
        reading=_COMPLETION,
        awaited=True,
    ),
    ModelCall(
        "responses",
        prompt=_LITELLM_INPUT,
        positional=("input", "model"),
        deferring=("stream", "background"),
        reading=_RESPONSES,
    ),
    ModelCall(
        "aresponses",
        prompt=_LITELLM_INPUT,
        positional=("input", "model"),
        deferring=("stream", "background"),
        reading=_RESPONSES,
        awaited=True,
    ),
    ModelCall("batch_completion", prompt=("messages",), positional=("model", "messages")),
    ModelCall("completion_with_retries", prompt=("messages",), positional=("model", "messages")),
    ModelCall("create_batch", deferred=True),
    *(
        ModelCall(name, prompt=("messages",))
        for name in (
            "acompletion_with_retries",
            "completion_with_fallbacks",
            "async_completion_with_fallbacks",
            "batch_completion_models",
            "batch_completion_models_all_responses",
            "adapter_completion",
            "aadapter_completion",
            "anthropic_messages",
        )
    ),
)
# In which order a router takes what is given by position is not known.
_ROUTER = (
    *_LITELLM_CHAT,
    *(
        ModelCall(name, prompt=("prompt", "suffix"), reading=_COMPLETION, awaited=name.startswith("a"))
        for name in ("text_completion", "atext_completion")
    ),
    *(
        ModelCall(
            name,
            prompt=_LITELLM_INPUT,
            deferring=("stream", "background"),
            reading=_RESPONSES,
            awaited=name.startswith("a"),
        )
        for name in ("responses", "aresponses")
    ),
    *(
        ModelCall(name, prompt=("messages",), awaited=True)
        for name in (
            "abatch_completion",
            "abatch_completion_fastest_response",
            "abatch_completion_one_model_multiple_requests",
            "schedule_acompletion",
            "aadapter_completion",
            "aanthropic_messages",
            "anthropic_messages",
            "agenerate_content",
            "acompact_responses",
        )
    ),
    ModelCall("agenerate_content_stream", deferred=True),
    ModelCall("acreate_batch", deferred=True),
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
        Client(("litellm.Router", "litellm.router.Router"), _ROUTER, others=_LITELLM_OTHERS, model=()),
    ),
)
