"""A push service on a real socket, which answers as it is told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

Reply = tuple[int, dict[str, str], bytes]
TAKEN: Reply = (200, {}, b'{"name": "projects/arena/messages/1"}')
GARBAGE: Reply = (200, {}, b"<html>captive portal</html>")


def failing(status: int, code: str, *, fcm: str | None = None, **headers: str) -> Reply:
    """Return an error as the service words it."""
    error: dict[str, Any] = {"code": status, "status": code, "message": f"{code} it is"}
    if fcm:
        kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
        error["details"] = [{"@type": kind, "errorCode": fcm}]
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, named, json.dumps({"error": error}).encode()


class PushService:
    """What the service was sent, and what it says to each target; None lets the sender wait."""

    def __init__(self, port: int) -> None:
        """Take everything until told otherwise."""
        self.port = port
        self.replies: dict[str, Reply | None] = {}
        self.received: list[dict[str, Any]] = []
        self.over = threading.Event()
        self._lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/send"

    def account(self) -> dict[str, str]:
        """Return a service account with a fresh key, which signs in here."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return {
            "type": "service_account",
            "project_id": "arena",
            "private_key": key.decode(),
            "private_key_id": "1",
            "client_email": "push@arena.test",
            "token_uri": f"http://127.0.0.1:{self.port}/token",
        }

    def answer(self, message: dict[str, Any]) -> Reply | None:
        target = message.get("token") or message["fid"]
        with self._lock:
            self.received.append(message)
            return self.replies.get(target, TAKEN)


def _handler(service_of: list[PushService]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            [service] = service_of
            if self.path == "/token":
                token = {"access_token": "t", "expires_in": 3600, "token_type": "Bearer"}
                self._reply((200, {}, json.dumps(token).encode()))
                return
            reply = service.answer(json.loads(sent)["message"])
            if reply is None:
                service.over.wait(30)
            else:
                self._reply(reply)

        def _reply(self, reply: Reply) -> None:
            status, headers, body = reply
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    return Handler


@contextmanager
def push_service() -> Iterator[PushService]:
    """Run a push service on loopback until the block ends."""
    service_of: list[PushService] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(service_of))
    service = PushService(server.server_port)
    service_of.append(service)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield service
    finally:
        service.over.set()
        server.shutdown()
        thread.join()
        server.server_close()
