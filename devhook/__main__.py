"""Where the process begins: the script `devhook` and `python -m devhook`.

Python's own handler of Ctrl+C prints a traceback. Until the command line is imported, Ctrl+C ends the process
by the signal, as it ends any other program. So this module imports only what Python has loaded already.
"""

import gc
import signal


def main() -> None:
    """Run the command line of this process."""
    # Imports make objects that stay: to look for garbage among them takes a tenth of their time.
    gc.disable()
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from devhook.cli import main as run_process  # noqa: PLC0415 - only now may it be interrupted

    run_process()


if __name__ == "__main__":
    main()
