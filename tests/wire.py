"""HTTP/1.1 over a kept-alive connection, with as little Python as possible."""

import socket

LONGEST_WAIT_SECONDS = 30


def request_bytes(
    method: str, path: str, *, body: bytes = b"", headers: dict[str, str] | None = None
) -> bytes:
    """Return an HTTP/1.1 request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: bench", f"Content-Length: {len(body)}"]
    if body:
        lines.append("Content-Type: application/json")
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Connection:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        """Connect to loopback."""
        self._socket = socket.create_connection(("127.0.0.1", port), LONGEST_WAIT_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._left = b""

    def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Send ``request``; return the status and body of the answer."""
        self._socket.sendall(request)
        received = self._left
        while (end := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        head = received[:end].lower()
        start = head.find(b"content-length:")
        length = int(head[start + 15 :].split(b"\r\n", 1)[0]) if start >= 0 else 0
        body = received[end + 4 :]
        while len(body) < length:
            body += self._more()
        self._left = body[length:]
        return int(received[9:12]), body[:length]

    def _more(self) -> bytes:
        received = self._socket.recv(65536)
        if not received:
            raise ConnectionError("the server closed the connection")
        return received

    def __enter__(self) -> "Connection":
        """Return the connection."""
        return self

    def __exit__(self, *_: object) -> None:
        """Hang up."""
        self._socket.close()
