"""A person with a phone: signs in through the sandbox's WeChat, calls the API as pages do, reads text messages."""

import json
import re
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import BrowserContext, Page

from tests.browser.demo import Demo

SMS_SECONDS = 15
CHANNELS = {"w": "wechat_oa", "l": "alipay_life"}
FETCH = """async ([method, url, headers, body]) => {
  const options = {method, headers, body: body === null ? undefined : JSON.stringify(body)}
  const answer = await fetch(url, options)
  return {status: answer.status, text: await answer.text()}
}"""


# A picture drawn by the browser, sent as a form does it.
UPLOAD = """async ([url, headers, name]) => {
  const canvas = document.createElement('canvas')
  canvas.width = 640
  canvas.height = 480
  const picture = await new Promise((done) => canvas.toBlob(done, 'image/png'))
  const form = new FormData()
  form.append('file', picture, name)
  const answer = await fetch(url, {method: 'POST', headers, body: form})
  return {status: answer.status, text: await answer.text()}
}"""


@dataclass
class Visitor:
    """`key` is the phone, p1 … p8. `context` holds its cookies. `entry`: `w` is its WeChat, `l` its Alipay."""

    demo: Demo
    key: str
    context: BrowserContext
    entry: str = "w"
    csrf: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    page: Page | None = None

    @property
    def origin(self) -> str:
        return self.demo.phone(self.key)

    def sign_in(self) -> None:
        """Through the page, as a person comes in: the sandbox knows the phone by its host name."""
        self.page = self.context.new_page()
        home = f"/{self.entry}/"
        self.page.goto(f"{self.origin}{home}sign-in?{urlencode({'to': home})}", wait_until="load")
        allow = self.page.get_by_text("允许", exact=True)
        if allow.count() > 0:  # who has not followed the account is asked first
            allow.first.click()
        self.page.wait_for_url(f"{self.origin}{home}#/**")
        self.page.wait_for_load_state("networkidle")
        bootstrap = self.get("/bootstrap", channel=CHANNELS[self.entry])
        if bootstrap["me"] is None:
            raise RuntimeError(f"{self.key}: signing in did not work")
        self.csrf = bootstrap["csrf_token"]

    def get(self, path: str, **query: str | float) -> Any:
        """GET below /api. Raises RuntimeError on anything but success."""
        return self._fetch("GET", f"{path}?{urlencode(query)}" if query else path, None, {})

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """A call that changes something. Raises RuntimeError on anything but success."""
        sent = {"Content-Type": "application/json", "X-CSRF-Token": self.csrf, **headers}
        return self._fetch(method, path, body or {}, sent)

    def _fetch(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        """From inside the page: only the browser knows that pN.localhost is this machine."""
        if self.page is None:
            raise RuntimeError("sign in first")
        answer = self.page.evaluate(FETCH, [method, f"{self.origin}/api{path}", headers, body])
        if answer["status"] >= 400:
            raise RuntimeError(f"{method} {path}: {answer['status']} {answer['text'][:300]}")
        return json.loads(answer["text"]) if answer["text"] else None

    def upload(self, path: str, name: str) -> Any:
        """Send a picture as a file of this name. Raises RuntimeError on anything but success."""
        if self.page is None:
            raise RuntimeError("sign in first")
        headers = {"X-CSRF-Token": self.csrf}
        answer = self.page.evaluate(UPLOAD, [f"{self.origin}/api{path}", headers, name])
        if answer["status"] >= 400:
            raise RuntimeError(f"POST {path}: {answer['status']} {answer['text'][:300]}")
        return json.loads(answer["text"])

    def last_code(self, mobile: str) -> str:
        """The newest code sent to this mobile number. Raises RuntimeError when none arrives."""
        until = time.monotonic() + SMS_SECONDS
        while time.monotonic() < until:
            messages = self.demo.control("GET", "sms")["messages"]
            for message in reversed([one for one in messages if mobile in str(one)]):
                code = re.search(r"(?<!\d)\d{6}(?!\d)", str(message.get("text", "")))
                if code:
                    return code.group()
            time.sleep(0.3)
        raise RuntimeError(f"no code was sent to {mobile}")
