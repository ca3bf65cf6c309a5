"""The frame around every answer: headers, health, production's refusals."""

import base64
import functools
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import httpx
import msgspec
import pytest
import pytest_asyncio
import structlog
import structlog.testing
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from litestar import Litestar
from litestar.connection import ASGIConnection

from jiuyi.app import settings as app_settings
from jiuyi.app.pages import patient_pages
from jiuyi.app.settings import SettingsFaulty
from jiuyi.app.web import litestar_app
from jiuyi.app.wiring import build
from jiuyi.kit import log, pages
from jiuyi.kit.http import client_ip
from jiuyi.kit.ids import new_id
from tests.support.product import Product, running, settings_for


@pytest_asyncio.fixture
async def product(dsn: str) -> AsyncIterator[Product]:
    async with running(dsn) as product:
        yield product


@pytest.mark.parametrize("path", ["/healthz", "/api/bootstrap", "/api/nothing", "/w/", "/callbacks/nobody"])
async def test_every_answer_carries_its_id_and_the_security_headers(product: Product, path: str) -> None:
    headers = (await product.visitor().get(path)).headers
    assert len(headers["x-request-id"]) == 32
    assert headers["x-content-type-options"] == "nosniff"
    policy = headers["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "'unsafe-inline'" not in policy.split("script-src")[1].split(";")[0]
    assert "object-src 'none'" in policy


async def test_health_readiness_and_metrics(product: Product) -> None:
    http = product.visitor()
    assert (await http.get("/healthz")).json()["status"] == "ok"
    assert (await http.get("/readyz")).json()["status"] == "ok"
    metrics = (await http.get("/metrics")).text
    assert "jiuyi_http_requests_total" in metrics
    assert 'route="/healthz"' in metrics


async def test_a_body_that_is_too_large_or_not_json_is_said_in_words(product: Product) -> None:
    person = await product.sign_in()
    broken = await person.http.request(
        "PUT", "/api/account/language", content=b"{", headers={**person._headers, "content-type": "application/json"}
    )
    assert (broken.status_code, broken.json()["code"]) == (400, "invalid_request")
    wrong = await person.call("PUT", "/api/account/language", {"language": "fr"})
    assert wrong.status_code == 400
    assert wrong.json()["fields"]


@pytest.mark.parametrize("path", ["/api/appointments", "/api/payments", "/api/messages"])
@pytest.mark.parametrize(
    "keys",
    [
        ["a", "b"],
        ["\x00", "\x00"],
        ["infinity", "00000000-0000-7000-8000-000000000000"],
        ["2026-11-22", "00000000-0000-7000-8000-000000000000"],
        ["0001-01-01T00:00:00+23:59", "00000000-0000-7000-8000-000000000000"],
        ["2026-11-22T00:00:00+08:00", "x"],
        ["2026-11-22T00:00:00+08:00"],
    ],
)
async def test_a_cursor_of_somebody_s_own_making_is_refused(product: Product, path: str, keys: list[str]) -> None:
    person = await product.sign_in()
    answer = await person.get(path, cursor=pages.encode(*keys))
    assert (answer.status_code, answer.json()["fields"][0]["field"]) == (400, "cursor")


@pytest.mark.parametrize("scope", ["upcoming", "past", "all"])
async def test_appointments_are_listed_in_every_scope(product: Product, scope: str) -> None:
    person = await product.sign_in()
    place = pages.encode("2026-11-22T00:00:00+08:00", "00000000-0000-7000-8000-000000000000")
    for more in ({}, {"cursor": place}):
        answer = await person.get("/api/appointments", scope=scope, **more)
        assert (answer.status_code, answer.json()) == (200, {"items": [], "next_cursor": None})
    assert (await person.get("/api/appointments", scope="everybody")).status_code == 400


@pytest.mark.parametrize("path", ["/api/appointments", "/api/booking/preview", "/api/patients/verifications"])
async def test_a_body_nested_ten_thousand_deep_is_the_sender_s_fault(product: Product, path: str) -> None:
    person = await product.sign_in()
    headers = {**person._headers, "content-type": "application/json", "idempotency-key": str(new_id())}
    answer = await person.http.post(path, content=b'{"a":' * 10_000, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


async def test_a_file_without_its_name_is_refused_in_words(product: Product) -> None:
    person = await product.sign_in()
    body = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n\x89PNG\r\n--x--\r\n'
    headers = {**person._headers, "content-type": "multipart/form-data; boundary=x"}
    answer = await person.http.post("/api/mdt/documents", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


async def test_a_refusal_can_be_found_in_the_log_by_the_id_that_the_page_shows(product: Product) -> None:
    person = await product.sign_in()
    with structlog.testing.capture_logs(processors=[log.name_request]) as lines:
        answer = (await person.get(f"/api/patients/{new_id()}")).json()
    found = [line for line in lines if line.get("request_id") == answer["request_id"]]
    assert [(line["event"], line["code"], line["status"], line["route"]) for line in found] == [
        ("refused", "not_found", 404, "/api/patients/{patient_id}")
    ]


async def test_nobody_asks_for_the_whole_hospital_all_the_time(product: Product) -> None:
    http = product.visitor()
    answers = [await http.get("/api/clinics") for _ in range(61)]
    assert [answer.status_code for answer in answers] == [200] * 60 + [429]
    assert (await http.get("/api/clinics", params={"department_id": str(new_id())})).status_code != 429


@functools.cache
def _pems() -> tuple[str, str]:
    """A merchant's private key and a platform's public key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


def _environment() -> dict[str, str]:
    key = base64.b64encode(bytes(range(32))).decode()
    return {
        "DATABASE_URL": "postgresql://db.hospital.example/jiuyi",
        "JIUYI_WEB_PUBLIC_URL": "https://jiuyi.hospital.example",
        "JIUYI_WEB_HOSTS": "jiuyi.hospital.example",
        "JIUYI_WEB_TRUSTED_PROXIES": "1",
        "JIUYI_WEB_TICKET_SECRET": "qT7mXv2LkP9sRw4ZcB8nHd3FgJ6yUeAa",
        "JIUYI_VAULT_MASTERS": f"1:{key}",
        "JIUYI_VAULT_INDEX": key,
        "JIUYI_HIS_BASE_URL": "https://esb.hospital.example",
        "JIUYI_HIS_APP_ID": "jiuyi",
        "JIUYI_HIS_SECRET": "vM3pQx8NjT5wKc7YhR2bLd9FgS4zUeAa",
        "JIUYI_WECHAT_OA_APP_ID": "wx0123456789abcdef",
        "JIUYI_WECHAT_OA_APP_SECRET": "b7e1d9c3a5f20468b7e1d9c3a5f20468",
        "JIUYI_WECHAT_OA_TOKEN": "t0ken",
        "JIUYI_WECHAT_OA_ENCODING_AES_KEY": "k" * 43,
        "JIUYI_WECHAT_PAY_MCH_ID": "1900000001",
        "JIUYI_WECHAT_PAY_MERCHANT_SERIAL_NO": "5D1E",
        "JIUYI_WECHAT_PAY_MERCHANT_PRIVATE_KEY_PEM": _pems()[0],
        "JIUYI_WECHAT_PAY_API_V3_KEY": "k" * 32,
        "JIUYI_WECHAT_PAY_PUBLIC_KEY_ID": "PUB_KEY_ID_01",
        "JIUYI_WECHAT_PAY_PUBLIC_KEY_PEM": _pems()[1],
        "JIUYI_SMS_SECRET_ID": "id",
        "JIUYI_SMS_SECRET_KEY": "key",
        "JIUYI_SMS_SDK_APP_ID": "1400000000",
        "JIUYI_SMS_SIGN_NAME": "岭南大学附属医院",
    }


@pytest.mark.parametrize(
    ("proxies", "lines", "address"),
    [
        (0, ["198.51.100.9"], "10.0.0.2"),
        (1, ["203.0.113.7"], "203.0.113.7"),
        (1, ["198.51.100.9, 203.0.113.7"], "203.0.113.7"),
        # The caller's own line before the proxy's.
        (1, ["198.51.100.9", "203.0.113.7"], "203.0.113.7"),
        (2, ["198.51.100.9", "203.0.113.7, 10.0.0.1"], "203.0.113.7"),
        (2, ["203.0.113.7"], "10.0.0.2"),
        (1, [], "10.0.0.2"),
    ],
)
def test_whose_address_it_is(proxies: int, lines: list[str], address: str) -> None:
    headers = [(b"x-forwarded-for", line.encode()) for line in lines]
    scope = {"type": "http", "headers": headers, "client": ("10.0.0.2", 40000)}
    assert client_ip(ASGIConnection(cast("Any", scope)), proxies) == address


def test_good_production_settings_are_taken() -> None:
    assert app_settings.load(_environment()).mode == "production"


def test_every_missing_setting_is_reported_at_once() -> None:
    with pytest.raises(SettingsFaulty) as faulty:
        app_settings.load({})
    assert len(faulty.value.faults) > 15


def test_one_fault_does_not_hide_another() -> None:
    wrong = _environment() | {
        "JIUYI_DATABASE_WEB_POOL": "many",
        "JIUYI_WEB_HOSTS": "*",
        "JIUYI_VAULT_INDEX": "%",
        "JIUYI_HIS_SIGNATURE": "MD5",
        "JIUYI_LOG_LEVEL": "LOUD",
        "JIUYI_SMS_TEMPLATE": "{}",
    }
    del wrong["JIUYI_WECHAT_PAY_API_V3_KEY"]
    with pytest.raises(SettingsFaulty) as faulty:
        app_settings.load(wrong)
    for name in (*sorted(wrong.keys() - _environment().keys()), "JIUYI_WEB_HOSTS", "JIUYI_WECHAT_PAY_API_V3_KEY"):
        assert len([fault for fault in faulty.value.faults if fault.startswith(name)]) == 1, name
    assert len([fault for fault in faulty.value.faults if "VAULT" in fault]) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JIUYI_SANDBOX_URL", "http://localhost:8001"),
        ("JIUYI_WEB_PUBLIC_URL", "http://jiuyi.hospital.example"),
        ("JIUYI_WEB_HOSTS", "*"),
        ("JIUYI_WEB_TRUSTED_PROXIES", "0"),
        ("JIUYI_HIS_BASE_URL", "http://localhost:8001/his-esb"),
        ("JIUYI_WECHAT_PAY_BASE_URL", "http://127.0.0.1:8001/wechat-pay"),
        ("JIUYI_SMS_BASE_URL", "http://p1.localhost:8001/sms"),
        ("JIUYI_WECHAT_PAY_BASE_URL", "http://api.mch.weixin.qq.com"),
        ("JIUYI_HIS_SECRET", "sandbox-secret"),
        ("JIUYI_WEB_TICKET_SECRET", "a" * 40),
        ("JIUYI_WEB_TICKET_SECRET", "short"),
        ("JIUYI_VAULT_MASTERS", "1:c2hvcnQ="),
        ("JIUYI_VAULT_INDEX", base64.b64encode(bytes(32)).decode()),
        ("JIUYI_WECHAT_PAY_API_V3_KEY", "short"),
        ("JIUYI_WECHAT_OA_TEMPLATES", "{not json"),
        ("JIUYI_MODE", "staging"),
    ],
)
def test_production_refuses_sandbox_parts_and_sample_secrets(name: str, value: str) -> None:
    with pytest.raises(SettingsFaulty) as faulty:
        app_settings.load({**_environment(), name: value})
    assert any(name in fault or "VAULT" in fault for fault in faulty.value.faults)


def test_production_refuses_tests_of_the_insurance_and_unionpay_s_files_from_a_sandbox() -> None:
    wrong = _environment() | {
        "JIUYI_WECITY_PARTNER_ID": "5000",
        "JIUYI_WECITY_PARTNER_SECRET": "b7e1d9c3a5f20468",
        "JIUYI_WECITY_TEST_ENV": "true",
        "JIUYI_UNIONPAY_FILES_URL": "http://127.0.0.1:8001/unionpay",
    }
    with pytest.raises(SettingsFaulty) as faulty:
        app_settings.load(wrong)
    for name in ("JIUYI_WECITY_TEST_ENV", "JIUYI_UNIONPAY_FILES_URL"):
        assert any(fault.startswith(name) for fault in faulty.value.faults), name


async def test_the_demo_clock_does_not_exist_in_production(dsn: str) -> None:
    settings = msgspec.structs.replace(settings_for(dsn), mode="production")
    paths = {route.path for route in litestar_app(build(settings, pool=1)).routes}
    assert "/_demo/clock" not in paths


async def test_built_pages_come_whole_gzipped_and_from_their_folder_only(tmp_path: Path) -> None:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html>" + "就医" * 2000, encoding="utf-8")
    (tmp_path / "assets" / "app-1a2b.js").write_text("export const x = 1", encoding="utf-8")
    app = Litestar(patient_pages(tmp_path), logging_config=None)
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://p1.localhost") as http:
        page = await http.get("/w/")
        plain = await http.get("/w/", headers={"accept-encoding": "identity"})
        asset = await http.get("/w/assets/app-1a2b.js")
        assert page.headers["content-encoding"] == "gzip"
        assert page.text == plain.text
        assert page.headers["content-type"].count("charset") == 1
        assert page.headers["cache-control"] == "no-cache"
        assert "immutable" in asset.headers["cache-control"]
        for outside in ("/w/../pyproject.toml", "/w/%2e%2e/%2e%2e/etc/passwd", "/w/nothing.js"):
            assert (await http.get(outside)).status_code == 404
