"""JSON by HTTP: one request, no redirects, no proxies, and messages that hold no secret."""

import base64
import http.client
import ssl
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

TIMEOUT_S = 10.0
_MOST_ANSWER = 65_536  # bytes of an answer that are read


@dataclass(frozen=True)
class Answer:
    """What a server says.

    Attributes:
        status: of HTTP; 0 where there was no answer.
        problem: what went wrong, in words without secrets; empty where nothing did.
        retry_after_s: when the server wants to be asked again; None: it does not say.
    """

    status: int
    problem: str = ""
    retry_after_s: float | None = None

    @property
    def may_work_later(self) -> bool:
        """Whether the same request is worth another try."""
        return self.status == 0 or self.status in (401, 403, 408, 425, 429) or self.status >= 500


@dataclass(frozen=True)
class Server:
    """Where requests go.

    Attributes:
        url: http or https; may hold a user and a password, and is shown nowhere.
        token: of the header "Authorization: Bearer"; None: none.
    """

    url: str = field(repr=False)
    token: str | None = field(default=None, repr=False)

    @property
    def shown(self) -> str:
        """The address without user, password, path and query: each may be secret."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.hostname or ''}" + (f":{parts.port}" if parts.port else "")

    def post(self, body: str, path: str | None = None) -> Answer:
        """Sends JSON.

        Args:
            body: the JSON text.
            path: below the URL's own path; None: the URL as it is.
        """
        parts = urlsplit(self.url)
        target = (parts.path.rstrip("/") + path) if path else (parts.path or "/") + (parts.query and f"?{parts.query}")
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(
                parts.hostname or "", parts.port, timeout=TIMEOUT_S, context=context
            )
        else:
            connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
        try:
            connection.request("POST", target, body.encode(), self._headers())
            answer = connection.getresponse()
            answer.read(_MOST_ANSWER)
            wait = answer.getheader("Retry-After", "")
            problem = "" if answer.status < 300 or answer.status == 304 else f"answers with status {answer.status}"
            return Answer(answer.status, problem, float(wait) if wait.isdecimal() else None)
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
            return Answer(0, f"cannot be reached ({reason})")
        finally:
            connection.close()

    def _headers(self) -> dict[str, str]:
        headers = {"Content-Type": "application/json", "User-Agent": "daily-activity"}
        parts = urlsplit(self.url)
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        elif parts.username is not None:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        return headers
