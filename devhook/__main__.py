"""Where the process begins: the script `devhook` and `python -m devhook`.

Python's own handler of Ctrl+C prints a traceback. Until the command line is imported, Ctrl+C ends the process
by the signal, as it ends any other program. So this module imports only what Python has loaded already.
"""

import signal


def main() -> None:
    """Run the command line of this process."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from devhook.cli import main as run_process  # noqa: PLC0415 - only now may it be interrupted

    run_process()


if __name__ == "__main__":
    main()
