"""The palette's commands: whatever the screen has a key for, found by its words."""

from collections.abc import Iterator
from functools import partial

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider


class ScreenCommands(Provider):
    """Offers the keys that the screen in front answers to, with what they do."""

    async def discover(self) -> Hits:
        """Everything, before anything is typed."""
        for binding in self._bindings():
            yield DiscoveryHit(
                _title(binding), partial(self.screen.run_action, binding.action), help=self._help(binding)
            )

    async def search(self, query: str) -> Hits:
        """What fits the words typed."""
        matcher = self.matcher(query)
        for binding in self._bindings():
            title = _title(binding)
            score = matcher.match(f"{title} {binding.tooltip}")
            if score > 0:
                command = partial(self.screen.run_action, binding.action)
                yield Hit(score, matcher.highlight(title), command, text=title, help=self._help(binding))

    def _bindings(self) -> Iterator[Binding]:
        seen = set()
        for binding in Binding.make_bindings(self.screen.BINDINGS):
            name = binding.action.partition("(")[0]
            if binding.description and binding.action not in seen and self.screen.check_action(name, ()):
                seen.add(binding.action)
                yield binding

    def _help(self, binding: Binding) -> str:
        return f"{self.app.get_key_display(binding)}  {binding.tooltip}".rstrip()


def _title(binding: Binding) -> str:
    return binding.description[:1].upper() + binding.description[1:]
