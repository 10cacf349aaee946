"""One hub that did a day's work, Dagster's pages over it, and a browser: there for these tests alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import dagster as dg
import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from hub import reporting
from hub.cli.context import kernel
from pipelines.reporter import DagsterReporter
from tests.benchmarks.measuring import free_port
from tests.browser.shown import CANARY, Shown
from tests.cli.town import Town, town

ROOT = Path(__file__).parents[2]
PATIENCE = 240.0
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def chromium() -> str:
    """The installed browser. Without one these tests cannot run; in CI that is a failure."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if found:
        return found
    remedy = (
        "no Chromium on this machine, so nobody looked at Dagster's pages: "
        "install it (Debian: apt-get install chromium) or name one in CHROMIUM"
    )
    if os.environ.get("CI") == "true":
        pytest.fail(remedy)
    pytest.skip(remedy)


@pytest.fixture(scope="module")
def worked(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A live group: one bill in the books, one held for an item that nobody mapped; reported to Dagster."""
    home = tmp_path_factory.mktemp("shown")
    with pytest.MonkeyPatch.context() as patch, town(home, patch) as made:
        patch.setenv("DAGSTER_HOME", str(home))
        shutil.copyfile(ROOT / "pipelines" / "dagster.yaml", home / "dagster.yaml")
        made.go_live()
        ann = made.patient(CANARY, notes=f"Sister of {CANARY}")
        made.bill(ann, "PH1")
        made.bill(ann, "EX30")
        made.sync()
        with dg.DagsterInstance.from_config(str(home)) as instance:
            assert reporting.report(kernel(), "dagster", DagsterReporter(instance)) > 5
        yield made


@pytest.fixture(scope="module")
def shown(worked: Town) -> Iterator[Shown]:
    """Dagster's webserver over the hub, as `dagster dev` starts it, without its daemon."""
    (held,) = worked.causes()
    port = free_port()
    command = [str(Path(sys.executable).with_name("dagster-webserver")), "-w", "workspace.yaml"]
    with (worked.home / "webserver.log").open("wb") as log:
        server = subprocess.Popen(
            [*command, "-h", "127.0.0.1", "-p", str(port)], cwd=ROOT, stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(server, f"{url}/server_info", worked.home / "webserver.log")
        yield Shown(url, held)
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(20)
        server.kill()
        server.wait()


def _wait(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(url, timeout=2.0).status_code == 200:
                return
        time.sleep(0.3)
    raise AssertionError(f"Dagster's pages did not come up:\n{log.read_text('utf-8')[-2000:]}")


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium, headless=True, args=list(QUIET))
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, shown: Shown) -> Iterator[Page]:
    context = browser.new_context(base_url=shown.url, viewport={"width": 1400, "height": 1000})
    expect.set_options(timeout=60_000)
    yield context.new_page()
    context.close()
