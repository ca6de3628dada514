"""The chat completion shape that OpenAI defined and watsonx answers in too, read from plain mappings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from providers.base import FinishReason, Usage
from providers.vendors._shared import Piece

FINISHED = frozenset({"stop", "eos", "eos_token", "end_turn", "stop_sequence"})
"""Words for a complete answer; compatible servers have their own beside `stop`."""


def piece_of_chat(body: Mapping[str, Any], part: str) -> Piece:
    """Read one completion (`part` is "message") or one chunk of a stream ("delta"). Raises where the shape is another."""
    choices = body.get("choices") or []
    choice: Mapping[str, Any] = choices[0] if choices else {}
    said: Mapping[str, Any] = choice.get(part) or {}
    finish, refusal, problem = _ending(choice.get("finish_reason"))
    content = said.get("content")
    if content is not None and not isinstance(content, str):
        content, problem = "", problem or "its content is not text"
    tokens = (choice.get("logprobs") or {}).get("content") or ()
    used = body.get("usage")
    model = body.get("model") or body.get("model_id")
    return Piece(
        text=content or "",
        logprobs=tuple(float(token["logprob"]) for token in tokens),
        finish=finish,
        refusal=said.get("refusal") or refusal,
        problem=problem,
        usage=Usage(used.get("prompt_tokens"), used.get("completion_tokens")) if used else None,
        model=model if isinstance(model, str) else "",
    )


def _ending(reason: str | None) -> tuple[FinishReason | None, str, str]:
    """Return finish reason, refusal and problem for the vendor's word."""
    if not reason:
        return None, "", ""
    if reason in FINISHED:
        return FinishReason.STOP, "", ""
    if reason in ("length", "max_tokens", "time_limit"):
        return FinishReason.LENGTH, "", ""
    if reason == "content_filter":
        return FinishReason.REFUSED, "its content filter stopped the answer", ""
    return None, "", f"it ended with {reason}"
