"""The news that personal data is masked from now on, or shown again, for the pages that show some."""

from textual.message import Message


class MaskChanged(Message):
    """The run has another `mask`: what is on the page is to be drawn anew. Each page gets its own."""
