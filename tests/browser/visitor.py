"""A person with a phone: signs in through the sandbox's WeChat, calls the API as pages do, reads text messages."""

import re
import time
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import APIResponse, BrowserContext, Page

from tests.browser.demo import Demo

SMS_SECONDS = 15


@dataclass
class Visitor:
    """`key` is the phone, p1 … p6. `context` holds its cookies."""

    demo: Demo
    key: str
    context: BrowserContext
    csrf: str = ""
    facts: dict[str, str] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return self.demo.phone(self.key)

    def sign_in(self) -> None:
        """Through the page, as a person comes in: the sandbox knows the phone by its host name."""
        page = self.context.new_page()
        page.goto(f"{self.origin}/w/sign-in?to=%2Fw%2F", wait_until="load")
        page.close()
        bootstrap = self.get("/bootstrap", channel="wechat_oa")
        if bootstrap["me"] is None:
            raise RuntimeError(f"{self.key}: signing in did not work")
        self.csrf = bootstrap["csrf_token"]

    def get(self, path: str, **query: str | float | bool) -> Any:
        """GET below /api. Raises RuntimeError on anything but success."""
        return _read(self.context.request.get(f"{self.origin}/api{path}", params=query))

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """A call that changes something. Raises RuntimeError on anything but success."""
        sent = {"X-CSRF-Token": self.csrf, "Origin": self.origin, **headers}
        url = f"{self.origin}/api{path}"
        return _read(self.context.request.fetch(url, method=method, data=body or {}, headers=sent))

    def open(self, path: str) -> Page:
        """A page of the app, such as `pages/home/index`."""
        page = self.context.new_page()
        page.goto(f"{self.origin}/w/#/{path}", wait_until="load")
        return page

    def last_code(self, mobile: str) -> str:
        """The newest code sent to this mobile number. Raises RuntimeError when none arrives."""
        until = time.monotonic() + SMS_SECONDS
        while time.monotonic() < until:
            found = [one for one in _messages(self.demo.control("GET", "sms")) if mobile in str(one)]
            for message in found:
                code = re.search(r"(?<!\d)\d{6}(?!\d)", str(message.get("text", message)))
                if code:
                    return code.group()
            time.sleep(0.3)
        raise RuntimeError(f"no code was sent to {mobile}")


def _messages(answer: Any) -> list[dict[str, Any]]:
    """Newest first."""
    listed = answer if isinstance(answer, list) else next(v for v in answer.values() if isinstance(v, list))
    return sorted(listed, key=lambda one: str(one.get("at", one.get("sent_at", ""))), reverse=True)


def _read(answer: APIResponse) -> Any:
    if not answer.ok:
        raise RuntimeError(f"{answer.url}: {answer.status} {answer.text()[:300]}")
    return answer.json() if answer.body() else None
