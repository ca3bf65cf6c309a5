"""What accounts needs from the channels."""

from typing import Any, Protocol

from jiuyi.domains.accounts.errors import ChannelNotOffered
from jiuyi.domains.accounts.types import ChannelUser


class SignIn(Protocol):
    """One channel's way to say who is there."""

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """Where to send the browser so that it comes back to `redirect_uri` with `code` and `state`."""
        ...

    async def exchange(self, code: str) -> ChannelUser:
        """Redeem the one-use code. Raises `Refused`, `Unreachable` or `Unanswered`."""
        ...


class NotOffered:
    """A channel that this hospital does not have. Satisfies `SignIn`; raises `ChannelNotOffered`."""

    def authorize_url(self, redirect_uri: str, state: str) -> str:
        """There is nowhere to go."""
        del redirect_uri, state
        raise ChannelNotOffered

    async def exchange(self, code: str) -> ChannelUser:
        """There is nobody who could say."""
        del code
        raise ChannelNotOffered


class PageBridge(Protocol):
    """Signs a page for the channel's in-page SDK."""

    async def page_config(self, url: str) -> dict[str, Any]:
        """The parameters of `wx.config` for a page URL without fragment. Raises the outcomes of a call."""
        ...
