"""The generic hint endpoint's scheme: what is signed, what is refused, what a body may say."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from hub import hints
from hub.contracts import Hint
from hub.errors import Malformed

NOW = datetime(2026, 10, 5, 1, 2, 3, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = b'{"stream": "invoices", "id": "123"}'


def headers(**changed: str) -> dict[str, str]:
    return hints.sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", NOW, BODY) | changed


def test_the_published_example_of_the_scheme() -> None:
    """Standard Webhooks, reference libraries: the same secret, id, time and body give this signature."""
    sent = datetime.fromtimestamp(1614265330, UTC)
    signed = hints.sign(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", sent, b'{"test": 2432232314}')
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_what_we_sign_we_accept() -> None:
    assert hints.verify(BODY, headers(), SECRET, NOW)


def test_one_of_several_signatures_is_enough_while_a_secret_rotates() -> None:
    right = headers()["webhook-signature"]
    assert hints.verify(BODY, headers(**{"webhook-signature": f"v1,AAAA {right}"}), SECRET, NOW)


def test_a_secret_that_is_no_base64_is_taken_as_it_is() -> None:
    signed = hints.sign("not base64!", "m1", NOW, BODY)
    assert hints.verify(BODY, signed, "not base64!", NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"webhook-id": ""},
        {"webhook-id": "another"},
        {"webhook-id": "x" * 101},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "1696469"},
        {"webhook-timestamp": "\u00b2"},
        {"webhook-timestamp": "9" * 13},
        {"webhook-timestamp": "-5"},
        {"webhook-signature": ""},
        {"webhook-signature": "v1,"},
        {"webhook-signature": "v1,\u00e9"},
    ],
)
def test_a_wrong_header_is_refused(wrong: dict[str, str]) -> None:
    assert not hints.verify(BODY, headers(**wrong), SECRET, NOW)


def test_other_bytes_or_another_secret_are_refused() -> None:
    assert not hints.verify(BODY + b" ", headers(), SECRET, NOW)
    assert not hints.verify(BODY, headers(), "whsec_" + "A" * 32, NOW)


@pytest.mark.parametrize(("minutes", "right"), [(-6, False), (-4, True), (4, True), (6, False)])
def test_a_message_is_good_for_five_minutes_on_both_sides(minutes: int, right: bool) -> None:
    assert hints.verify(BODY, headers(), SECRET, NOW + timedelta(minutes=minutes)) is right


def test_one_hint_or_many() -> None:
    assert hints.hints(BODY, "m") == [Hint("invoices", "123", "m:0")]
    many = json.dumps(
        {"hints": [{"stream": "patients", "id": 7}, {"stream": "invoices", "id": "8"}]}
    ).encode()
    assert hints.hints(many, "m") == [Hint("patients", "7", "m:0"), Hint("invoices", "8", "m:1")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b'"hints"',
        b"{}",
        b'{"stream": "invoices"}',
        b'{"stream": "invoices", "id": null}',
        b'{"stream": "invoices", "id": true}',
        b'{"stream": "invoices", "id": ""}',
        b'{"stream": "invoices", "id": {"a": 1}}',
        b'{"hints": 5}',
        b'{"hints": ["a"]}',
        b"[" * 100_000,
        json.dumps({"stream": "s" * 61, "id": "1"}).encode(),
        json.dumps({"stream": "s", "id": "1" * 101}).encode(),
        json.dumps({"hints": [{"stream": "s", "id": 1}] * 501}).encode(),
    ],
)
def test_a_body_that_says_nothing_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        hints.hints(body, "m")
    assert caught.value.__cause__ is None
