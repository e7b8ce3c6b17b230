"""Packages of single vendors, each with an interface of its own."""

from __future__ import annotations

from dataclasses import replace

from codemods.knowledge.declarations import MANAGED, WHOLE_ONLY, Client, ModelCall, Reading, Sdk
from codemods.knowledge.openai_api import CHAT_CALLS

_IN_PARTS = Reading(whole="{}.model_dump_json()", parts=WHOLE_ONLY)
_IN_A_WITH = Reading(whole="{}.model_dump_json()", parts=MANAGED)
_MESSAGE = Reading(
    whole="{}.model_dump_json()",
    text="{}.content[0].text",
    model="{}.model",
    input_tokens="{}.usage.input_tokens",
    output_tokens="{}.usage.output_tokens",
    finish_reason="{}.stop_reason",
    parts='[getattr(getattr({}, "delta", None), "text", None) or ""]',
)
_ANTHROPIC = (
    ModelCall("messages.create", prompt=("system", "messages"), reading=_MESSAGE),
    ModelCall("messages.parse", prompt=("system", "messages"), reading=_MESSAGE),
    ModelCall("messages.stream", prompt=("system", "messages"), deferred=True, reading=_IN_A_WITH),
    *(
        ModelCall(name, prompt=("system", "messages", "thread"), reading=_MESSAGE)
        for name in ("beta.messages.create", "beta.messages.parse")
    ),
    ModelCall("beta.messages.tool_runner", deferred=True),
    ModelCall("beta.messages.stream", deferred=True),
    ModelCall("messages.batches.create", deferred=True),
    ModelCall("beta.messages.batches.create", deferred=True),
    ModelCall(
        "completions.create",
        prompt=("prompt",),
        reading=Reading(
            whole="{}.model_dump_json()",
            text="{}.completion",
            model="{}.model",
            finish_reason="{}.stop_reason",
        ),
    ),
)
_ANTHROPIC_OTHERS = (
    "messages.count_tokens",
    "beta.messages.count_tokens",
    "models.*",
    "beta.files.*",
    "*.list",
    "*.retrieve",
    "*.cancel",
    "*.results",
    "*.delete",
)
ANTHROPIC = Sdk(
    "Anthropic",
    ("anthropic",),
    (
        Client(
            (
                "anthropic.Anthropic",
                "anthropic.Client",
                "anthropic.AnthropicBedrock",
                "anthropic.AnthropicVertex",
                "anthropic.AnthropicFoundry",
                "anthropic.AnthropicAWS",
                "anthropic.AnthropicBedrockMantle",
                "anthropic.AnthropicGoogleCloud",
            ),
            _ANTHROPIC,
            same=("with_options", "copy"),
            others=_ANTHROPIC_OTHERS,
        ),
        Client(
            (
                "anthropic.AsyncAnthropic",
                "anthropic.AsyncClient",
                "anthropic.AsyncAnthropicBedrock",
                "anthropic.AsyncAnthropicVertex",
                "anthropic.AsyncAnthropicFoundry",
                "anthropic.AsyncAnthropicAWS",
                "anthropic.AsyncAnthropicBedrockMantle",
                "anthropic.AsyncAnthropicGoogleCloud",
            ),
            _ANTHROPIC,
            same=("with_options", "copy"),
            others=_ANTHROPIC_OTHERS,
            awaited=True,
        ),
    ),
    asking=("messages.create", "messages.stream"),
)

# The answers of older versions are dictionaries, those of newer ones can be read like one.
_OLLAMA_CHAT = Reading(
    whole='{}["message"]["content"]',
    text='{}["message"]["content"]',
    model='{}["model"]',
    input_tokens='{}["prompt_eval_count"]',
    output_tokens='{}["eval_count"]',
    finish_reason='{}["done_reason"]',
    parts='[{}["message"]["content"] or ""]',
)
_OLLAMA = (
    ModelCall("chat", prompt=("messages",), positional=("model", "messages"), reading=_OLLAMA_CHAT),
    ModelCall(
        "generate",
        prompt=("system", "prompt", "suffix", "template", "context", "images"),
        positional=("model", "prompt", "suffix"),
        reading=replace(
            _OLLAMA_CHAT,
            whole='{}["response"]',
            text='{}["response"]',
            parts='[{}["response"] or ""]',
        ),
    ),
)
_OLLAMA_OTHERS = ("embed", "embeddings", "pull", "push", "create", "list", "show", "ps", "delete", "copy")
OLLAMA = Sdk(
    "Ollama",
    ("ollama",),
    (
        Client(("ollama",), _OLLAMA, others=_OLLAMA_OTHERS, is_module=True),
        Client(("ollama.Client",), _OLLAMA, others=_OLLAMA_OTHERS, model=()),
        Client(("ollama.AsyncClient",), _OLLAMA, others=_OLLAMA_OTHERS, model=(), awaited=True),
    ),
)

_GEMINI = Reading(
    whole="{}.model_dump_json()",
    text="{}.text",
    model="{}.model_version",
    input_tokens="{}.usage_metadata.prompt_token_count",
    output_tokens="{}.usage_metadata.candidates_token_count",
    finish_reason="{}.candidates[0].finish_reason",
)
_SPOKEN_BEFORE = "what was said before in the chat is part of the prompt and in no argument"
GOOGLE_GENAI = Sdk(
    "Google Gen AI",
    ("google.genai",),
    (
        Client(
            ("google.genai.Client", "google.genai.client.Client"),
            (
                ModelCall(
                    "models.generate_content",
                    prompt=("contents", "config"),
                    reading=_GEMINI,
                    tell_tale=True,
                ),
                ModelCall(
                    "models.generate_content_stream",
                    prompt=("contents", "config"),
                    deferred=True,
                    reading=_IN_PARTS,
                    tell_tale=True,
                ),
                ModelCall(
                    "aio.models.generate_content",
                    prompt=("contents", "config"),
                    reading=_GEMINI,
                    awaited=True,
                    tell_tale=True,
                ),
                ModelCall("aio.models.generate_content_stream", deferred=True, tell_tale=True),
                ModelCall("batches.create", deferred=True),
            ),
            others=(
                "models.embed_content",
                "models.count_tokens",
                "models.list",
                "models.get",
                "models.generate_images",
                "models.generate_videos",
                "files.*",
                "caches.*",
                "tunings.*",
                "chats.create",
                "aio.chats.create",
                "aio.models.embed_content",
                "aio.models.count_tokens",
                "aio.files.*",
            ),
        ),
        Client(
            ("google.genai.Client().chats.create", "google.genai.Client().aio.chats.create"),
            (
                ModelCall("send_message", prompt=("message",), why_not=_SPOKEN_BEFORE),
                ModelCall("send_message_stream", deferred=True),
            ),
        ),
    ),
    asking=("generate_content", "send_message"),
)
_GENERATIVE = Reading(
    whole="json.dumps({}.to_dict())",
    text="{}.text",
    input_tokens="{}.usage_metadata.prompt_token_count",
    output_tokens="{}.usage_metadata.candidates_token_count",
    finish_reason="{}.candidates[0].finish_reason",
)
_GENERATIVE_CALLS = (
    ModelCall(
        "generate_content", prompt=("contents",), positional=("contents",), reading=_GENERATIVE, model=()
    ),
    ModelCall(
        "generate_content_async",
        prompt=("contents",),
        positional=("contents",),
        reading=_GENERATIVE,
        awaited=True,
        model=(),
    ),
)
_CHAT_CALLS = (
    ModelCall("send_message", prompt=("content",), why_not=_SPOKEN_BEFORE),
    ModelCall("send_message_async", prompt=("content",), why_not=_SPOKEN_BEFORE, awaited=True),
    ModelCall("send_message_streaming", deferred=True),
)
GOOGLE_GENERATIVEAI = Sdk(
    "Google Generative AI",
    ("google.generativeai",),
    (
        Client(
            (
                "google.generativeai.GenerativeModel",
                "google.generativeai.generative_models.GenerativeModel",
            ),
            _GENERATIVE_CALLS,
            others=("count_tokens", "count_tokens_async", "start_chat"),
            model=("model_name",),
            prompt=("system_instruction", "tools"),
        ),
        Client(("google.generativeai.GenerativeModel().start_chat",), _CHAT_CALLS),
        Client(
            ("google.generativeai",),
            (ModelCall("generate_text", prompt=("prompt",)), ModelCall("chat", prompt=("messages",))),
            others=("embed_content", "configure", "list_models", "get_model", "upload_file"),
            is_module=True,
        ),
    ),
    asking=("generate_content", "send_message"),
)
VERTEXAI = Sdk(
    "Vertex AI",
    ("vertexai",),
    (
        Client(
            (
                "vertexai.generative_models.GenerativeModel",
                "vertexai.preview.generative_models.GenerativeModel",
            ),
            _GENERATIVE_CALLS,
            others=("count_tokens", "count_tokens_async", "start_chat"),
            model=("model_name",),
            prompt=("system_instruction", "tools"),
        ),
        Client(("vertexai.*generative_models.GenerativeModel().start_chat",), _CHAT_CALLS),
        Client(
            ("vertexai.*language_models.TextGenerationModel.from_pretrained",),
            (
                # With one of the "tools", the answer is more than its first candidate's text.
                ModelCall(
                    "predict",
                    prompt=("prompt",),
                    positional=("prompt",),
                    tools=("candidate_count", "grounding_source", "logprobs"),
                    reading=Reading(whole="{}.text", text="{}.text"),
                ),
                ModelCall("predict_async", prompt=("prompt",), awaited=True),
                ModelCall("predict_streaming", deferred=True),
                ModelCall("batch_predict", deferred=True),
            ),
            others=("count_tokens", "tune_model", "get_tuned_model", "list_tuned_model_names"),
            model=("model_name",),
        ),
        Client(
            ("vertexai.*language_models.*Model.from_pretrained",),
            (
                ModelCall("predict", prompt=("prompt",)),
                ModelCall("predict_async", prompt=("prompt",), awaited=True),
                ModelCall("predict_streaming", deferred=True),
            ),
            unlike=(
                "vertexai.*.TextEmbeddingModel.from_pretrained",
                "vertexai.*.TextGenerationModel.from_pretrained",
            ),
            others=("start_chat", "get_embeddings", "count_tokens"),
            model=("model_name",),
        ),
        Client(
            ("vertexai.*language_models.*Model.from_pretrained().start_chat",),
            (*_CHAT_CALLS, ModelCall("send_message_streaming_async", deferred=True)),
        ),
    ),
    asking=("generate_content", "send_message"),
)

_MISTRAL_CHAT = Reading(
    whole="{}.model_dump_json()",
    text="{}.choices[0].message.content",
    model="{}.model",
    input_tokens="{}.usage.prompt_tokens",
    output_tokens="{}.usage.completion_tokens",
    finish_reason="{}.choices[0].finish_reason",
)
_AGENT = "the agent's instructions are out of sight"
MISTRAL = Sdk(
    "Mistral",
    ("mistralai",),
    (
        Client(
            ("mistralai.Mistral", "mistralai.client.Mistral", "mistralai.sdk.Mistral"),
            (
                ModelCall("chat.complete", prompt=("messages",), reading=_MISTRAL_CHAT),
                ModelCall("chat.complete_async", prompt=("messages",), reading=_MISTRAL_CHAT, awaited=True),
                ModelCall("chat.parse", prompt=("messages",), reading=_MISTRAL_CHAT),
                ModelCall("chat.parse_async", prompt=("messages",), reading=_MISTRAL_CHAT, awaited=True),
                ModelCall("fim.complete", prompt=("prompt", "suffix"), reading=_MISTRAL_CHAT),
                ModelCall(
                    "fim.complete_async", prompt=("prompt", "suffix"), reading=_MISTRAL_CHAT, awaited=True
                ),
                *(
                    ModelCall(f"{part}.{name}", deferred=True)
                    for part in ("fim", "agents")
                    for name in ("stream", "stream_async")
                ),
                ModelCall("chat.stream", prompt=("messages",), deferred=True, reading=_IN_PARTS),
                ModelCall(
                    "chat.stream_async",
                    prompt=("messages",),
                    deferred=True,
                    reading=_IN_PARTS,
                    awaited=True,
                ),
                ModelCall("chat.parse_stream", deferred=True),
                ModelCall("chat.parse_stream_async", deferred=True),
                ModelCall("agents.complete", prompt=("messages",), why_not=_AGENT),
                ModelCall("agents.complete_async", prompt=("messages",), why_not=_AGENT, awaited=True),
                *(
                    ModelCall(f"beta.conversations.{name}", prompt=("inputs",), why_not=_SPOKEN_BEFORE)
                    for name in (
                        "start",
                        "start_async",
                        "append",
                        "append_async",
                        "restart",
                        "restart_async",
                        "run_async",
                    )
                ),
                *(
                    ModelCall(f"beta.conversations.{name}", deferred=True)
                    for name in (
                        "start_stream",
                        "start_stream_async",
                        "append_stream",
                        "append_stream_async",
                        "restart_stream",
                        "restart_stream_async",
                        "run_stream_async",
                    )
                ),
            ),
            others=("models.*", "files.*", "embeddings.*", "fine_tuning.*", "ocr.*", "classifiers.*"),
            same=("__enter__", "__aenter__"),
        ),
        Client(
            ("mistralai.client.MistralClient",),
            (
                ModelCall("chat", prompt=("messages",), positional=("messages", "model")),
                ModelCall("chat_stream", deferred=True),
            ),
            others=("embeddings", "list_models"),
        ),
        Client(
            ("mistralai.async_client.MistralAsyncClient",),
            (
                ModelCall("chat", prompt=("messages",), positional=("messages", "model")),
                ModelCall("chat_stream", deferred=True),
            ),
            others=("embeddings", "list_models"),
            awaited=True,
        ),
    ),
    asking=("chat.complete", "chat.stream"),
)

_COHERE_TEXT = Reading(whole="{}.text", text="{}.text", finish_reason="{}.finish_reason")
_COHERE = (
    ModelCall(
        "chat",
        prompt=("preamble", "chat_history", "conversation_id", "message", "documents", "connectors"),
        tools=("tools", "tool_results"),
        reading=_COHERE_TEXT,
    ),
    ModelCall("chat_stream", deferred=True),
    ModelCall("generate", prompt=("prompt",)),
    ModelCall("generate_stream", deferred=True),
    ModelCall("summarize", prompt=("text",)),
)
_COHERE_V2 = (
    ModelCall(
        "chat",
        prompt=("messages", "documents"),
        reading=Reading(
            whole="{}.json()",
            text="{}.message.content[0].text",
            input_tokens="{}.usage.tokens.input_tokens",
            output_tokens="{}.usage.tokens.output_tokens",
            finish_reason="{}.finish_reason",
        ),
    ),
    ModelCall("chat_stream", prompt=("messages", "documents"), deferred=True, reading=_IN_PARTS),
)
_COHERE_OTHERS = ("embed", "rerank", "classify", "tokenize", "detokenize", "check_api_key", "models.*")
_COHERE_CLOUDS = ("cohere.BedrockClient", "cohere.SagemakerClient", "cohere.OciClient")
COHERE = Sdk(
    "Cohere",
    ("cohere",),
    (
        Client(("cohere.Client", *_COHERE_CLOUDS), _COHERE, others=_COHERE_OTHERS, model=()),
        Client(("cohere.AsyncClient",), _COHERE, others=_COHERE_OTHERS, model=(), awaited=True),
        Client(
            ("cohere.ClientV2", *(f"{cloud}V2" for cloud in _COHERE_CLOUDS)),
            _COHERE_V2,
            others=_COHERE_OTHERS,
            model=(),
        ),
        Client(("cohere.AsyncClientV2",), _COHERE_V2, others=_COHERE_OTHERS, model=(), awaited=True),
    ),
)

BEDROCK = Sdk(
    "Amazon Bedrock",
    ("boto3", "aioboto3", "botocore"),
    (
        Client(
            (
                "boto3.client",
                "boto3.Session().client",
                "boto3.session.Session().client",
                "botocore.session.get_session().create_client",
            ),
            (
                ModelCall(
                    "converse",
                    prompt=("system", "messages"),
                    model=("modelId",),
                    tools=("toolConfig",),
                    reading=Reading(
                        whole="json.dumps({}, default=str)",
                        text='{}["output"]["message"]["content"][0]["text"]',
                        input_tokens='{}["usage"]["inputTokens"]',
                        output_tokens='{}["usage"]["outputTokens"]',
                        finish_reason='{}["stopReason"]',
                    ),
                ),
                ModelCall("converse_stream", deferred=True, tell_tale=True),
                ModelCall(
                    "invoke_model",
                    prompt=("body",),
                    model=("modelId",),
                    deferring=(),
                    tell_tale=True,
                    why_not="its answer is a stream that can be read once",
                ),
                ModelCall("invoke_model_with_response_stream", deferred=True, tell_tale=True),
                ModelCall("invoke_agent", deferred=True, tell_tale=True),
                ModelCall("retrieve_and_generate", tell_tale=True),
            ),
            # A client of another service has members of its own.
            others=("*",),
            model=(),
        ),
    ),
)

_HUGGING_FACE = (
    *(replace(call, reading=Reading()) for call in CHAT_CALLS),
    ModelCall("chat_completion", prompt=("messages",)),
    ModelCall("text_generation", prompt=("prompt",)),
    ModelCall("summarization", prompt=("text",)),
    ModelCall("translation", prompt=("text",)),
    ModelCall("question_answering", prompt=("question", "context")),
    ModelCall("conversational", prompt=("text",)),
)
_HUGGING_FACE_OTHERS = ("feature_extraction", "text_to_image", "*classification", "sentence_similarity")
HUGGING_FACE_HUB = Sdk(
    "Hugging Face Hub",
    ("huggingface_hub",),
    (
        Client(
            ("huggingface_hub.InferenceClient",),
            _HUGGING_FACE,
            others=_HUGGING_FACE_OTHERS,
        ),
        Client(
            ("huggingface_hub.AsyncInferenceClient",),
            _HUGGING_FACE,
            others=_HUGGING_FACE_OTHERS,
            awaited=True,
        ),
    ),
)
