"""Frameworks: their objects add prompts of their own, or answer in forms of the user's choice.

Their calls are known, and as a rule not recorded where they stand: the whole prompt is in no argument.
"""

from __future__ import annotations

from dataclasses import replace

from codemods.knowledge.declarations import Client, ModelCall, Reading, Sdk
from codemods.knowledge.openai_api import CHAT_CALLS

_CHAIN = "the prompt that is sent is made inside of the framework, of templates and settings that are in no argument"
_RUNNABLE = (
    *(
        ModelCall(name, prompt=("input",), why_not=_CHAIN)
        for name in ("invoke", "batch", "predict", "predict_messages", "run", "generate", "apply", "")
    ),
    *(ModelCall(name, prompt=("input",), why_not=_CHAIN) for name in ("generate_prompt", "call_as_llm")),
    *(
        ModelCall(name, prompt=("input",), why_not=_CHAIN, awaited=True)
        for name in ("ainvoke", "abatch", "apredict", "arun", "agenerate", "agenerate_prompt", "acall")
    ),
    *(
        ModelCall(name, deferred=True)
        for name in (
            "stream",
            "astream",
            "astream_events",
            "astream_log",
            "batch_as_completed",
            "abatch_as_completed",
            "transform",
            "atransform",
            "stream_events",
        )
    ),
)
_BINDING = (
    "bind",
    "bind_tools",
    "with_structured_output",
    "with_retry",
    "with_config",
    "with_fallbacks",
    "with_types",
    "with_listeners",
    "configurable_fields",
    "configurable_alternatives",
    "pipe",
    "assign",
    "compile",
    "map",
)
LANGCHAIN = Sdk(
    "LangChain",
    ("langchain", "langchain_*", "langgraph"),
    (
        Client(
            (
                "langchain*.Chat*",
                "langchain*.*LLM",
                "langchain*.*OpenAI",
                "langchain*.*Chain",
                "langchain*.*Chain.from_*",
                "langchain*.Ollama*",
                "langchain*.Anthropic*",
                "langchain*.HuggingFace*",
                "langchain*.HuggingFacePipeline.from_*",
                "langchain*.Bedrock*",
                "langchain*.VertexAI*",
                "langchain*.*GenerativeAI",
                "langchain*.LlamaCpp",
                "langchain*.Replicate",
                "langchain*.Cohere",
                "langchain*.Together",
                "langchain*.Fireworks",
                "langchain*.AgentExecutor*",
                "langchain*.RetrievalQA*",
                "langchain*.init_chat_model",
                "langchain*.initialize_agent",
                "langchain*.create_*_chain",
                "langchain*.load_*_chain",
                "langchain*.create_*agent",
                "langgraph.prebuilt.create_*",
            ),
            _RUNNABLE,
            unlike=(
                "*Template*",
                "*.Chat*Message*",
                "*.Chat*History*",
                "*.ChatGeneration*",
                "*.ChatResult*",
                "*.messages.*",
                "*Embeddings*",
                "*.load_*prompt*",
                "*.callbacks.*",
                "*.document_loaders.*",
                "*.BaseLLM",
            ),
            same=_BINDING,
            others=("get_num_tokens", "dict", "json", "model_dump*", "get_*", "save"),
            model=("model", "model_name", "deployment_name", "azure_deployment", "model_id"),
        ),
    ),
    asking=("invoke", "ainvoke", "batch", "abatch", "stream", "astream"),
)

_COMPLETED = Reading(whole="{}.text", text="{}.text")
LLAMA_INDEX = Sdk(
    "LlamaIndex",
    ("llama_index",),
    (
        Client(
            ("llama_index.llms.*", "llama_index.core.llms.*LLM", "llama_index.core.llms.llm.LLM"),
            (
                ModelCall(
                    "complete",
                    prompt=("prompt",),
                    positional=("prompt", "formatted"),
                    reading=_COMPLETED,
                    model=(),
                    deferring=(),
                ),
                ModelCall(
                    "acomplete",
                    prompt=("prompt",),
                    positional=("prompt", "formatted"),
                    reading=_COMPLETED,
                    model=(),
                    deferring=(),
                    awaited=True,
                ),
                ModelCall("chat", prompt=("messages",)),
                ModelCall("achat", prompt=("messages",), awaited=True),
                ModelCall("predict", prompt=("prompt",), why_not=_CHAIN),
                ModelCall("apredict", prompt=("prompt",), why_not=_CHAIN, awaited=True),
                ModelCall("structured_predict", prompt=("prompt",), why_not=_CHAIN),
                ModelCall("astructured_predict", prompt=("prompt",), why_not=_CHAIN, awaited=True),
                ModelCall("chat_with_tools", why_not=_CHAIN),
                ModelCall("achat_with_tools", why_not=_CHAIN, awaited=True),
                ModelCall("predict_and_call", why_not=_CHAIN),
                ModelCall("apredict_and_call", why_not=_CHAIN, awaited=True),
                *(
                    ModelCall(name, deferred=True)
                    for name in (
                        "stream_complete",
                        "stream_chat",
                        "astream_complete",
                        "astream_chat",
                        "stream",
                        "astream",
                        "stream_structured_predict",
                        "astream_structured_predict",
                        "stream_chat_with_tools",
                        "astream_chat_with_tools",
                    )
                ),
            ),
            unlike=("*.ChatMessage", "*.MessageRole", "*.ChatResponse*", "*.CompletionResponse*"),
            others=("get_*", "class_name", "dict", "json", "metadata"),
            # What the models of this machine put around each prompt.
            prompt=(
                "system_prompt",
                "query_wrapper_prompt",
                "completion_to_prompt",
                "messages_to_prompt",
            ),
        ),
        Client(
            (
                "llama_index.llms.*().as_structured_llm",
                "llama_index.*.as_query_engine",
                "llama_index.*().as_query_engine",
                "llama_index.*().as_chat_engine",
                "llama_index.*Engine",
                "llama_index.*Engine.from_*",
                "llama_index.*Program.from_*",
                "llama_index.*Agent",
                "llama_index.*Agent.from_*",
                "llama_index.*Summarize*",
            ),
            tuple(
                ModelCall(name, why_not=_CHAIN)
                for name in (
                    "query",
                    "aquery",
                    "chat",
                    "achat",
                    "complete",
                    "run",
                    "",
                    "synthesize",
                    "get_response",
                )
            ),
        ),
    ),
    asking=("structured_predict", "stream_complete", "stream_chat"),
)

_RESPONSE_MODEL = "what it answers is an object of the caller's own class"
_INSTRUCTOR = (
    *(replace(call, reading=Reading(), why_not=_RESPONSE_MODEL) for call in CHAT_CALLS if not call.deferred),
    *(
        ModelCall(name, prompt=("system", "messages"), why_not=_RESPONSE_MODEL)
        for name in (
            "create",
            "create_with_completion",
            "messages.create",
            "messages.create_with_completion",
            "chat.completions.create_with_completion",
            "responses.create",
        )
    ),
    *(
        ModelCall(name, deferred=True)
        for name in (
            "create_partial",
            "create_iterable",
            "messages.create_partial",
            "messages.create_iterable",
            "chat.completions.create_partial",
            "chat.completions.create_iterable",
        )
    ),
)
INSTRUCTOR = Sdk(
    "Instructor",
    ("instructor",),
    (
        Client(
            (
                "instructor.from_*",
                "instructor.patch",
                "instructor.apatch",
                "instructor.Instructor",
                "instructor.AsyncInstructor",
            ),
            _INSTRUCTOR,
        ),
    ),
)
DSPY = Sdk(
    "DSPy",
    ("dspy",),
    (
        Client(
            ("dspy.LM", "dspy.OpenAI", "dspy.clients.LM", "dspy.clients.lm.LM"),
            (
                ModelCall("", prompt=("prompt", "messages"), why_not="it answers with a list of texts"),
                ModelCall("forward", why_not=_CHAIN),
                ModelCall("aforward", why_not=_CHAIN, awaited=True),
                ModelCall("acall", why_not=_CHAIN, awaited=True),
            ),
        ),
        Client(
            (
                "dspy.Predict",
                "dspy.ChainOfThought*",
                "dspy.ReAct*",
                "dspy.Flex",
                "dspy.Parallel",
                "dspy.ProgramOfThought",
                "dspy.CodeAct",
                "dspy.MultiChainComparison",
                "dspy.BestOfN",
                "dspy.Refine",
                "dspy.RLM",
                "dspy.Module",
                "dspy.TypedPredictor",
                "dspy.TypedChainOfThought",
                "dspy.predict.*",
            ),
            (
                ModelCall("", why_not=_CHAIN),
                ModelCall("forward", why_not=_CHAIN),
                ModelCall("acall", why_not=_CHAIN, awaited=True),
                ModelCall("aforward", why_not=_CHAIN, awaited=True),
                ModelCall("batch", why_not=_CHAIN),
            ),
            others=("load", "save", "set_lm", "get_lm", "named_*", "deepcopy", "reset_copy"),
        ),
    ),
)
PYDANTIC_AI = Sdk(
    "Pydantic AI",
    ("pydantic_ai",),
    (
        Client(
            ("pydantic_ai.Agent", "pydantic_ai.agent.Agent"),
            (
                ModelCall("run_sync", prompt=("user_prompt",), why_not=_CHAIN),
                ModelCall("run", prompt=("user_prompt",), why_not=_CHAIN, awaited=True),
                ModelCall("run_stream", deferred=True),
                ModelCall("run_stream_sync", deferred=True),
                ModelCall("run_stream_events", deferred=True),
                ModelCall("iter", deferred=True),
                ModelCall("to_cli", deferred=True),
                ModelCall("to_cli_sync", deferred=True),
            ),
            others=("tool", "tool_plain", "system_prompt", "instructions", "output_validator", "override"),
        ),
        Client(
            ("pydantic_ai.direct",),
            (
                ModelCall("model_request_sync", prompt=("messages",)),
                ModelCall("model_request", prompt=("messages",), awaited=True),
                ModelCall("model_request_batch", deferred=True),
                ModelCall("model_request_stream", deferred=True),
                ModelCall("model_request_stream_sync", deferred=True),
            ),
            is_module=True,
        ),
    ),
)
_TENSORS = "prompt and answer are tensors, or lists of the library's own form"
TRANSFORMERS = Sdk(
    "Transformers",
    ("transformers",),
    (
        Client(
            (
                "transformers.pipeline",
                "transformers.pipelines.pipeline",
                "transformers.TextGenerationPipeline",
            ),
            (ModelCall("", prompt=("text_inputs",), why_not=_TENSORS),),
            not_for=(
                "sentiment-analysis",
                "text-classification",
                "token-classification",
                "ner",
                "feature-extraction",
                "fill-mask",
                "zero-shot-classification",
                "automatic-speech-recognition",
                "audio-classification",
                "image-classification",
                "object-detection",
                "image-segmentation",
                "depth-estimation",
                "text-to-audio",
                "text-to-speech",
                "mask-generation",
                "image-feature-extraction",
                "video-classification",
                "zero-shot-image-classification",
            ),
        ),
        Client(
            (
                "transformers.*ForCausalLM",
                "transformers.*ForCausalLM.from_pretrained",
                "transformers.*ForSeq2SeqLM.from_pretrained",
                "transformers.*ForConditionalGeneration.from_pretrained",
                "transformers.*LMHeadModel.from_pretrained",
                "transformers.AutoModelForImageTextToText.from_pretrained",
            ),
            (ModelCall("generate", why_not=_TENSORS),),
            others=("*",),
            same=("to", "eval", "half", "cuda", "cpu", "bfloat16"),
        ),
    ),
)
LOCAL = Sdk(
    "vLLM and llama.cpp",
    ("vllm", "llama_cpp"),
    (
        Client(
            ("vllm.LLM",),
            (ModelCall("generate", why_not=_TENSORS), ModelCall("chat", why_not=_TENSORS)),
            others=("encode", "embed", "classify", "score", "get_*"),
        ),
        Client(
            ("llama_cpp.Llama", "llama_cpp.Llama.from_pretrained"),
            (
                ModelCall("", prompt=("prompt",)),
                ModelCall("create_completion", prompt=("prompt",)),
                ModelCall("create_chat_completion", prompt=("messages",)),
                ModelCall("create_chat_completion_openai_v1", prompt=("messages",)),
            ),
            others=("embed", "create_embedding", "tokenize", "detokenize", "reset"),
            model=("model_path",),
        ),
    ),
)
