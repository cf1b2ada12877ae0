"""What is done with an order file, and the program that does it on its own: `python -m core.exchange.apart`.

Standard input is a line of JSON, which says what is asked and by whom, and then the file. Settings
come from the environment. Standard output gets a line of JSON for each step, and one for the end.
"""

import gc
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select

from core.base.errors import AppError
from core.base.i18n import N_, _, use_language
from core.exchange.booking import Told
from core.exchange.parse import OrderFile, parse_orders
from core.exchange.service import check_orders, import_orders
from core.exchange.sheet import Sheet, read_sheet
from core.security.actor import Actor
from core.security.models import User
from core.security.permissions import P
from core.security.roles import acting, held_by
from core.work.store import Store
from core.work.unit import plain

Say = Callable[[dict[str, Any]], None]

LOOK, CHECK, APPLY = "look", "check", "apply"
HEAD = 20
READING = N_("Reading the file")
CHECKING = N_("Checking every row")


@dataclass(frozen=True)
class _Task:
    """A file, and what is to be done with it for whom."""

    store: Store
    actor: Actor
    asked: Mapping[str, Any]
    content: bytes
    say: Say

    def look(self) -> dict[str, Any]:
        sheet = self.sheet(self.telling(READING, 0, 1))
        return {
            "hash": sheet.hash,
            "header": sheet.header,
            "columns": [column[:HEAD] for column in sheet.columns],
            "lines": list(sheet.lines[:HEAD]),
            "title": sheet.title,
            "titles": sheet.titles,
        }

    def check(self) -> dict[str, Any]:
        file = self.read(0.9)
        with self.store.viewing(self.actor) as view:
            plan, receipt = check_orders(view, file, **self.meaning)
        problems = [[each.line, each.column, each.kind, each.facts, str(each.amount)] for each in plan.problems]
        return {"receipt": receipt.facts(), "problems": problems}

    def apply(self) -> dict[str, Any]:
        file, told = self.read(0.35), self.telling("", 0.35, 1)
        return {"batch": self.store.run(self.actor, import_orders, self.asked["key"], file, told=told, **self.meaning)}

    @property
    def meaning(self) -> dict[str, Any]:
        return {"channel": self.asked["channel"], "is_history": self.asked["is_history"]}

    def sheet(self, told: Told) -> Sheet:
        return read_sheet(self.content, self.asked["file"], told, title=self.asked.get("title", ""))

    def read(self, until: float) -> OrderFile:
        sheet = self.sheet(self.telling(READING, 0, until * 0.7))
        self.telling(CHECKING, until * 0.7, until)(0, 1, "")
        return parse_orders(sheet, self.asked["columns"], self.store.settings.timezone, self.asked["dates"])

    def telling(self, label: str, since: float, until: float) -> Told:
        def told(done: int, total: int, sentence: str) -> None:
            part = done / total if total else 1
            self.say({"done": round(since + (until - since) * part, 4), "sentence": sentence or _(label)})

        return told


TASKS: dict[str, Callable[[_Task], dict[str, Any]]] = {LOOK: _Task.look, CHECK: _Task.check, APPLY: _Task.apply}


def _actor(store: Store, asked: Mapping[str, Any]) -> Actor:
    """Who asked, with the rights of this moment; none where the user was disabled."""
    nobody = Actor(None, "", frozenset(), frozenset())
    with store.viewing(nobody) as view:
        wanted = select(User).where(User.id == asked["actor"], User.disabled_at.is_(None))
        user = view.session.scalars(wanted).one_or_none()
        if user is None:
            return replace(nobody, id=asked["actor"], language=asked["language"], source=asked["source"])
        return acting(view.session, user, held_by(view.session, user.id), asked["language"], asked["source"])


def perform(store: Store, asked: Mapping[str, Any], content: bytes, say: Say) -> None:
    """Do what is asked with the file and say how far it is, and at last what came of it; a refusal is an end, too."""
    try:
        actor = _actor(store, asked)
        actor.require(P.ORDER_IMPORT)
        say({"made": TASKS[asked["task"]](_Task(store, actor, asked, content, say))})
    except AppError as refusal:
        say({"refused": type(refusal).__name__, "sentence": refusal.sentence, "facts": plain(refusal.facts)})


def main() -> None:
    """Do what standard input asks for.

    Nothing is garbage before the end, so nobody looks for it: that halves the time of reading.
    """
    gc.disable()
    asked = json.loads(sys.stdin.buffer.readline())
    use_language(asked["language"])
    store = Store()
    try:
        perform(store, asked, sys.stdin.buffer.read(), _print)
    finally:
        store.engine.dispose()


def _print(words: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
