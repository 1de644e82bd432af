"""The screen as one of a run's faces: it ends when the user leaves it or the run is to end."""

import asyncio

from devhook.errors import DevhookError
from devhook.run import Run
from devhook.tui.app import DevhookApp


async def on_screen(run: Run) -> None:
    """Show the run on the screen."""
    app = DevhookApp(run)

    async def leave() -> None:
        await run.stopping.wait()
        app.exit()

    async def tell_the_end() -> None:
        await run.over.wait()
        app.notify("The scenario has been played. The shop is yours: 1 checks out an order.", markup=False)

    loop = asyncio.get_running_loop()
    beside = [loop.create_task(leave()), loop.create_task(tell_the_end())]
    try:
        await app.run_async()
    finally:
        for task in beside:
            task.cancel()
    if app.return_code:
        # Textual has printed the traceback; the deliveries are where they were.
        raise DevhookError(
            "The screen broke. Every delivery that was answered 200 is in the inbox.",
            "Go on without it: devhook listen --output lines. Please report the lines above.",
        )
