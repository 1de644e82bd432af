"""The app as the simulated shop knows it: its credentials, what it was granted, the tokens it was given."""

from collections.abc import Callable, Iterable
from datetime import datetime

from pydantic import SecretStr


class Installation:
    """One app in one shop. The plain attributes are switches that a test or the demo may turn at any time.

    `scopes`: what was granted. `protected_customer_data`: whether the app was approved for it.
    `webhooks_version`: the payload version set in the app; None takes the version of the request's URL.
    """

    def __init__(  # noqa: PLR0913 - each is one fact about an installed app
        self,
        *,
        clock: Callable[[], datetime],
        client_id: str = "",
        client_secret: SecretStr | None = None,
        tokens: Iterable[SecretStr] = (),
        scopes: Iterable[str] = (),
        protected_customer_data: bool = True,
        webhooks_version: str | None = None,
        new_token: Callable[[], str] | None = None,
    ) -> None:
        raise NotImplementedError
