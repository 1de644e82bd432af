"""The changes of a public address during a session, each with its message and hint."""

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.text import duration


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)

    at: AwareDatetime


class Up(_Event):
    """The tunnel is open again, under the same address `url`."""

    url: str

    @property
    def message(self) -> str:
        """What happened."""
        return f"The tunnel is back: {self.url}."

    @property
    def hint(self) -> str:
        """What it means for deliveries, or what to do."""
        return "Shopify retries the deliveries that failed."


class Down(_Event):
    """The agent lost its connection to its service at `at`, for `reason`. It reconnects by itself."""

    reason: str

    @property
    def message(self) -> str:
        """What happened."""
        return f"The tunnel is down: {self.reason}"

    @property
    def hint(self) -> str:
        """What it means for deliveries, or what to do."""
        return "It reconnects by itself; Shopify retries for four hours."


class AddressChanged(_Event):
    """The tunnel has the address `new` instead of `old`; subscriptions still deliver to `old`."""

    old: str
    new: str

    @property
    def message(self) -> str:
        """What happened."""
        return f"The public address is now {self.new}; it was {self.old}."

    @property
    def hint(self) -> str:
        """What it means for deliveries, or what to do."""
        return "Shopify's retries still go to the old address and do not arrive here."


class AgentDied(_Event):
    """The agent ended for `reason`. It is restarted `attempts` times at most, first in `pause` seconds."""

    reason: str
    attempts: int
    pause: float

    @property
    def message(self) -> str:
        """What happened."""
        return f"The tunnel is down: {self.reason}"

    @property
    def hint(self) -> str:
        """What it means for deliveries, or what to do."""
        return f"It is restarted in {duration(self.pause)}, up to {self.attempts} times."


class GaveUp(_Event):
    """The agent is not restarted: `reason` does not go away by itself; `remedy` is empty if unknown."""

    reason: str
    remedy: str

    @property
    def message(self) -> str:
        """What happened."""
        return f"The tunnel stays down: {self.reason}"

    @property
    def hint(self) -> str:
        """What it means for deliveries, or what to do."""
        return self.remedy or "Start devhook again when the cause is removed."


TunnelEvent = Up | Down | AddressChanged | AgentDied | GaveUp
