"""What strangers and colleagues try at the front door, over real HTTP and websockets, all against one server."""

import hashlib
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
import requests
from sqlalchemy import select
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from uvicorn import Config
from uvicorn.middleware.proxy_headers import _TrustedHosts
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from core.accounts.second_factor import set_second_factor_roles
from core.accounts.service import change_user, end_sessions
from core.accounts.sessions import begin_sign_in, cookie_code, sign_in, sign_out
from core.accounts.tokens import hash_of
from core.base.settings import Settings
from core.db.migrate import migrate
from core.receivables.link_models import LinkAttempt
from core.security.actor import SYSTEM
from core.security.models import AuthSession
from core.security.permissions import Role
from core.work.store import Store
from pages._shared.company import use_store
from pages._shared.routes import ROUTES
from pages._shared.session import COOKIE
from pages._shared.start import trust_proxies
from tests.builders import a_customer
from tests.pages.app import PASSWORD, a_user
from tests.scenarios.serving import PROJECT, serving
from tests.traces import everything

SECRET = b"Zirkonquarz Trading"
DOOR = b"Orders, stock and what they mean."
EVIL = "https://evil.example"
XSRF = "_streamlit_xsrf"
TIMEOUT = 30
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """A served company with a planted secret, an administrator, and somebody who may see the secret."""
    folder = tmp_path_factory.mktemp("attacked")
    store = Store(Settings(data_dir=folder, database_url=f"sqlite:///{folder / 'salesbook.db'}"))
    migrate(store.engine)
    boss, fang = a_user(store, Role.ADMINISTRATOR, username="boss"), a_user(store, Role.SALES, username="fang")
    with store.working(SYSTEM) as uow:
        a_customer(uow, name=SECRET.decode())
    with serving(folder) as address:
        yield SimpleNamespace(store=store, address=address, boss=boss, fang=fang, folder=folder)
    store.engine.dispose()


@contextmanager
def talking(
    place: SimpleNamespace, cookie: str = "", origin: str | None = None, **headers: str
) -> Iterator[ClientConnection]:
    """A websocket as a browser opens it."""
    sent = {"Accept-Language": "en-US", **({"Cookie": f"{COOKIE}={cookie}"} if cookie else {}), **headers}
    address = place.address.replace("http", "ws") + "/_stcore/stream"
    with connect(
        address,
        origin=origin or place.address,
        additional_headers=sent,
        subprotocols=["streamlit"],
        max_size=None,
        open_timeout=TIMEOUT,
        close_timeout=1,
    ) as socket:
        yield socket


def shown(place: SimpleNamespace, screen: str = "customers", cookie: str = "", query: str = "") -> bytes:
    """All that a screen sends until it is drawn."""
    with talking(place, cookie) as socket:
        asked = BackMsg()
        asked.rerun_script.page_name = screen
        asked.rerun_script.query_string = query
        asked.rerun_script.context_info.locale = "en-US"
        socket.send(asked.SerializeToString())
        return b"".join(drawn(socket))


def drawn(socket: ClientConnection) -> Iterator[bytes]:
    """What comes until the screen says that it is drawn, and is not drawn anew at once."""
    while True:
        content = socket.recv(timeout=TIMEOUT)
        assert isinstance(content, bytes)
        yield content
        message = ForwardMsg.FromString(content)
        if (
            message.WhichOneof("type") == "script_finished"
            and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
        ):
            return


def send_and_wait(socket: ClientConnection, content: bytes) -> None:
    """Send a message and read what comes until nothing more does."""
    socket.send(content)
    while True:
        socket.recv(timeout=TIMEOUT)


def call(
    place: SimpleNamespace, method: str, path: str, cookie: str = "", xsrf: str = "", **words: object
) -> requests.Response:
    """One request as it is, without following anything."""
    cookies = ({COOKIE: cookie} if cookie else {}) | ({XSRF: xsrf} if xsrf else {})
    return requests.request(
        method,
        place.address + path,
        cookies=cookies,
        timeout=TIMEOUT,
        allow_redirects=False,
        **words,  # type: ignore[arg-type]
    )


def test_the_right_cookie_shows_the_secret_and_no_cookie_the_door(place: SimpleNamespace) -> None:
    assert SECRET in shown(place, cookie=sign_in(place.store, "fang", PASSWORD))
    seen = shown(place)
    assert DOOR in seen
    assert SECRET not in seen


def test_forged_stolen_and_replayed_cookies_show_the_door(place: SimpleNamespace) -> None:
    store = place.store
    out, ended, disabled = (sign_in(store, "fang", PASSWORD) for _ in range(3))
    sign_out(store, out)
    store.run(SYSTEM, end_sessions, None, place.fang)
    li = a_user(store, Role.SALES, username="li")
    of_li = sign_in(store, "li", PASSWORD)
    store.run(SYSTEM, change_user, None, li, disabled=True)
    valid = sign_in(store, "fang", PASSWORD)
    wu = a_user(store, Role.BUYER, Role.SALES, username="wu")
    store.run(SYSTEM, set_second_factor_roles, None, [Role.BUYER])
    half = begin_sign_in(store, "wu", PASSWORD).step
    assert half
    assert wu
    with store.viewing(SYSTEM) as view:
        hashes = list(view.session.scalars(select(AuthSession.token_hash)))
    forged = ["x", secrets.token_urlsafe(32), valid[:-1], valid + "A", valid.swapcase(), "1", "fang", "a" * 6_000]
    forged += [
        "%27%20OR%20%271%27%3D%271",
        "null",
        cookie_code(store, valid),
        half,
        hashlib.sha256(valid.encode()).hexdigest(),
    ]
    for cookie in (*forged, *hashes, out, ended, disabled, of_li):
        seen = shown(place, cookie=cookie)
        assert SECRET not in seen, cookie
        assert DOOR in seen, cookie
    assert SECRET in shown(place, cookie=valid)


def test_a_cookie_planted_before_the_sign_in_is_worth_nothing_after_it(place: SimpleNamespace) -> None:
    planted = secrets.token_urlsafe(32)
    token = sign_in(place.store, "fang", PASSWORD)
    code = cookie_code(place.store, token)
    words = {"data": code, "headers": {"Origin": place.address}}
    answer = call(place, "POST", "/auth/exchange", cookie=planted, **words)
    assert answer.status_code == 204
    assert answer.cookies[COOKIE] == token
    assert token != planted
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert SECRET not in shown(place, cookie=planted)

    again = call(place, "POST", "/auth/exchange", **words)
    assert (again.status_code, again.headers.get("Set-Cookie")) == (400, None)


def test_no_address_that_changes_something_listens_to_other_sites(place: SimpleNamespace) -> None:
    token = sign_in(place.store, "fang", PASSWORD)
    code = cookie_code(place.store, token)
    before = everything(place.store)
    changing = [route.path for route in ROUTES if route.methods and route.methods - {"GET", "HEAD"}]
    assert "/auth/exchange" in changing
    for path in changing:
        for origin in (EVIL, "null", f"{place.address}.evil.example", f"http://{EVIL}@localhost", ""):
            answer = call(
                place, "POST", path.replace("{token}", "guess"), cookie=token, data=code, headers={"Origin": origin}
            )
            assert answer.status_code in (403, 404), (path, origin)
            assert "Set-Cookie" not in answer.headers, (path, origin)
        for method in ("GET", "PUT", "DELETE", "PATCH"):
            answer = call(place, method, path.replace("{token}", "guess"), cookie=token, headers={"Origin": EVIL})
            assert "Set-Cookie" not in answer.headers, (path, method)
    after = everything(place.store)
    assert {name for name in before if before[name] != after[name]} <= {"link_attempt"}
    assert SECRET in shown(place, cookie=token)


def test_no_other_site_opens_a_websocket_with_somebodys_cookie(place: SimpleNamespace) -> None:
    token = sign_in(place.store, "fang", PASSWORD)
    for origin in (EVIL, "null", "http://localhost.evil.example"):
        with pytest.raises((InvalidStatus, ConnectionClosed)), talking(place, token, origin) as socket:
            socket.recv(timeout=TIMEOUT)


def test_nothing_of_the_house_is_served_as_a_file(place: SimpleNamespace) -> None:
    sources = ("pages/main.py", "pages/admin/users.py", "app.py", "core/base/settings.py", ".streamlit/config.toml")
    inside = "salesbook.db"
    for source in (*sources, inside):
        for before in (
            "/",
            "/../",
            "/static/",
            "/static/../",
            "/static/..%2f",
            "/app/static/../",
            "/media/../",
            "//",
            "/%2e%2e/",
        ):
            target = urlsplit(place.address)
            told = subprocess.run(
                ["curl", "-s", "--path-as-is", "--max-time", "20", f"http://{target.netloc}{before}{source}"],
                capture_output=True,
                check=False,
            ).stdout
            assert not told.startswith((b'"""', b"SQLite", b"[server]")), before + source
            assert b"import streamlit" not in told, before + source


def test_a_message_of_many_megabytes_ends_the_connection_and_nothing_else(place: SimpleNamespace) -> None:
    with talking(place) as socket, pytest.raises(ConnectionClosed) as closed:
        send_and_wait(socket, b"\x00" * (33 * MEGABYTE))
    assert closed.value.rcvd is None or closed.value.rcvd.code == 1009
    assert call(place, "GET", "/healthz").status_code == 200


@pytest.mark.parametrize("content", [b"", b"\xff" * 100, b"\x0a\xff\xff\xff\xff\x0f", b"{}" * 1000])
def test_a_message_that_is_none_stops_nobody_else(place: SimpleNamespace, content: bytes) -> None:
    with talking(place) as socket:
        socket.send(content)
    assert call(place, "GET", "/healthz").status_code == 200


def test_strangers_send_no_files_and_names_of_files_are_no_paths(place: SimpleNamespace) -> None:
    before = {each for each in place.folder.rglob("*") if "mirror" not in each.name}
    names = ("../../../escaped.csv", "..\\..\\escaped.csv", "/escaped.csv", "a\x00.csv", "%2e%2e%2fescaped.csv")
    with talking(place) as socket:
        asked = BackMsg()
        asked.rerun_script.page_name = "customers"
        socket.send(asked.SerializeToString())
        first = ForwardMsg.FromString(b"".join([next(drawn(socket))]))
        session = first.new_session.initialize.session_id
        assert session
        xsrf = call(place, "GET", "/_stcore/health").cookies[XSRF]
        good = {"files": {"file": ("a.csv", b"x")}, "headers": {"Origin": place.address, "X-Xsrftoken": xsrf}}
        for cookie in ("", "forged"):
            answer = call(place, "PUT", f"/_stcore/upload_file/{session}/1", cookie, xsrf, **good)
            assert (answer.status_code, answer.text) == (403, "Sign in first.")
        token = sign_in(place.store, "fang", PASSWORD)
        paths = (f"{session}/1", f"{session}/..%2f..%2fescaped", "..%2f..%2fescaped/1", "%2e%2e/%2e%2e/escaped", "x/1")
        answers = []
        for path, name in zip(paths, names, strict=True):
            url = f"/_stcore/upload_file/{path}"
            words = {"files": {"file": (name, b"x")}, "headers": {"Origin": place.address, "X-Xsrftoken": xsrf}}
            answers.append(call(place, "PUT", url, token, xsrf, **words).status_code)
        assert answers == [204, 400, 400, 400, 400]
    after = {each for each in place.folder.rglob("*") if "mirror" not in each.name}
    assert {each.name for each in after - before} <= {"salesbook.db-wal", "salesbook.db-shm"}
    assert not list(PROJECT.rglob("*escaped*"))
    assert not Path("/escaped.csv").exists()


def test_ids_in_addresses_open_nothing_to_strangers(place: SimpleNamespace) -> None:
    for screen, query in (("customer", "id=1"), ("order", "id=1"), ("users", "user=1"), ("account", "id=1")):
        assert DOOR in shown(place, screen, query=query)


def test_nobody_chooses_the_address_that_failures_are_counted_for(
    place: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = call(place, "GET", "/s/guess", headers={"X-Forwarded-For": "203.0.113.9"})
    assert answer.status_code == 404
    with place.store.viewing(SYSTEM) as view:
        sources = set(view.session.scalars(select(LinkAttempt.source)))
    assert hash_of("address 203.0.113.9") not in sources
    own = {hash_of(f"address {address}") for address in ("127.0.0.1", "::ffff:127.0.0.1", "::1")}
    assert not own.isdisjoint(sources)

    monkeypatch.delenv("FORWARDED_ALLOW_IPS", raising=False)
    use_store(Store(Settings(trusted_proxies="10.0.0.0/8, 192.0.2.7")))
    trust_proxies()
    trusted = _TrustedHosts(str(Config("app:app").forwarded_allow_ips))
    for proxy in ("10.1.2.3", "::ffff:10.1.2.3", "192.0.2.7", "::ffff:192.0.2.7"):
        assert proxy in trusted, proxy
    for stranger in ("11.1.2.3", "::ffff:11.1.2.3", "192.0.2.8", "127.0.0.1", "::1", "::ffff:127.0.0.1", ""):
        assert stranger not in trusted, stranger
