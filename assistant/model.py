"""A name -> a LangChain chat model. Provider packages are loaded only here, and only when one is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assistant.errors import ModelError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

RETRIES = 1
"""Times that a provider's package asks again by itself; after that the answer is quoted."""


@dataclass(frozen=True, slots=True)
class Provider:
    """Where a provider's chat model is found, and what its settings are called there."""

    module: str
    chat_model: str
    package: str
    """What pip installs; the same as the extra of the provider's name in pyproject.toml."""
    key: str | None
    """The environment variable that the package reads its key from."""
    settings: Callable[[float, int], dict[str, Any]]
    """The time limit in seconds and the limit of tokens, as the chat model takes them."""


PROVIDERS = {
    "anthropic": Provider(
        "langchain_anthropic",
        "ChatAnthropic",
        "langchain-anthropic>=1.1,<1.7.8",
        "ANTHROPIC_API_KEY",
        lambda seconds, tokens: {"timeout": seconds, "max_tokens": tokens, "max_retries": RETRIES},
    ),
    "ollama": Provider(
        "langchain_ollama",
        "ChatOllama",
        "langchain-ollama>=1.0,<2",
        None,
        lambda seconds, tokens: {"client_kwargs": {"timeout": seconds}, "num_predict": tokens, "temperature": 0},
    ),
    "openai": Provider(
        "langchain_openai",
        "ChatOpenAI",
        "langchain-openai>=1.1,<1.7.4",
        "OPENAI_API_KEY",
        lambda seconds, tokens: {"timeout": seconds, "max_tokens": tokens, "max_retries": RETRIES},
    ),
}

HOW = (
    "Name a model as provider:name, such as openai:gpt-5-mini, anthropic:claude-sonnet-4-5 or ollama:llama3.2, or with "
    "the address of its server, as openai:name@http://127.0.0.1:8080/v1."
)


def open_model(named: str, *, seconds: float, tokens: int) -> BaseChatModel:
    """The chat model that "provider:name" or "provider:name@address" names; nothing is asked of it yet.

    "openai" with an address is any server that speaks OpenAI's protocol: llama.cpp, vLLM, LM Studio and others. A key
    comes from the provider's own environment variable and is never sent to a server over plain http.

    Raises:
        ModelError: no such provider, its package or its key is missing, or the name or address is none.
    """
    provider_name, _, rest = named.partition(":")
    name, at, address = rest.partition("@http")
    address = f"http{address}" if at else ""
    provider = PROVIDERS.get(provider_name)
    if provider is None:
        said = f" {provider_name!r}" if provider_name.isidentifier() else ""  # a key pasted here is not repeated
        raise ModelError(f"There is no provider{said}; there are {', '.join(PROVIDERS)}. {HOW}")
    if not name.strip():
        raise ModelError(f"No model is named after {provider_name + ':'!r}. {HOW}")
    settings = {"model": name, **provider.settings(seconds, tokens)}
    if address:
        settings |= _at_address(address, provider_name)
    try:
        module = import_module(provider.module)
    except ModuleNotFoundError as error:
        if error.name != provider.module:
            raise
        raise ModelError(
            f"For models of {provider_name} a package is missing. Install it with: pip install '{provider.package}'"
        ) from None
    try:
        model: BaseChatModel = getattr(module, provider.chat_model)(**settings)
    except Exception as error:  # each package has its own; a message may hold what was read from the environment
        problem = type(error).__name__
    else:
        key = getattr(model, f"{provider_name}_api_key", None)
        if key is None or callable(key) or key.get_secret_value():
            return model
        problem = "no key"
    mend = f"Is the environment variable {provider.key} set?" if provider.key else HOW
    raise ModelError(f"The model {name!r} of {provider_name} cannot be used ({problem}). {mend}")


def _at_address(address: str, provider_name: str) -> dict[str, Any]:
    try:
        parts = urlsplit(address)
        sound = parts.hostname and not (parts.username or parts.password or parts.query or parts.fragment)
    except ValueError:
        sound = False
    if not sound:
        raise ModelError(f"A server's address is http://host:port/path, without a user name or a key in it. {HOW}")
    if provider_name == "anthropic":
        return {"base_url": address} | _no_key(parts.scheme)
    if provider_name == "openai":  # small servers know nothing of the defaults of large models
        return {"base_url": address, "temperature": 0} | _no_key(parts.scheme)
    return {"base_url": address}


def _no_key(scheme: str) -> dict[str, str]:
    """What is sent instead of a key where anyone on the way could read it."""
    return {"api_key": "none"} if scheme == "http" else {}
