"""Events by HTTP, as JSON."""

from pathlib import Path

from app.hooks.event import NEWS, Event
from app.hooks.http import Answer, Server
from app.hooks.sender import Sender


class Webhook(Sender):
    """Posts each event to an address."""

    def __init__(self, server: Server, folder: Path, most: int) -> None:
        """Sends nothing yet.

        Args:
            server: where events go.
            folder: where those are kept that could not be sent.
            most: how many.

        Raises:
            OutputError: they cannot be kept there.
        """
        self.name = f"webhook {server.shown}"
        super().__init__(folder, "webhook", most)
        self._server = server

    def texts(self, events: list[Event]) -> list[str]:
        return [event.to_json() for event in events if event.kind in NEWS]

    def send(self, text: str) -> Answer:
        return self._server.post(text)
