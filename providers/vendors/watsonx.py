"""IBM watsonx.ai in the cloud (or behind a gateway that speaks like it) through the ibm-watsonx-ai SDK."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from typing import Any
from urllib.parse import urlsplit

from providers.addresses import check_base_url
from providers.base import CallOptions, Prompt
from providers.http import CONNECT_SECONDS, Guard, HttpFailure, failure_from_body, remaining, tls_context
from providers.vendor import Connection, Field, VendorSpec
from providers.vendors._bridge import blocking_client
from providers.vendors._chat import piece_of_chat
from providers.vendors._shared import Piece, SdkProvider

BASE_URL = "https://us-south.ml.cloud.ibm.com"
IBM = ".ibm.com"
IAM_URL = "https://iam.cloud.ibm.com/identity/token"
IAM_URL_AWS = "https://account-iam.platform.saas.ibm.com/api/2.0/apikeys/token"
OPTIONAL = {"temperature": (), "seed": (), "logprobs": ()}


class WatsonxProvider(SdkProvider):
    """One model of watsonx.ai."""

    def __init__(self, model: str, connection: Connection):
        super().__init__(SPEC, model, connection)
        self._pending: set[Any] = set()

    def _elsewhere(self) -> bool:
        return not (urlsplit(self._connection["base_url"]).hostname or "").endswith(IBM)  # every region has an address of its own

    def _open(self, loop: asyncio.AbstractEventLoop) -> Any:
        import logging
        import warnings

        import httpx

        # The SDK warns about choices made here on purpose, and logs request bodies as warnings
        warnings.filterwarnings("ignore", module=r"ibm_watsonx_ai\.")
        logging.getLogger("ibm_watsonx_ai").setLevel(logging.CRITICAL)
        from ibm_watsonx_ai import APIClient, Credentials
        from ibm_watsonx_ai.foundation_models import ModelInference

        url = self._connection["base_url"]
        auth_url = self._connection["auth_url"] or (IAM_URL_AWS if ".aws." in url else IAM_URL)
        # The authorization is a token that the SDK fetches with the key and renews, so it passes as it is
        guard = Guard(label=self.label, origins=(url, auth_url), headers={}, passes=("authorization",))
        client = httpx.AsyncClient(
            verify=tls_context(self._connection["ca_file"]),
            limits=httpx.Limits(max_connections=None),
            timeout=httpx.Timeout(remaining(None), connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
            event_hooks=guard.hooks(),
        )
        try:
            # With clients of ours the SDK's retrying transport is never built; what is left of its retries sees no error status,
            # because the guard raises first. Without scope validation it does not ask for the project before every first call.
            api = APIClient(
                Credentials(url=url, api_key=self._connection["api_key"], platform_url=url, auth_url=auth_url),
                project_id=self._connection["project_id"],
                httpx_client=blocking_client(client, loop, self._pending),
                async_httpx_client=client,
                scope_validation=False,
            )
            inference = ModelInference(model_id=self.model, api_client=api, validate=False, max_retries=0)
        except BaseException:
            asyncio.run_coroutine_threadsafe(client.aclose(), loop)
            raise
        return inference, api, client

    async def _close(self, client: Any) -> None:
        self._abandon()
        await client[2].aclose()

    def _abandon(self) -> None:
        for future in tuple(self._pending):
            future.cancel()

    async def _list(self) -> list[str]:
        api = (await self.client())[1]
        specs = await asyncio.to_thread(api.foundation_models.get_chat_model_specs, limit=200)
        return [entry["model_id"] for entry in (specs or {}).get("resources", []) if entry.get("model_id")]

    async def _pieces(self, client: Any, prompt: Prompt, options: CallOptions, stream: bool) -> AsyncGenerator[Piece, None]:
        inference = client[0]
        messages = [{"role": "system", "content": prompt.system}] if prompt.system else []
        messages.append({"role": "user", "content": prompt.text})

        def chat() -> Awaitable[Any]:
            ask = inference.achat_stream if stream else inference.achat
            result: Awaitable[Any] = ask(messages=messages, params=self._parameters(options))
            return result

        async with aclosing(self._bodies(OPTIONAL, chat, stream)) as bodies:
            async for body in bodies:
                yield piece_of_chat(body, "delta" if stream else "message")

    def _parameters(self, options: CallOptions) -> dict[str, Any]:
        values: dict[str, Any] = {"temperature": options.temperature, "seed": options.seed, "logprobs": options.logprobs or None}
        values = {name: value for name, value in values.items() if value is not None and name not in self._not_taken}
        # Unset, the vendor stops at 1024 tokens, which cuts most files off; 0 is its word for the model's own limit
        values["max_completion_tokens"] = options.max_tokens if options.max_tokens is not None else 0
        values["time_limit"] = max(1000, int(remaining(options.deadline) * 1000))
        return values

    def _failure_in(self, error: BaseException) -> HttpFailure | None:
        """Read the error event of a stream, which the SDK passes on as text."""
        reason = getattr(error, "reason", None)
        if not isinstance(reason, str) or not any(base.__name__ == "WMLClientError" for base in type(error).__mro__):
            return None
        try:
            body = json.loads(reason)
        except (ValueError, RecursionError):
            return None
        status = body.get("status_code") if isinstance(body, dict) else None
        return failure_from_body(status if isinstance(status, int) else 0, body)


SPEC = VendorSpec(
    id="watsonx",
    label="IBM watsonx",
    aliases=("watsonx", "watsonx.ai", "IBM"),
    default_model="meta-llama/llama-3-3-70b-instruct",
    suggested_models=("meta-llama/llama-3-3-70b-instruct", "ibm/granite-4-h-small"),
    factory=WatsonxProvider,
    fields=(
        Field(name="api_key", setting="watsonx_api_key", variable="WATSONX_API_KEY", label="API key", secret=True, required=True),
        Field(name="project_id", setting="watsonx_project_id", variable="WATSONX_PROJECT_ID", label="project id", required=True),
        Field(
            name="base_url",
            setting="watsonx_url",
            variable="WATSONX_URL",
            label="URL",
            destination=True,
            default=BASE_URL,
            also=("url",),
        ),
        Field(name="auth_url", setting="", variable="", label="token URL", destination=True, prepare=check_base_url),
        Field(name="ca_file", setting="watsonx_ca_file", variable="WATSONX_CA_FILE", label="CA file", server_only=True),
    ),
)
