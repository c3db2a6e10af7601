"""An HTML page as a browser would make of it."""

from html.parser import HTMLParser


class Page(HTMLParser):
    """The tags of a page, and the text that people read.

    Attributes:
        tags: (tag, its attributes), in order.
        texts: the pieces of text.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._raw = False
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        """All of it, with single spaces."""
        return " ".join(" ".join(self.texts).replace("\N{NO-BREAK SPACE}", " ").split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._raw = tag in {"script", "style"}

    def handle_endtag(self, tag: str) -> None:
        self._raw = False

    def handle_data(self, data: str) -> None:
        if not self._raw:
            self.texts.append(data)
