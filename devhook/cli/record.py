"""`devhook record`: writes selected deliveries as a scenario or a recording."""

from pathlib import Path

import click

from devhook.cli.console import echo, info
from devhook.cli.inbox_access import WordsCommand, open_inbox, selection_argument, selection_of
from devhook.cli.masking import run_mask
from devhook.cli.options import NearestChoice, out_options
from devhook.cli.recordings import print_pieces, require_free, selected_deliveries, write_file
from devhook.errors import InputError
from devhook.recordings.masked import TEST_SECRET, masking
from devhook.recordings.recording import write_recording
from devhook.scenario.writer import scenario_lines


@click.command(cls=WordsCommand)
@selection_argument
@click.option(
    "--as",
    "wanted",
    type=NearestChoice(["scenario", "jsonl"]),
    help="A scenario, for devhook play; or a recording, as devhook export writes it. Default: by "
    "the suffix of FILE (.jsonl), else a scenario.",
)
@click.option("--title", metavar="TEXT", help="The title of the scenario.")
@out_options
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object with the file; needs --out.")
@click.pass_obj
def record(
    inbox: Path,
    *,
    words: tuple[str, ...],
    wanted: str | None,
    title: str | None,
    out: Path | None,
    force: bool,
    as_json: bool,
) -> None:
    """Write recorded deliveries as a scenario.

    They are selected by ids (12, 12-40, last, -2) and filter words ('#1001'), which must all match; without
    either it is everything in the inbox. A scenario can be edited: pauses, faults (fault = "duplicate"),
    further steps of the simulated shop.

    \b
      devhook record '#1001' --out order-1001.toml
      devhook play order-1001.toml --to 3000
    """  # noqa: D301 - click's mark for lines that must not be filled is a backspace
    mask = run_mask()
    selection = selection_of(words)
    if as_json and out is None:
        raise InputError("--json needs a file.", "Add --out FILE; without it stdout is the scenario.")
    if out is not None:
        require_free(out, force=force)
    as_recording = wanted == "jsonl" or (wanted is None and out is not None and out.suffix == ".jsonl")
    with open_inbox(inbox) as opened:
        counted = selected_deliveries(opened, selection, out)
        deliveries = masking(counted, mask) if mask else counted
        lines = (
            write_recording(deliveries) if as_recording else scenario_lines(title or inbox.stem, deliveries)
        )
        if out is None:
            print_pieces(lines)
        else:
            write_file(out, lines)
            info(f"Wrote {counted} to {out}.")
    if as_json:
        written = "jsonl" if as_recording else "scenario"
        echo({"file": str(out), "as": written, "deliveries": counted.count})
    if out is not None and not as_recording:
        info(f"Play it: devhook play {_play_argument(out)} --to 3000")
    if mask:
        info(f"Masked, and signed again with the test secret {TEST_SECRET.name} (that string is the secret).")
    elif out is not None:
        info("The file contains personal data. To share it, use --mask.")


def _play_argument(out: Path) -> str:
    """Return `out` as an argument of `play`, to which a bare name without .toml is a packaged scenario."""
    return str(out) if out.suffix == ".toml" or len(out.parts) > 1 else f"./{out}"
