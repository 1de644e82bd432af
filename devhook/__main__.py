"""`python -m devhook` is the `devhook` command."""

from devhook.cli import main

if __name__ == "__main__":
    main()
