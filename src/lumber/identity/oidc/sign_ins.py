"""The providers of a service, each with its code flow."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lumber.errors import ProviderNotFound
from lumber.identity.oidc.config import Provider

if TYPE_CHECKING:
    from lumber.identity.oidc.client import ProviderClient
    from lumber.identity.oidc.flow import CodeFlow


class SignIns:
    """Signs people in through providers. Close it when done."""

    def __init__(self, providers: Sequence[Provider] = ()) -> None:
        self.providers = tuple(providers)
        self._client: ProviderClient | None = None
        self._flows: dict[str, CodeFlow] = {}

    def flow(self, provider_id: str) -> CodeFlow:
        """Return the code flow with a provider. Raises ProviderNotFound."""
        for provider in self.providers:
            if provider.id == provider_id:
                return self._flow(provider)
        raise ProviderNotFound(f"There is no provider {provider_id!r}. LUMBER_OIDC_FILE names the providers.")

    async def close(self) -> None:
        """Close the connections to providers."""
        if self._client is not None:
            await self._client.close()

    def _flow(self, provider: Provider) -> CodeFlow:
        # The libraries for HTTP and tokens are loaded when somebody signs in.
        from lumber.identity.oidc.client import ProviderClient
        from lumber.identity.oidc.flow import CodeFlow

        if self._client is None:
            self._client = ProviderClient()
        if provider.id not in self._flows:
            self._flows[provider.id] = CodeFlow(provider, self._client)
        return self._flows[provider.id]
