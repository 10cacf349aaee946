"""The section `collect`: what is wrong is named with its line, what is missing is found by a check."""

from __future__ import annotations

import pytest
from test_config_check import TEXT

from hub.config.check import check_group
from hub.config.load import load_text
from hub.config.model import Collect, GroupConfig
from hub.config.nodes import ConfigErrors

BEFORE, _, AFTER = TEXT.partition("\ncollect:\n")
SECTION = "collect:\n" + AFTER.split("\n\n", 1)[0] + "\n"


def text(collect: str) -> str:
    """The example with another section `collect`."""
    return f"{BEFORE}\n{collect}\n{AFTER.split(chr(10) * 2, 1)[1]}"


def load(collect: str = SECTION) -> GroupConfig:
    return load_text(text(collect), "group.yaml")


def test_what_is_written_is_what_is_asked_by() -> None:
    made = load().collect
    assert made is not None
    expected = Collect(
        connection="harbour-stripe",
        methods={"harbour-cliniko": "Stripe", "harbour-nookal": "Stripe"},
        line=made.line,
    )
    assert made == expected
    assert load("").collect is None
    plain = load("collect: {connection: harbour-stripe}").collect
    assert plain is not None
    assert (plain.after_days, plain.hours, plain.methods) == (None, 24, {})


@pytest.mark.parametrize(
    ("collect", "part"),
    [
        ("collect: {methods: {}}", "lacks `connection`"),
        ("collect: {connection: harbour-xero}", "which is read and written by nobody"),
        ("collect: {connection: elsewhere}", "which is read and written by nobody"),
        ("collect: {connection: harbour-stripe, methods: {harbour-xero: Card}}", "is no source connection"),
        ("collect: {connection: harbour-stripe, hours: 25}", "hours fits no page"),
        ("collect: {connection: harbour-stripe, after_days: -3}", "cannot be negative"),
        ("collect: {connection: harbour-stripe, every: 3}", "no setting 'every'"),
    ],
)
def test_what_is_wrong_is_named(collect: str, part: str) -> None:
    with pytest.raises(ConfigErrors) as raised:
        load(collect)
    assert any(part in one.sentence for one in raised.value.errors), raised.value.errors


def test_a_check_finds_what_would_be_held() -> None:
    whole = load()
    assert whole.collect is not None
    here = [one for one in check_group(whole, {}) if one.line == whole.collect.line]
    assert here == []
    silent = load("collect: {connection: harbour-stripe}")
    found = [one for one in check_group(silent, {}) if "paid by a page" in one.sentence]
    assert [one.level for one in found] == ["warning", "warning"]
    assert {"harbour-cliniko" in one.sentence for one in found} == {True, False}
    odd = load("collect: {connection: harbour-stripe, methods: {harbour-cliniko: By link}}")
    errors = [one for one in check_group(odd, {}) if one.level == "error" and "By link" in one.sentence]
    assert len(errors) == sum("harbour-cliniko" in place.source for place in odd.locations)
