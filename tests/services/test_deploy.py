"""What is shipped for hosting: parsed and checked, since containers and systemd do not run everywhere."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.base.settings import Settings
from tests.fences.sources import PROJECT
from tests.hosted import configured

DEPLOY = PROJECT / "deploy"
SERVICE_WORDS = {
    "build", "image", "restart", "init", "env_file", "environment", "volumes", "networks", "depends_on",
    "stop_grace_period", "command", "healthcheck", "ports", "shm_size",
}  # fmt: skip
INSTRUCTIONS = {"FROM", "RUN", "WORKDIR", "COPY", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "CMD"}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    """The compose file, merged."""
    parsed = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert isinstance(parsed, dict)
    return parsed


def test_every_service_says_what_it_is_and_refers_to_what_is_there(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"postgres", "init", "app1", "app2", "jobs", "nginx"}
    for name, service in services.items():
        assert set(service) <= SERVICE_WORDS, name
        assert "image" in service, name
        assert set(service.get("depends_on", {})) <= set(services), name
        assert set(service["networks"]) <= set(compose["networks"]), name
        for volume in service.get("volumes", ()):
            source, _target, *mode = volume.split(":")
            if source.startswith("."):
                assert mode == ["ro"], volume
                assert source == "./tls" or (DEPLOY / source).exists(), volume
            else:
                assert source in compose["volumes"], volume


def test_only_nginx_is_reached_from_outside_and_no_password_stands_in_the_file(compose: dict[str, Any]) -> None:
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["nginx"]
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert all(each.startswith("${POSTGRES_PASSWORD:?") for each in re.findall(r"PASSWORD: (\S+)", text))
    assert not re.search(r"image: \S+:latest|image: [^:$]+$", text, re.MULTILINE)


def test_whoever_needs_the_database_waits_for_it_and_for_its_schema(compose: dict[str, Any]) -> None:
    for name in ("app1", "app2", "jobs"):
        assert compose["services"][name]["depends_on"] == {
            "postgres": {"condition": "service_healthy"},
            "init": {"condition": "service_completed_successfully"},
        }
    assert compose["services"]["init"]["depends_on"] == {"postgres": {"condition": "service_healthy"}}
    assert "pg_isready" in compose["services"]["postgres"]["healthcheck"]["test"][1]


def test_what_the_processes_are_told_are_settings_that_exist(compose: dict[str, Any]) -> None:
    sample = dict(
        line.split("=", 1)
        for line in (DEPLOY / "environment.sample").read_text(encoding="utf-8").splitlines()
        if line and not line.startswith("#")
    )
    told = set(sample) | {name for each in compose["services"].values() for name in each.get("environment", {})}
    ours = {name.removeprefix("SALESBOOK_").lower() for name in told if name.startswith("SALESBOOK_")}
    assert ours - set(Settings.model_fields) == set()
    settings = {name.removeprefix("SALESBOOK_").lower(): word for name, word in sample.items() if word}
    found = Settings(**{name: word for name, word in settings.items() if name in Settings.model_fields})  # type: ignore[arg-type]
    assert (found.hosted, found.run_jobs, found.demo) == (True, False, False)


def test_the_image_holds_what_the_app_needs_and_runs_as_nobody_in_particular() -> None:
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"))
    steps = [line.split(maxsplit=1) for line in text.splitlines() if line and not line.startswith("#")]
    assert {word for word, _ in steps} == INSTRUCTIONS
    copied = [words.split()[0] for word, words in steps if word == "COPY"]
    assert [source for source in copied if not (PROJECT / source).exists()] == []
    assert {"app.py", ".streamlit", "core", "pages", "requirements.txt", "docs"} <= set(copied)
    assert re.fullmatch(r"python:3\.\d+-slim-\w+", dict(steps)["FROM"])
    assert [words for word, words in steps if word == "USER"] == ["salesbook"]
    major = re.search(r"image: postgres:(\d+)", (DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    assert major
    assert f"postgresql-client-{major[1]}" in text


def test_what_must_stay_outside_the_image_does() -> None:
    ignored = (PROJECT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {".git", ".venv", "data/var", "deploy/.env", "deploy/tls"} <= set(ignored)


def test_nginx_accepts_the_shipped_configuration(nginx: str, tmp_path: Path) -> None:
    whole = configured(tmp_path, [8501, 8502], 8443, 8080)
    words = [nginx, "-t", "-p", tmp_path, "-e", tmp_path / "error.log", "-c", whole]
    tried = subprocess.run(words, check=False, capture_output=True, text=True)
    assert tried.returncode == 0, tried.stderr


def test_nginx_limits_what_is_uploaded_a_little_above_what_the_app_takes() -> None:
    ours = (DEPLOY / "nginx" / "salesbook.conf").read_text(encoding="utf-8")
    app = (PROJECT / ".streamlit" / "config.toml").read_text(encoding="utf-8")
    sizes = [int(each) for each in re.findall(r"client_max_body_size\s+(\d+)m", ours)]
    most = re.search(r"maxUploadSize = (\d+)", app)
    assert most
    assert sizes == [1, int(most[1]) + 4]


@pytest.mark.parametrize("unit", ["salesbook@.service", "salesbook-jobs.service"])
def test_systemd_accepts_the_units(unit: str, tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("no systemd-analyze on this machine")
    text = (DEPLOY / "systemd" / unit).read_text(encoding="utf-8")
    here = re.sub(r"ExecStart=\S+", "ExecStart=/bin/true", text)
    copy = tmp_path / unit.replace("@", "@8501")
    copy.write_text(here, encoding="utf-8")
    tried = subprocess.run([program, "verify", "--man=no", copy], check=False, capture_output=True, text=True)
    complaints = [line for line in tried.stderr.splitlines() if unit.split(".")[0].split("@")[0] in line]
    assert complaints == []


@pytest.mark.parametrize("unit", ["salesbook@.service", "salesbook-jobs.service"])
def test_the_units_run_without_rights_and_start_again(unit: str) -> None:
    lines = (DEPLOY / "systemd" / unit).read_text(encoding="utf-8").splitlines()
    assert {"User=salesbook", "Restart=always", "NoNewPrivileges=true", "ProtectSystem=strict"} <= set(lines)
    assert "EnvironmentFile=/etc/salesbook/environment" in lines
