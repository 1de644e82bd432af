"""`python -m devhook` is the `devhook` command."""

import signal

if __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    # Ctrl+C during the imports ends the process without a traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

from devhook.cli import main

if __name__ == "__main__":
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    main()
