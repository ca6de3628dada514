"""One question, many answerers."""

from providers.base import CallOptions, Prompt
from providers.ensemble import EnsembleProvider
from providers.errors import ConfigurationError, ConsensusNotReached, EnsembleError, NotEnoughAnswers, ProviderError, RunTimedOut

__all__ = [
    "CallOptions",
    "ConfigurationError",
    "ConsensusNotReached",
    "EnsembleError",
    "EnsembleProvider",
    "NotEnoughAnswers",
    "Prompt",
    "ProviderError",
    "RunTimedOut",
]
