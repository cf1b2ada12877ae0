"""A small OpenID provider of our own: it vouches for whoever `person` says, by the code flow, signed with RSA."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, CLIENT_SECRET = "salesbook", "between-us"  # noqa: S105 - of a provider that lives for one test


@contextmanager
def provider() -> Iterator[SimpleNamespace]:
    """The provider on this machine: its address, the `person` it vouches for, and its settings for the app."""
    key = RSAKey.generate_key(2048, parameters={"kid": "one", "alg": "RS256", "use": "sig"})
    told = SimpleNamespace(person={"sub": "7f3a", "name": "Fang Wang", "email": "fang@shop.example"}, codes={}, asked=0)

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            words = {name: each[0] for name, each in parse_qs(asked.query).items()}
            if asked.path == "/.well-known/openid-configuration":
                self._say(
                    {
                        "issuer": told.address,
                        "authorization_endpoint": f"{told.address}/authorize",
                        "token_endpoint": f"{told.address}/token",
                        "jwks_uri": f"{told.address}/keys",
                        "response_types_supported": ["code"],
                        "subject_types_supported": ["public"],
                        "id_token_signing_alg_values_supported": ["RS256"],
                        "code_challenge_methods_supported": ["S256"],
                    }
                )
            elif asked.path == "/keys":
                self._say({"keys": [key.as_dict(private=False)]})
            elif asked.path == "/authorize" and words["client_id"] == CLIENT:
                told.asked += 1
                code = secrets.token_urlsafe(16)
                told.codes[code] = words
                self.send_response(302)
                back = urlencode({"code": code, "state": words["state"]})
                self.send_header("Location", f"{words['redirect_uri']}?{back}")
                self.end_headers()
            else:
                self.send_error(404)

        def do_POST(self) -> None:
            sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            begun = told.codes.pop(sent["code"][0], None)
            expected = "Basic " + base64.b64encode(f"{CLIENT}:{CLIENT_SECRET}".encode()).decode()
            proof = hashlib.sha256(sent["code_verifier"][0].encode()).digest()
            known = begun and base64.urlsafe_b64encode(proof).decode().rstrip("=") == begun["code_challenge"]
            if not known or self.headers["Authorization"] != expected:
                self.send_error(401)
                return
            now = int(time.time())
            claims = {"iss": told.address, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": begun["nonce"]}
            token = jwt.encode({"alg": "RS256", "kid": "one"}, claims | told.person, key)
            self._say({"access_token": secrets.token_urlsafe(8), "token_type": "Bearer", "id_token": token})

        def _say(self, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Keep the output of the tests to the tests."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    told.address = f"http://127.0.0.1:{server.server_port}"
    told.settings = {
        "SALESBOOK_OIDC_METADATA_URL": f"{told.address}/.well-known/openid-configuration",
        "SALESBOOK_OIDC_CLIENT_ID": CLIENT,
        "SALESBOOK_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "SALESBOOK_OIDC_REDIRECT_URL": "http://localhost:{port}/oauth2callback",
        "SALESBOOK_OIDC_LABEL": "Shop ID",
    }
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield told
    server.shutdown()
    server.server_close()
    thread.join()
