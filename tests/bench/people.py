"""People at work without browsers: sessions over real websockets that speak as Streamlit's pages do."""

import asyncio
import json
import ssl
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from time import perf_counter

from google.protobuf.message import Message
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

PATIENCE_SECONDS = 120.0


class Failed(Exception):
    """A screen showed an error, or did not answer."""


@dataclass
class Visitor:
    """One session. It knows the widgets on its screen by their keys and what was said on it last."""

    address: str
    token: str
    page: str
    socket: ClientConnection | None = None
    widgets: dict[str, tuple[str, str]] = field(default_factory=dict)
    states: dict[str, WidgetState] = field(default_factory=dict)
    page_hash: str = ""
    errors: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    charts: int = 0
    received: int = 0

    async def open(self, trust: ssl.SSLContext) -> float:
        """Come to the page as a browser that is signed in; how long until it stood there."""
        host = self.address.removeprefix("https://")
        cookies = f"salesbook_session={self.token}; salesbook_seat={uuid.uuid4().hex}"
        began = perf_counter()
        self.socket = await connect(
            f"wss://{host}/_stcore/stream",
            ssl=trust,
            subprotocols=["streamlit"],  # type: ignore[list-item]
            origin=self.address,  # type: ignore[arg-type]
            additional_headers={"Cookie": cookies, "User-Agent": "load", "Accept-Language": "en"},
            max_size=None,
            open_timeout=PATIENCE_SECONDS,
        )
        await self._run(fragment="")
        return perf_counter() - began

    async def close(self) -> None:
        """Leave."""
        if self.socket is not None:
            await self.socket.close()

    async def press(self, key: str) -> float:
        """Press a button; how long until all that it redraws stood there."""
        return await self._act(key, trigger_value=True)

    async def tell(self, key: str, **facts: object) -> float:
        """Let a component of ours tell something; how long until the answer stood there."""
        return await self._act(key, json_value=json.dumps(facts))

    def has(self, key: str) -> bool:
        """Whether a widget stands on the screen."""
        return key in self.widgets

    def says(self, words: str) -> bool:
        """Whether these words came with the last answer."""
        return any(words in text for text in self.texts)

    async def _act(self, key: str, **value: object) -> float:
        if key not in self.widgets:
            raise Failed(f"{self.page} has no {key}")
        widget, fragment = self.widgets[key]
        state = WidgetState(id=widget, **value)  # type: ignore[arg-type]
        is_pressed = "trigger_value" in value
        if not is_pressed:
            self.states[widget] = state
        began = perf_counter()
        await self._run(fragment, [state] if is_pressed else [])
        return perf_counter() - began

    async def _run(self, fragment: str, pressed: Iterable[WidgetState] = ()) -> None:
        assert self.socket is not None
        asked = BackMsg()
        asked.rerun_script.page_name = "" if self.page_hash else self.page
        asked.rerun_script.page_script_hash = self.page_hash
        asked.rerun_script.fragment_id = fragment
        asked.rerun_script.widget_states.widgets.extend([*self.states.values(), *pressed])
        context = asked.rerun_script.context_info
        context.locale, context.timezone, context.url = "en-US", "Asia/Shanghai", f"{self.address}/{self.page}"
        self.errors, self.texts = [], []
        await self.socket.send(asked.SerializeToString())
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await self._one_run():
                pass
        if self.errors:
            raise Failed("; ".join(self.errors))

    async def _one_run(self) -> bool:
        """Read until a run has ended; whether it was one that nothing took the place of."""
        assert self.socket is not None
        while True:
            finished = self._read(await self.socket.recv(decode=False))
            if finished is not None:
                return finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN

    def _read(self, sent: bytes) -> int | None:
        self.received += len(sent)
        said = ForwardMsg()
        said.ParseFromString(sent)
        kind = said.WhichOneof("type")
        if kind == "script_finished":
            return int(said.script_finished)
        if kind == "navigation":
            self.page_hash = said.navigation.page_script_hash
        if kind == "delta" and said.delta.WhichOneof("type") == "new_element":
            self._see(said.delta.new_element, said.delta.fragment_id)
        return None

    def _see(self, element: Message, fragment: str) -> None:
        name = element.WhichOneof("type")
        shown = getattr(element, str(name))
        if name == "exception":
            self.errors.append(f"{shown.type}: {shown.message}")
        elif name == "alert":
            self.texts.append(shown.body)
            if "Number for the administrator" in shown.body or "this number" in shown.body:
                self.errors.append(shown.body)
        elif name == "plotly_chart":
            self.charts += 1
        elif name == "bidi_component":
            self.texts.append(shown.json)
        elif name in {"markdown", "toast", "text"}:
            self.texts.append(shown.body)
        widget = getattr(shown, "id", "")
        # An id ends with the key that the screen gave the widget: $$ID-hash-key.
        if isinstance(widget, str) and widget.startswith("$$") and widget.count("-") >= 2:
            self.widgets[widget.split("-", 2)[2]] = (widget, fragment)
