"""Google's Gemini through the google-genai SDK."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from typing import Any

from providers.base import CallOptions, FinishReason, Prompt, Usage
from providers.http import CONNECT_SECONDS, Guard, HttpFailure, failure_from_body, remaining, tls_context
from providers.pictures import seen_by_gemini
from providers.vendor import Connection, Field, VendorSpec
from providers.vendors._shared import Piece, SdkProvider

BASE_URL = "https://generativelanguage.googleapis.com"
API_VERSION = "v1beta"
"""The version that knows system instructions and log-probabilities; the SDK's default does not know all."""
CUT_OFF = frozenset({"MAX_TOKENS", "CONTINUATION"})
DECLINED = frozenset(
    "SAFETY RECITATION BLOCKLIST PROHIBITED_CONTENT SPII LANGUAGE ESCALATION MODEL_ARMOR PUP_LIMITED_DISABLED IMAGE_SAFETY".split()  # noqa: SIM905
)
OPTIONAL = {"temperature": (), "seed": (), "response_logprobs": ("responseLogprobs", "logprobs")}


class GeminiProvider(SdkProvider):
    """One Gemini model."""

    def __init__(self, model: str, connection: Connection):
        super().__init__(SPEC, model, connection)

    def _open(self, loop: asyncio.AbstractEventLoop) -> Any:
        import httpx2
        from google import genai
        from google.genai import types

        key = self._connection["api_key"]
        guard = Guard(label=self.label, origins=(self._connection["base_url"],), headers={"x-goog-api-key": key})
        client = httpx2.AsyncClient(
            verify=tls_context(),
            limits=httpx2.Limits(max_connections=None),
            timeout=httpx2.Timeout(remaining(None), connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
            event_hooks=guard.hooks(),
        )
        # Given both clients the SDK opens none of its own: no aiohttp session with its hidden second try, no other TLS settings
        options = types.HttpOptions(
            base_url=self._connection["base_url"],
            api_version=API_VERSION,
            httpx_async_client=client,
            httpx_client=httpx2.Client(verify=tls_context(), trust_env=False),
        )
        return genai.Client(vertexai=False, api_key=key, http_options=options), client

    async def _close(self, client: Any) -> None:
        await client[1].aclose()

    async def _list(self) -> list[str]:
        client = (await self.client())[0]
        names: list[str] = []
        page = await client.aio.models.list(config={"page_size": 1000})
        for entry in page.page:
            if not entry.supported_actions or "generateContent" in entry.supported_actions:
                names.append((entry.name or "").removeprefix("models/"))
        return [name for name in names if name]

    async def _pieces(self, client: Any, prompt: Prompt, options: CallOptions, stream: bool) -> AsyncGenerator[Piece, None]:
        models = client[0].aio.models

        def generate() -> Awaitable[Any]:
            ask = models.generate_content_stream if stream else models.generate_content
            result: Awaitable[Any] = ask(model=self.model, contents=_contents(prompt), config=self._config(prompt, options))
            return result

        async with aclosing(self._bodies(OPTIONAL, generate, stream)) as bodies:
            async for body in bodies:
                yield _piece(body)

    def _config(self, prompt: Prompt, options: CallOptions) -> Any:
        from google.genai import types

        values: dict[str, Any] = {"temperature": options.temperature, "seed": options.seed}
        if options.logprobs:
            values["response_logprobs"] = True
        values = {name: value for name, value in values.items() if value is not None and name not in self._not_taken}
        return types.GenerateContentConfig(
            **values,
            system_instruction=prompt.system or None,
            max_output_tokens=options.max_tokens,
            automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
            http_options=types.HttpOptions(timeout=max(1, int(remaining(options.deadline) * 1000))),
        )

    def _failure_in(self, error: BaseException) -> HttpFailure | None:
        if not any(base.__name__ == "APIError" for base in type(error).__mro__):
            return None
        code, details = getattr(error, "code", None), getattr(error, "details", None)
        if not isinstance(code, int) or not isinstance(details, dict):
            return None
        return failure_from_body(code, details)


def _contents(prompt: Prompt) -> Any:
    if not prompt.images:
        return prompt.text
    from google.genai import types

    pictures = [types.Part.from_bytes(data=image.data, mime_type=image.media_type) for image in prompt.images]
    return [types.Content(role="user", parts=[types.Part.from_text(text=prompt.text), *pictures])]


def _piece(body: Any) -> Piece:
    """Read one response or one chunk of a stream. Thoughts are not part of the answer."""
    refusal = problem = ""
    feedback = body.prompt_feedback
    if feedback is not None and feedback.block_reason is not None:
        refusal = f"the prompt was blocked ({_name(feedback.block_reason)})"
    candidate = body.candidates[0] if body.candidates else None
    finish = None
    reason = _name(candidate.finish_reason) if candidate is not None and candidate.finish_reason is not None else ""
    if reason == "STOP":
        finish = FinishReason.STOP
    elif reason in CUT_OFF:
        finish = FinishReason.LENGTH
    elif reason in DECLINED:
        finish, refusal = FinishReason.REFUSED, refusal or f"it stopped for {reason}"
    elif reason and reason != "FINISH_REASON_UNSPECIFIED":
        problem = f"it ended with {reason}"
    parts = (candidate.content.parts if candidate is not None and candidate.content is not None else None) or []
    chosen = (
        candidate.logprobs_result.chosen_candidates if candidate is not None and candidate.logprobs_result is not None else None
    ) or []
    used = body.usage_metadata
    usage = None
    if used is not None and used.prompt_token_count is not None:
        made = (used.candidates_token_count or 0) + (used.thoughts_token_count or 0)
        usage = Usage(used.prompt_token_count, made if used.candidates_token_count is not None or made else None)
    return Piece(
        text="".join(part.text for part in parts if part.text and not part.thought),
        logprobs=tuple(float(entry.log_probability) for entry in chosen if entry.log_probability is not None),
        finish=finish,
        refusal=refusal,
        problem=problem,
        usage=usage,
        model=(body.model_version or "").removeprefix("models/"),
    )


def _name(value: Any) -> str:
    return str(getattr(value, "value", value)).upper()


SPEC = VendorSpec(
    id="gemini",
    label="Google (Gemini)",
    aliases=("Google", "Gemini"),
    default_model="gemini-2.5-flash",
    suggested_models=("gemini-2.5-flash", "gemini-2.5-pro"),
    factory=GeminiProvider,
    sees=seen_by_gemini,
    fields=(
        Field(name="api_key", setting="gemini_api_key", variable="GEMINI_API_KEY", label="API key", secret=True, required=True),
        Field(name="base_url", setting="gemini_base_url", variable="GEMINI_BASE_URL", label="base URL", destination=True, default=BASE_URL),
    ),
)
