"""The options of `devhook load` that say what is sent, and what is reported."""

import random
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, Final, NamedTuple

import click

from devhook.cli.console import info
from devhook.cli.options import NumberRange, require_writable
from devhook.errors import DevhookError, InputError
from devhook.files import write_whole
from devhook.load.limits import DEFAULT_THRESHOLDS, Threshold
from devhook.load.plan import LoadPlan
from devhook.load.shape import BURSTS, RateShape, parse_ramp, parse_rate, parse_seconds
from devhook.sender.retries import RETRIES

_IDS: Final = 1_000_000_000_000


class _Percent(click.ParamType):  # type: ignore[type-arg]  # before click 8.2 it took no argument
    """A share: `2%`, or `2`."""

    name = "percent"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the share from 0 to 1."""
        if isinstance(value, float):
            return value
        number = NumberRange(0, 100).convert(str(value).strip().removesuffix("%"), param, ctx)
        return float(number) / 100


class LoadReport(NamedTuple):
    """What is reported: the limits, the files, and whether the results are printed as JSON."""

    thresholds: tuple[Threshold, ...]
    html: Path | None
    junit: Path | None
    as_json: bool

    def require_writable(self) -> None:
        """Raise InputError when a file cannot be written, before anything is sent."""
        for file, option in ((self.html, "--html"), (self.junit, "--junit")):
            if file is not None:
                require_writable(file, option)


def plan_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of the rate, the orders, duplicates and retries. The command gets them as `plan`."""

    @wraps(command)
    def planned(  # noqa: PLR0913 - one parameter for each option
        *arguments: Any,
        rate: str | None,
        ramp: str | None,
        burst: str | None,
        length: str,
        orders: int,
        shops: int,
        duplicates: float,
        retries: int,
        retry_speed: float,
        **options: Any,
    ) -> Any:
        randomly = random.SystemRandom()
        plan = LoadPlan(
            shape=_shape(rate, ramp, burst, length),
            orders=orders,
            shops=shops,
            duplicates=duplicates,
            retries=retries,
            retry_speed=retry_speed,
            # Ids of two runs differ.
            first_id=_IDS * randomly.randint(2, 80) + randomly.randrange(_IDS),
            seed=randomly.getrandbits(32),
        )
        return command(*arguments, plan=plan, **options)

    rate = click.option(
        "--rate", metavar="RATE", help="Deliveries in a second: 300/s, 20/min. Default: 10/s."
    )
    ramp = click.option("--ramp", metavar="FROM..TO", help="A rate that rises evenly: 10..300.")
    burst = click.option(
        "--burst", metavar="NAME", help=f"A rate with the form of {', '.join(BURSTS)}; --rate is its peak."
    )
    length = click.option(
        "--for", "length", default="1m", show_default=True, metavar="TIME", help="How long: 30s, 5m, 1h."
    )
    orders = click.option(
        "--orders",
        type=click.IntRange(1, 100_000),
        default=100,
        show_default=True,
        metavar="N",
        help="Orders that live at the same time. Each gets its deliveries in order, then a new one follows.",
    )
    shops = click.option(
        "--shops",
        type=click.IntRange(1, 100_000),
        default=1,
        show_default=True,
        metavar="N",
        help="Shops that the orders are spread over: acme, acme-2, acme-3 …",
    )
    duplicates = click.option(
        "--duplicates",
        type=_Percent(),
        default="0%",
        show_default=True,
        metavar="PERCENT",
        help="Send this share of the deliveries twice, with the same Webhook-Id.",
    )
    retries = click.option(
        "--retries",
        type=click.IntRange(0, RETRIES),
        default=RETRIES,
        show_default=True,
        metavar="N",
        help="Send a failed delivery again up to N times, as Shopify does.",
    )
    retry_speed = click.option(
        "--retry-speed",
        type=NumberRange(1, 1_000_000),
        default=1000,
        show_default=True,
        metavar="FACTOR",
        help="Shorten Shopify's pauses of four hours by this factor; 1 keeps them.",
    )
    return rate(ramp(burst(length(orders(shops(duplicates(retries(retry_speed(planned)))))))))


def report_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of limits and files. The command gets them as `report`."""

    @wraps(command)
    def reported(
        *arguments: Any,
        fail_if: tuple[str, ...],
        html: Path | None,
        junit: Path | None,
        as_json: bool,
        **options: Any,
    ) -> Any:
        limits = tuple(Threshold.parse(text) for text in fail_if or DEFAULT_THRESHOLDS)
        return command(*arguments, report=LoadReport(limits, html, junit, as_json), **options)

    fail_if = click.option(
        "--fail-if",
        multiple=True,
        metavar="LIMIT",
        help="Fail if 'late>0.1%', 'p99>2s', 'acted-twice>0' … Repeatable. Default: lost>0, removed>0.",
    )
    html = click.option(
        "--html",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Write a report with charts.",
    )
    junit = click.option(
        "--junit",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Write the limits and results as JUnit XML.",
    )
    as_json = click.option("--json", "as_json", is_flag=True, help="Print the results as one JSON object.")
    return fail_if(html(junit(as_json(reported))))


def write_report(file: Path, content: bytes, option: str) -> None:
    """Write a report, and say so. Raise DevhookError when it cannot be written."""
    try:
        write_whole(file, [content])
    except OSError as error:
        raise DevhookError(
            f"{file} cannot be written: {error.strerror}.", f"Use another file with {option}."
        ) from error
    info(f"Wrote {file}.")


def _shape(rate: str | None, ramp: str | None, burst: str | None, length: str) -> RateShape:
    """Return the rate over time. Raise InputError for options that exclude each other."""
    seconds = parse_seconds(length)
    if ramp is not None:
        if rate is not None or burst is not None:
            raise InputError("--ramp says all rates itself.", "Remove --rate and --burst.")
        return RateShape.ramp(*parse_ramp(ramp), seconds)
    each_second = parse_rate(rate or "10/s")
    if burst is not None:
        return RateShape.burst(burst, each_second, seconds)
    return RateShape.constant(each_second, seconds)
