"""An ops person in the morning: which assets there are, what was done, what is red and what to do."""

from __future__ import annotations

import os
import re

import pytest
from playwright.sync_api import Page, expect

from hub import invariants
from tests.browser.shown import CANARY, Shown

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.timeout(420)]


@pytest.fixture(autouse=True)
def looked_at(page: Page, request: pytest.FixtureRequest) -> object:
    """No page of a test shows a patient; with SHOTS a picture of each is kept there."""
    yield
    folder = os.environ.get("SHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{request.node.name}.png")
    assert CANARY.lower() not in page.content().lower()


def test_every_asset_is_listed(page: Page) -> None:
    page.set_viewport_size({"width": 1400, "height": 6000})  # rows out of sight are not drawn
    page.goto("/assets?display=flat")
    for layer in ("raw", "canonical", "delivered"):
        expect(page.get_by_text(re.compile(rf"^{layer}\b")).first).to_be_visible()


def test_a_delivery_is_a_materialisation_with_counts(page: Page) -> None:
    page.goto("/assets/delivered/xero/invoice?view=events")
    expect(page.get_by_text("reported by hub worker").first).to_be_visible()
    expect(page.get_by_text("total", exact=True).first).to_be_visible()
    expect(page.get_by_text("hub deliveries list").first).to_be_visible()


def test_a_red_check_names_what_is_held_and_what_to_do(page: Page, shown: Shown) -> None:
    page.goto("/assets/delivered/xero/invoice?view=checks")
    (check,) = (one for one in invariants.CHECKS if one.name == "nothing_held")
    page.get_by_text(check.name, exact=True).first.click()
    expect(page.get_by_text(check.question)).to_be_visible()
    expect(page.get_by_text(shown.held, exact=True)).to_be_visible()
    expect(page.get_by_text("bookkeeper", exact=True)).to_be_visible()
    expect(page.get_by_text(check.instruction).first).to_be_visible()
    expect(page.get_by_text("Failed", exact=True).first).to_be_visible()
