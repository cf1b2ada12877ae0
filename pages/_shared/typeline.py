"""One line to type into: candidates while typing, Enter takes what is meant, and the cursor stays."""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import streamlit as st

_HTML = """<div class="line"><label class="label"></label>
<input class="input" type="text" autocomplete="off" autocapitalize="off" spellcheck="false" enterkeyhint="enter" />
<span class="hint"></span><div class="panel" role="listbox" hidden></div>
<div class="said" role="status" aria-live="polite"></div></div>"""
_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "salesbook_typeline",
    html=_HTML,
    css=(_HERE / "typeline.css").read_text("utf-8"),
    js=(_HERE / "typeline.js").read_text("utf-8"),
)
_REMEMBERED = 200
_LINGER = 6.0


@dataclass(frozen=True)
class Candidate:
    """Something that may be meant. `mood` of its note: good, bad or none."""

    id: int
    code: str
    name: str
    price: str = ""
    note: str = ""
    more: str = ""
    mood: str = ""


@dataclass(frozen=True)
class Entry:
    """What was entered: a text, or a candidate chosen for it. `id` is never used twice."""

    id: str
    text: str
    choice: int | None
    is_dropped: bool


@dataclass(frozen=True)
class Question:
    """Which of these is meant by what was typed."""

    typed: str
    title: str
    rows: tuple[Candidate, ...]


def typeline(
    key: str,
    *,
    label: str,
    placeholder: str,
    hint: str,
    suggest: Callable[[str], Sequence[Candidate]],
    take: Callable[[Entry], None],
    after: Callable[[], None] = lambda: None,
    question: Question | None = None,
    repeat: int | None = None,
) -> None:
    """Draw the line. `take` gets every entry once, in order; `after` is called when the waiting ones are taken."""
    typed = str(st.session_state.get(key, {}).get("typed") or "").strip()
    _mount(
        key=key,
        data={
            "label": label,
            "placeholder": placeholder,
            "hint": hint,
            "suggestions": [asdict(row) for row in suggest(typed)] if typed else [],
            "choices": asdict(question) if question else None,
            "repeat": repeat,
            "done": _done(key),
            "said": st.session_state.get(f"{key}.said", []),
            "focus": st.session_state.setdefault(f"{key}.focus", uuid.uuid4().hex),
        },
        on_typed_change=lambda: None,
        on_queue_change=lambda: _take_all(key, take, after),
    )


def say(key: str, text: str, mood: str, *, more: bool = False) -> None:
    """Show a sentence under the line, after those already there if there is `more` to say."""
    before = st.session_state.get(f"{key}.said", []) if more else []
    st.session_state[f"{key}.said"] = [*before, {"text": text, "mood": mood, "at": time.monotonic()}]


def focus(key: str) -> None:
    """Put the cursor into the line."""
    st.session_state[f"{key}.focus"] = uuid.uuid4().hex


def _take_all(key: str, take: Callable[[Entry], None], after: Callable[[], None]) -> None:
    done = _done(key)
    # What went wrong in a row of scans stays to be read; good news makes room at once.
    recent = [each for each in st.session_state.get(f"{key}.said", []) if each["mood"] == "bad"]
    st.session_state[f"{key}.said"] = [each for each in recent if time.monotonic() - each["at"] < _LINGER]
    for sent in st.session_state[key].get("queue") or []:
        entry = _entry(sent)
        if entry.id not in done:
            take(entry)
            done.append(entry.id)
    st.session_state[f"{key}.done"] = done[-_REMEMBERED:]
    after()


def _entry(sent: dict[str, Any]) -> Entry:
    choice = sent.get("choice")
    return Entry(
        id="".join(sign for sign in str(sent.get("id", "")) if sign.isalnum() or sign == "-")[:40],
        text=str(sent.get("text", "")),
        choice=choice if isinstance(choice, int) else None,
        is_dropped=bool(sent.get("dropped")),
    )


def _done(key: str) -> list[str]:
    return list(st.session_state.get(f"{key}.done", []))
