"""Local models behind an Ollama server, through its own SDK. Models are listed and asked, never pulled, made or deleted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from typing import Any

from providers.base import CallOptions, FinishReason, Prompt, Usage
from providers.http import CONNECT_SECONDS, Guard, HttpFailure, failure_from_body, remaining, tls_context
from providers.pictures import TOKENS, seen_by_open
from providers.vendor import Connection, Field, VendorSpec
from providers.vendors._shared import Piece, SdkProvider

DEFAULT_PORT = 11434
CHARACTERS_PER_TOKEN = 3
"""A cautious estimate: too small a window makes Ollama drop the start of the prompt without a word."""
SMALL_WINDOW, LARGE_WINDOW = 4096, 65536
ANSWER_TOKENS = 2048


class OllamaProvider(SdkProvider):
    """One local model."""

    def __init__(self, model: str, connection: Connection):
        super().__init__(SPEC, model, connection)
        self.keep_alive_s: float | None = None

    def _open(self, loop: asyncio.AbstractEventLoop) -> Any:
        import httpx
        import ollama

        key = self._connection["api_key"]
        headers = {"authorization": f"Bearer {key}" if key else ""}
        guard = Guard(label=self.label, origins=(self._connection["base_url"],), headers=headers)
        return ollama.AsyncClient(
            host=self._connection["base_url"],
            follow_redirects=False,
            trust_env=False,
            verify=tls_context(),
            timeout=httpx.Timeout(remaining(None), connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=None),
            # The SDK adds OLLAMA_API_KEY from the environment when none is given; the guard sets our own or none
            headers={"authorization": headers["authorization"] or "none"},
            event_hooks=guard.hooks(),
        )

    async def _close(self, client: Any) -> None:
        await client.close()

    async def _list(self) -> list[str]:
        client = await self.client()
        return [entry.model for entry in (await client.list()).models if entry.model]

    async def _pieces(self, client: Any, prompt: Prompt, options: CallOptions, stream: bool) -> AsyncGenerator[Piece, None]:
        messages: list[dict[str, Any]] = [{"role": "system", "content": prompt.system}] if prompt.system else []
        messages.append({"role": "user", "content": prompt.text})
        if prompt.images:
            messages[-1]["images"] = [image.data for image in prompt.images]

        def chat() -> Awaitable[Any]:
            logprobs = True if options.logprobs and "logprobs" not in self._not_taken else None
            return client.chat(
                model=self.model,
                messages=messages,
                stream=stream,
                logprobs=logprobs,
                options=_options(prompt, options),
                keep_alive=self.keep_alive_s,
            )

        async with aclosing(self._bodies({"logprobs": ()}, chat, stream)) as bodies:
            async for body in bodies:
                yield _piece(body)

    async def warm(self, prompt: Prompt) -> None:
        """Let the server load this model, with the window this prompt will need; nothing is asked of it."""
        await (await self.client()).generate(model=self.model, options=_options(prompt, CallOptions()), keep_alive=self.keep_alive_s)

    async def unload(self, model: str) -> None:
        """Let the server take a model out of memory; it stays installed."""
        await (await self.client()).generate(model=model, keep_alive=0)

    def _failure_in(self, error: BaseException) -> HttpFailure | None:
        if type(error).__name__ != "ResponseError":
            return None
        status = getattr(error, "status_code", -1)
        return failure_from_body(max(0, status if isinstance(status, int) else 0), {"error": str(getattr(error, "error", ""))})


def _options(prompt: Prompt, options: CallOptions) -> dict[str, Any]:
    values: dict[str, Any] = {"temperature": options.temperature, "seed": options.seed, "num_predict": options.max_tokens}
    needed = (len(prompt.system) + len(prompt.text)) // CHARACTERS_PER_TOKEN + (options.max_tokens or ANSWER_TOKENS)
    needed += len(prompt.images) * TOKENS
    window = SMALL_WINDOW
    while window < needed and window < LARGE_WINDOW:
        window *= 2
    if window > SMALL_WINDOW:
        values["num_ctx"] = window
    return {name: value for name, value in values.items() if value is not None}


def _piece(body: Any) -> Piece:
    """Read one whole answer or one line of a stream; only the last line counts tokens and says why it ended."""
    finish, problem = None, ""
    if body.done:
        reason = body.done_reason
        if reason == "stop":
            finish = FinishReason.STOP
        elif reason == "length":
            finish = FinishReason.LENGTH
        elif reason:
            problem = f"it ended with {reason}"
    counted = body.prompt_eval_count is not None or body.eval_count is not None
    return Piece(
        text=body.message.content or "",
        logprobs=tuple(float(entry.logprob) for entry in body.logprobs or ()),
        finish=finish,
        problem=problem,
        usage=Usage(body.prompt_eval_count, body.eval_count) if counted else None,
        model=body.model or "",
    )


def complete_host(text: str) -> str:
    """Return the URL that people mean by `127.0.0.1`, `localhost:11434` or a server's own listen address `0.0.0.0`."""
    if "://" not in text:
        host, _, path = text.partition("/")
        bare = host.rpartition("]")[2]
        text = f"http://{host if ':' in bare else f'{host}:{DEFAULT_PORT}'}" + (f"/{path}" if path else "")
    return text.replace("://0.0.0.0", "://127.0.0.1", 1).replace("://[::]", "://[::1]", 1)


SPEC = VendorSpec(
    id="ollama",
    label="Local (Ollama)",
    aliases=("Ollama", "Local"),
    default_model="llama3.1",
    suggested_models=("llama3.1", "qwen2.5-coder", "codellama"),
    factory=OllamaProvider,
    sees=seen_by_open,
    fields=(
        Field(
            name="base_url",
            setting="ollama_host",
            variable="OLLAMA_HOST",
            label="host",
            required=True,
            destination=True,
            also=("host",),
            prepare=complete_host,
        ),
        Field(name="api_key", setting="", variable="", label="API key", secret=True),
    ),
)
