"""The app's credentials in the project's `.env`, under the names that Shopify's tools and templates write.

The app reads the same file. So whoever wrote it can make nothing valid that the app would not accept anyway.
"""

import logging
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from devhook.errors import InputError
from devhook.files import read_regular

NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "client_id": ("SHOPIFY_API_KEY", "SHOPIFY_CLIENT_ID"),
    "client_secret": ("SHOPIFY_API_SECRET", "SHOPIFY_API_SECRET_KEY", "SHOPIFY_CLIENT_SECRET"),
}
"""The names of each credential in a `.env`, in order of precedence.

`shopify app env pull` writes the first ones:
https://shopify.dev/docs/api/shopify-cli/app/app-env-pull
"""

_LARGEST: Final = 2**18


def env_file(folder: Path, app: str = "") -> Path | None:
    """Return the `.env` of a project; that of the app configuration `app` (`.env.staging`) comes first."""
    names = ([f".env.{app}"] if app else []) + [".env"]
    return next((folder / name for name in names if (folder / name).is_file()), None)


def env_credentials(file: Path) -> dict[str, tuple[SecretStr, str]]:
    """Return the credentials in a `.env` by name, each with the variable that contains it.

    Variables in values (`${HOME}`) are not replaced. Raise InputError for a file that cannot be read.
    """
    # The library takes 20 ms to load, and most commands run where no .env is.
    from dotenv import dotenv_values  # noqa: PLC0415

    try:
        text = read_regular(file, _LARGEST).decode()
    except UnicodeDecodeError as error:
        raise InputError(f"{file} is not UTF-8.", f"Save {file} as UTF-8.") from error
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}.", f"Correct {file}.") from error
    # The library warns of each line that is no assignment.
    logging.getLogger("dotenv.main").disabled = True
    values = dotenv_values(stream=StringIO(text), interpolate=False)
    found = {}
    for name, variables in NAMES.items():
        variable = next((each for each in variables if (values.get(each) or "").strip()), None)
        if variable is not None:
            found[name] = (SecretStr((values[variable] or "").strip()), variable)
    return found
