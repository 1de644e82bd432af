"""What can happen to a public address while a run lasts, and the sentences that tell it."""

from pydantic import AwareDatetime, BaseModel, ConfigDict

from devhook.text import duration


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True)

    at: AwareDatetime


class Up(_Event):
    """The address leads here again, unchanged."""

    url: str

    @property
    def message(self) -> str:
        """What happened."""
        return f"The tunnel is back: {self.url}."

    @property
    def hint(self) -> str:
        """What that means for deliveries, or what is being done."""
        return "Shopify tries again by itself what it could not deliver."


class Down(_Event):
    """The agent lost its connection to ngrok, at `at`. It reconnects by itself, however long it takes."""

    reason: str

    @property
    def message(self) -> str:
        """What happened."""
        return f"The tunnel is down: {self.reason}"

    @property
    def hint(self) -> str:
        """What that means for deliveries, or what is being done."""
        return "ngrok is reconnecting by itself; Shopify tries again for four hours."


class AddressChanged(_Event):
    """The tunnel is there under another address than before; subscriptions still name the old one."""

    old: str
    new: str

    @property
    def message(self) -> str:
        """What happened."""
        return f"The public address is now {self.new}; it was {self.old}."

    @property
    def hint(self) -> str:
        """What that means for deliveries, or what is being done."""
        return "What Shopify tries again still goes to the old address and does not come here."


class AgentDied(_Event):
    """The agent ended by itself. It is started again, `attempts` times at most, first in `pause` seconds."""

    reason: str
    attempts: int
    pause: float

    @property
    def message(self) -> str:
        """What happened."""
        return f"The tunnel is down: {self.reason}"

    @property
    def hint(self) -> str:
        """What that means for deliveries, or what is being done."""
        return f"ngrok is started again in {duration(self.pause)}, up to {self.attempts} times."


class GaveUp(_Event):
    """The agent is not started again: what stands in the way will not go away by itself."""

    reason: str
    remedy: str

    @property
    def message(self) -> str:
        """What happened."""
        return f"The tunnel stays down: {self.reason}"

    @property
    def hint(self) -> str:
        """What that means for deliveries, or what is being done."""
        return self.remedy or "Start devhook again once that is settled."


TunnelEvent = Up | Down | AddressChanged | AgentDied | GaveUp
