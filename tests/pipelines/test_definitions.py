"""What Dagster is told exists, as a golden file: a change of it is a change of what people see and what runs.

`uv run pytest tests/mappings tests/pipelines --regenerate-golden` writes it anew; read the diff.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.run_coordinator import QueuedRunCoordinator

import pipelines
from pipelines import automation
from pipelines.definitions import defs
from tests.benchmarks import baseline

GOLDEN = Path(__file__).with_name("definitions.json")


def shape() -> dict[str, Any]:
    """Assets with what feeds them, checks, jobs with what they run, schedules, sensors."""
    graph = defs.resolve_asset_graph()
    repository = defs.get_repository_def()
    checks: dict[str, list[str]] = {}
    for key in sorted(graph.asset_check_keys):
        checks.setdefault(key.asset_key.to_user_string(), []).append(key.name)
    return {
        "assets": {
            key.to_user_string(): {
                "group": graph.get(key).group_name,
                "deps": [parent.to_user_string() for parent in sorted(graph.get(key).parent_keys)],
            }
            for key in sorted(graph.get_all_asset_keys())
        },
        "checks": {asset: sorted(names) for asset, names in checks.items()},
        "jobs": {
            job.name: {
                "executor": job.executor_def.name,
                "tags": dict(sorted(job.tags.items())),
                "ops": sorted(node.name for node in job.nodes),
                "assets": len(job.asset_layer.executable_asset_keys),
            }
            for job in sorted(_jobs(), key=lambda job: job.name)
        },
        "schedules": {
            one.name: {
                "cron": one.cron_schedule,
                "zone": one.execution_timezone,
                "job": one.job_name,
                "status": one.default_status.value,
            }
            for one in sorted(repository.schedule_defs, key=lambda one: one.name)
        },
        "sensors": {
            one.name: {
                "job": one.job_name,
                "seconds": one.minimum_interval_seconds,
                "status": one.default_status.value,
            }
            for one in repository.sensor_defs
        },
    }


def _jobs() -> list[dg.JobDefinition]:
    return [job for job in defs.get_repository_def().get_all_jobs() if not job.name.startswith("__")]


def test_definitions_are_what_the_golden_file_says(request: pytest.FixtureRequest) -> None:
    found = shape()
    if request.config.getoption("--regenerate-golden", default=False):
        GOLDEN.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    assert found == json.loads(GOLDEN.read_text("utf-8"))


def test_nothing_is_retried_by_dagster() -> None:
    for job in _jobs():
        assert job.tags["dagster/max_retries"] == "0"
        assert all(node.retry_policy is None and node.definition.retry_policy is None for node in job.nodes)


def test_every_run_stays_in_one_process() -> None:
    assert {job.executor_def.name for job in _jobs()} == {"in_process"}


def test_definitions_load_without_a_database(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A code server starts before the hub is set up; only running needs it."""
    monkeypatch.setenv("HUB_HOME", str(tmp_path / "nowhere"))
    dg.Definitions.validate_loadable(defs)
    assert not (tmp_path / "nowhere").exists()


def test_the_instance_we_recommend_can_be_opened(tmp_path: Path) -> None:
    settings = Path(pipelines.__file__).with_name("dagster.yaml")
    (tmp_path / "dagster.yaml").write_text(settings.read_text("utf-8"), "utf-8")
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert not instance.telemetry_enabled
        assert instance.run_monitoring_enabled
        assert instance.run_monitoring_settings["max_resume_run_attempts"] == 0
        assert not isinstance(instance.run_coordinator, QueuedRunCoordinator)
        assert instance.run_retries_enabled is False


def test_the_benchmark_compares_with_the_same_interval() -> None:
    assert baseline.INTERVAL == automation.INTERVAL
