"""Three apps under their own tests and under the workflow of the README: right, and with planted faults."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from tests.node_modules import NODE, installed, node_environment

# The first run on a machine fetches Express from the npm registry.
pytestmark = [pytest.mark.tools, pytest.mark.timeout(300)]

HERE = Path(__file__).parent
WORKFLOW = HERE / "webhooks.yml"
SECRET = yaml.safe_load(WORKFLOW.read_text())["jobs"]["webhooks"]["env"]["SHOPIFY_API_SECRET"]
COMMANDS = {
    "flask_app": [sys.executable, "app.py"],
    "fastapi_app": [sys.executable, "app.py"],
    "express_app": [NODE, "app.js"],
}
# A planted fault, and the test of the app that finds it.
FOUND_BY = {
    "trusts": "test_only_shopifys_requests_are_taken",
    "repeats": "test_a_delivery_that_comes_twice_counts_once",
    "overwrites": "test_the_newest_version_is_kept_in_whatever_order_they_come",
}


@pytest.fixture(params=COMMANDS)
def app(request, tmp_path):
    """A copy of the app's folder, with what it needs installed."""
    folder = tmp_path / request.param
    shutil.copytree(HERE / request.param, folder, ignore=shutil.ignore_patterns("__pycache__"))
    if (package := folder / "package.json").exists():
        (folder / "node_modules").symlink_to(installed(package))
    return folder


@contextlib.contextmanager
def running(app, port, fault=""):
    with subprocess.Popen(
        COMMANDS[app.name], cwd=app, env=environment(PORT=str(port), FAULT=fault),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            wait_for(f"http://127.0.0.1:{port}/orders", process)
            yield
        finally:
            process.kill()


def wait_for(url, process):
    while process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url):
            return
        time.sleep(0.02)
    pytest.fail(f"The app ended with status {process.returncode}.")


def environment(**more):
    path = f"{Path(sys.executable).parent}{os.pathsep}{node_environment()['PATH']}"
    return {**os.environ, "PATH": path, "SHOPIFY_API_SECRET": SECRET, **more}


def run_tests(app, fault, url):
    """Run the app's own tests; return the exit status and what they printed."""
    plain = ["-p", "no:cacheprovider", "-p", "no:xdist", "-c", os.devnull, "--rootdir", app]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "pytest", "-q", *plain, app], cwd=app,
        env=environment(FAULT=fault, APP_URL=url), capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_its_own_tests_pass_and_find_each_planted_fault(app, unused_tcp_port_factory):
    for fault, test in {"": "", **FOUND_BY}.items():
        port = unused_tcp_port_factory()
        served = running(app, port, fault) if app.name == "express_app" else contextlib.nullcontext()
        with served:
            status, shown = run_tests(app, fault, f"http://127.0.0.1:{port}")

        failed = re.findall(r"^FAILED \S+::(\w+)", shown, re.MULTILINE)
        assert (status, failed) == ((1, [test]) if fault else (0, [])), shown


def steps(port):
    """The commands of the workflow's steps that run here: without GitHub, and without the app's start."""
    found = yaml.safe_load(WORKFLOW.read_text())["jobs"]["webhooks"]["steps"]
    named = {step["name"]: step["run"] for step in found if "name" in step}
    started = named.pop("Start the app").splitlines()[-1]
    assert started.startswith("curl ")
    assert set(named) == {"Deliver what happens to an order", "Check what Shopify requires"}
    return [command.replace("3000", str(port)) for command in (started, *named.values())]


def test_the_workflow_is_green_beside_the_right_app_and_red_beside_a_faulty_one(app, unused_tcp_port_factory):
    for fault in ("", "trusts"):
        port = unused_tcp_port_factory()
        with running(app, port, fault):
            statuses = [
                subprocess.run(
                    ["bash", "-e", "-c", command], cwd=app, env=environment(HOME=str(app)), check=False
                ).returncode
                for command in steps(port)
            ]

        assert statuses == [0, 0, 1 if fault else 0]
        failures = ET.parse(app / "probe.xml").getroot().find("testsuite").get("failures")
        assert (int(failures) > 0) is bool(fault)


def test_the_workflow_waits_for_an_app_that_starts_slowly(tmp_path, unused_tcp_port_factory):
    port = unused_tcp_port_factory()
    with subprocess.Popen(["bash", "-e", "-c", steps(port)[0]], cwd=tmp_path) as curl, socket.socket() as app:
        app.bind(("127.0.0.1", port))
        app.listen()
        connection, _ = app.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")

        assert curl.wait(30) == 0
