"""The process of Locust: a run of its own, the master of workers, or one worker.

The first line of stdin is its task, as JSON; it contains the secret, which so stands in no argument list and
no environment. Another line ends the run early; the end of stdin ends the process within seconds, also where
nothing else works any more. It writes what happens to stdout, a JSON object per line.
"""

import contextlib
import json
import logging
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any, Final

import gevent
import locust
import locust.runners
import locust.stats
from gevent import monkey
from gevent.event import Event
from locust.env import Environment
from locust.exception import RPCError, StopUser
from locust.html import get_html_report

from devhook.load.engine.open_model import OpenModel
from devhook.load.engine.page import open_page
from devhook.load.engine.request import MOST_CONNECTIONS
from devhook.load.filled import from_json
from devhook.load.plan import LoadPlan
from devhook.load.tally import LoadTally
from devhook.processes import allow_open_files

_SECOND: Final = 1.0
_GRACE: Final = 4.0
"""Seconds after the end of stdin until the process ends in any case."""
_STOPPING: Final = 2.0
"""Seconds within which workers must report after they are told to stop."""
_OTHER_FILES: Final = 200
_STOP: Final = "devhook_stop"
_DONE: Final = "devhook_done"


class Engine:
    """One process of Locust.

    - `task`: the first line of stdin.
    - `tell`: writes an event to stdout.
    """

    def __init__(self, task: Mapping[str, Any], tell: Callable[..., None]) -> None:
        self._task = task
        self._tell = tell
        self._stop = Event()
        self._done = Event()
        self._tally = LoadTally()
        self._finished: set[str] = set()
        self._shares: dict[str, int] = {}
        self._claimed = False
        self._environment = Environment(
            user_classes=[_user_class(self)],
            events=locust.events,
            host=task["shown"],
            locustfile="devhook load",
            parsed_options=Namespace(
                devhook_plan="",
                devhook_shares={},
                enable_rebalancing=False,
                headless=False,
                num_users=1,
                run_time=None,
                spawn_rate=1,
                stats_history_enabled=False,
                stop_timeout=0.0,
                web_base_path="",
            ),
        )

    def stop(self) -> None:
        """End the run early."""
        self._stop.set()
        self._done.set()

    def run(self) -> None:
        """Do the task until the run is over."""
        match self._task["role"]:
            case "worker":
                self._work()
            case "master":
                self._lead()
            case _:
                self._run_alone()

    def _run_alone(self) -> None:
        runner = self._environment.create_local_runner()
        self._shares = {runner.client_id: 0}
        with self._watched(runner):
            runner.start(1, 1)
            self._until_done(runner)
            runner.quit()
            self._report()

    def _lead(self) -> None:
        try:
            runner = self._environment.create_master_runner(self._task["host"], self._task["port"])
        except (RPCError, SystemExit):
            self._tell("failed", reason=f"{self._task['host']}:{self._task['port']} cannot be listened on.")
            return
        runner.register_message(_DONE, self._on_done)
        locust.events.worker_report.add_listener(self._on_report)
        with self._watched(runner):
            self._tell("listening", port=runner.server.port)
            if not self._until_ready(runner):
                return
            self._shares = {client.id: number for number, client in enumerate(runner.clients.ready)}
            options = self._environment.parsed_options
            options.devhook_plan, options.devhook_shares = json.dumps(self._task["plan"]), self._shares
            gevent.spawn(runner.start, len(self._shares), len(self._shares))
            self._until_done(runner)
            if self._stop.is_set():
                self._done.clear()
                runner.send_message(_STOP)
                self._done.wait(_STOPPING)
            runner.quit()
            self._report()

    def _until_ready(self, runner: Any) -> bool:
        """Wait for the workers; return whether all are there and the run was not stopped."""
        seen = 0
        while (ready := len(runner.clients.ready)) < self._task["workers"]:
            if ready != seen and self._task["port"]:
                # Workers of other machines come when somebody starts them.
                self._tell("workers", ready=ready)
            seen = ready
            if self._stop.wait(0.1):
                return False
        return True

    def _work(self) -> None:
        runner = self._environment.create_worker_runner(self._task["host"], self._task["port"])
        # Nothing of a master's message is data of this worker's: neither its target nor its deliveries.
        locust.events.report_to_master.add_listener(self._add_report)
        runner.register_message(_STOP, lambda **_: gevent.spawn(self._stop_working, runner))
        self._tell("connected")
        gevent.spawn(self._quit_when_stopped, runner)
        runner.greenlet.join()
        self._tell("end")

    def send_share(self, environment: Environment) -> None:
        """Send this process's share of the deliveries; called by its user, and once only."""
        runner = environment.runner
        if self._claimed or runner is None:
            return
        self._claimed = True
        options = environment.parsed_options
        shares = options.devhook_shares or self._shares
        if runner.client_id not in shares:
            return
        plan = LoadPlan.model_validate(json.loads(options.devhook_plan or json.dumps(self._task["plan"])))
        model = OpenModel(
            plan,
            [from_json(story) for story in self._task["stories"]],
            self._task["url"],
            self._task["secret"],
            self._tally,
            share=shares[runner.client_id],
            shares=len(shares),
            on_request=environment.events.request.fire,
            open_files=allow_open_files(MOST_CONNECTIONS + _OTHER_FILES) - _OTHER_FILES,
        )
        try:
            model.run()
        finally:
            self._finish(runner)

    def _finish(self, runner: Any) -> None:
        if self._task["role"] == "worker":
            runner._send_stats()  # noqa: SLF001 - before the message, so that nothing is missing after it
            runner.send_message(_DONE)
        self._done.set()

    def _stop_working(self, runner: Any) -> None:
        runner.stop()
        if not self._claimed:
            runner.send_message(_DONE)

    def _quit_when_stopped(self, runner: Any) -> None:
        self._stop.wait()
        self._stop_working(runner)
        runner.quit()

    def _add_report(self, data: dict[str, Any], **_: Any) -> None:
        data["devhook"] = self._tally.take()

    def _on_report(self, data: Mapping[str, Any], **_: Any) -> None:
        message = data.get("devhook")
        if isinstance(message, dict):
            self._tally.merge(message)

    def _on_done(self, msg: Any, **_: Any) -> None:
        self._finished.add(msg.node_id)
        if self._finished >= self._shares.keys():
            self._done.set()

    def _lost(self, runner: Any) -> int:
        """Return how many workers are gone before they finished."""
        if not hasattr(runner, "clients"):
            return 0
        alive = {client.id for client in runner.clients.all} - {each.id for each in runner.clients.missing}
        return len(self._shares.keys() - alive - self._finished)

    @contextlib.contextmanager
    def _watched(self, runner: Any) -> Any:
        """Keep the history that the charts show; with a page, let it be open until a stop."""
        locust.stats.HISTORY_STATS_INTERVAL_SEC = 1
        history = gevent.spawn(locust.stats.stats_history, runner)
        page = None
        if self._task["web"]:
            page, address = open_page(self._environment, self.stop)
            self._tell("page", url=address)
        try:
            yield
            if page is not None:
                self._stop.wait()
        finally:
            history.kill()
            if page is not None:
                page.stop()

    def _until_done(self, runner: Any) -> None:
        """Report every second until the run is over, stopped, or without workers."""
        while not self._done.wait(_SECOND):
            lost = self._lost(runner)
            table = locust.stats.get_stats_summary(runner.stats, current=True)
            self._tell("second", table=table, lost=lost, **self._tally.as_json())
            if lost and lost + len(self._finished) >= len(self._shares):
                return

    def _report(self) -> None:
        """Report the results, and the page with the charts."""
        runner: Any = self._environment.runner
        stats = runner.stats
        total = stats.total
        self._tell(
            "end",
            stopped=self._stop.is_set(),
            table=locust.stats.get_stats_summary(stats, current=False),
            lost=self._lost(runner),
            percentiles={str(at): total.get_response_time_percentile(at) / 1000 for at in _PERCENTILES},
            longest=total.max_response_time / 1000,
            errors=_summed((each.error, each.occurrences) for each in stats.errors.values()),
            names={
                name: {"count": entry.num_requests, "failed": entry.num_failures}
                for (name, _), entry in sorted(stats.entries.items())
            },
            **self._tally.as_json(),
            html=get_html_report(self._environment, show_download_link=False) if self._task["html"] else "",
        )


_PERCENTILES: Final = (0.5, 0.9, 0.95, 0.99, 0.999)


def _rounded(milliseconds: float) -> float:
    """Return a time with three digits; Locust's own two make 1.9 ms of 1.5 ms, and none of 0.4 ms."""
    return float(f"{milliseconds:.3g}")


def _summed(pairs: Any) -> dict[str, int]:
    sums: dict[str, int] = {}
    for name, number in pairs:
        sums[str(name)] = sums.get(str(name), 0) + number
    return sums


def _user_class(engine: Engine) -> type[locust.User]:
    """Return Locust's user: one in each worker, which sends all of its deliveries."""

    class Shopify(locust.User):
        wait_time = locust.constant(0)

        @locust.task
        def deliver(self) -> None:
            engine.send_share(self.environment)
            raise StopUser

    return Shopify


class _Notices(logging.Handler):
    """Reports what Locust warns of."""

    def __init__(self, tell: Callable[..., None]) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        self._tell("notice", text=record.getMessage())


def _tell(event: str, **more: Any) -> None:
    # The parent is gone: the end of stdin ends this process.
    with contextlib.suppress(OSError):
        sys.stdout.buffer.write(json.dumps({"event": event, **more}).encode() + b"\n")
        sys.stdout.buffer.flush()


def _watch_stdin(stop: Callable[[], None]) -> None:
    """Call `stop` for a line and for the end of stdin; end the process after the latter. A real thread."""
    try:
        while os.read(0, 4096):
            stop()
    except OSError:
        pass
    stop()
    monkey.get_original("time", "sleep")(_GRACE)
    os._exit(1)


def main() -> None:
    """Do the task that stands in the first line of stdin."""
    line = bytearray()
    while b"\n" not in line and (piece := os.read(0, 1 << 20)):
        line += piece
    first, _, more = bytes(line).partition(b"\n")
    task = json.loads(first)
    locust.stats.STATS_NAME_WIDTH = task["width"]
    locust.stats.bucket_response_time = _rounded
    # A report in a second, so that the table and the charts are never older.
    locust.runners.WORKER_REPORT_INTERVAL = _SECOND
    logging.basicConfig(handlers=[_Notices(_tell)], level=logging.WARNING, force=True)
    engine = Engine(task, _tell)
    if more:
        engine.stop()
    hub = gevent.get_hub()
    news = hub.loop.async_()
    news.start(engine.stop)
    hub.threadpool.spawn(_watch_stdin, news.send)
    status = 0
    try:
        engine.run()
    except (ConnectionError, RPCError) as error:
        _tell("failed", reason=str(error) or "No master answers at that address.")
        status = 1
    sys.stdout.flush()
    # Locust's and gevent's ends wait for threads and sockets.
    os._exit(status)


if __name__ == "__main__":
    main()
