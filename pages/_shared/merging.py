"""Somebody else was quicker: what I typed, what stands now and what stood when I began, merged field by field."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

import streamlit as st

from core.base.errors import AppError
from core.base.merge import Merged, result_of, three_way
from core.work.store import View
from pages._shared.formats import day, price
from pages._shared.forms import forget_version
from pages._shared.screen import act, reading
from pages._shared.tables import yes_no
from pages._shared.text import _, escaped, listed

CUSTOM = "custom"
_OPENED, _OPEN = "merging.opened.", "merging.open."


@dataclass(frozen=True)
class Merging:
    """How a record of a form is merged: reading it as it stands, its fields' labels, the words of their values.

    `read` gives what would be typed to make the record what it is, and its version.
    """

    form: str
    read: Callable[[View, int], tuple[Any, int]]
    edit: Callable[..., Any]
    labels: Mapping[str, str]
    words: Mapping[str, Callable[[Any], str]]


@dataclass(frozen=True)
class _Open:
    base: Any
    mine: Any
    theirs: Any
    version: int
    done: str


def keep_opened(merging: Merging, row_id: int, version: int, entry: Any) -> None:
    """Remember what stood in the form when it was opened; called with each run, the first one counts."""
    place = _place(merging, row_id)
    if st.session_state.get(place, (0, None))[0] != version:
        st.session_state[place] = (version, entry)


def save_or_merge(merging: Merging, row_id: int, version: int, entry: Any, *, done: str, key: str) -> int | None:
    """Save what was typed; where somebody else was quicker, begin to merge. None where it was not saved."""

    def begin() -> None:
        _open(merging, row_id, st.session_state[_place(merging, row_id)][1], entry, done)

    return act(merging.edit, row_id, entry, version=version, done=done, key=key, rerun=False, stale=begin)


def show_merging(merging: Merging, row_id: int, leave: Callable[[int], None]) -> None:
    """The dialog, as long as there is something to merge; `leave` goes on once it is saved."""
    if _OPEN + merging.form + f".{row_id}" not in st.session_state:
        return
    show = st.dialog(
        _("Somebody else changed this meanwhile"), width="large", on_dismiss=lambda: _forget(merging, row_id)
    )(_show)
    show(merging, row_id, leave)


def _show(merging: Merging, row_id: int, leave: Callable[[int], None]) -> None:
    kept: _Open = st.session_state[_OPEN + merging.form + f".{row_id}"]
    base, mine, theirs = _sides(kept.base, kept.mine, kept.theirs)
    found = three_way(base, mine, theirs)
    asked = [field for field in found if field.is_conflict]
    st.markdown(
        _("What only one of you changed is merged. Choose what both of you changed, then save.")
        if asked
        else _("You changed different fields; both changes fit together. Look at the result, then save.")
    )
    prefix = f"merging.{merging.form}.{row_id}.{kept.version}"
    chosen = {field.name: _choose(merging, field, prefix) for field in asked}
    if len(found) > len(asked):
        st.dataframe(
            {
                "field": [_label(merging, field) for field in found if not field.is_conflict],
                "base": [_words(merging, field, field.base) for field in found if not field.is_conflict],
                "mine": [_words(merging, field, field.mine) for field in found if not field.is_conflict],
                "theirs": [_words(merging, field, field.theirs) for field in found if not field.is_conflict],
                "result": [_words(merging, field, field.result) for field in found if not field.is_conflict],
            },
            key=f"{prefix}.table",
            hide_index=True,
            height="content",
            column_config={
                "field": _("Field"),
                "base": _("When you began"),
                "mine": _("You typed"),
                "theirs": _("Stands now"),
                "result": _("Will be"),
            },
        )
    if st.button(_("Save merged"), type="primary", key=f"{prefix}.save", icon=":material/merge:"):
        entry = _entry(kept.theirs, result_of(theirs, found, chosen))
        _save(merging, row_id, kept, entry, leave)


def _save(merging: Merging, row_id: int, kept: _Open, entry: Any, leave: Callable[[int], None]) -> None:
    def again() -> None:
        _open(merging, row_id, kept.theirs, entry, kept.done)
        st.rerun()

    version = kept.version
    made = act(merging.edit, row_id, entry, version=version, done=kept.done, rerun=False, stale=again)
    if made is not None:
        _forget(merging, row_id)
        forget_version(merging.form, row_id)
        leave(made)


def _open(merging: Merging, row_id: int, base: Any, mine: Any, done: str) -> None:
    try:
        with reading() as view:
            theirs, version = merging.read(view, row_id)
    except AppError as missing:
        st.error(listed(missing.sentence))
        return
    st.session_state[_OPEN + merging.form + f".{row_id}"] = _Open(base, mine, theirs, version, done)


def _choose(merging: Merging, field: Merged, prefix: str) -> Any:
    mine, theirs = _words(merging, field, field.mine), _words(merging, field, field.theirs)
    labels = {
        "mine": _("Yours: {value}").format(value=escaped(mine)),
        "theirs": _("Now: {value}").format(value=escaped(theirs)),
    }
    picked = st.radio(
        f"**{escaped(_label(merging, field))}**",
        list(labels),
        format_func=lambda each: labels[each],
        key=f"{prefix}.{field.name}",
        help=_("When you began: {value}").format(value=escaped(_words(merging, field, field.base))),
    )
    return field.theirs if picked == "theirs" else field.mine


def _forget(merging: Merging, row_id: int) -> None:
    st.session_state.pop(_OPEN + merging.form + f".{row_id}", None)


def _place(merging: Merging, row_id: int) -> str:
    return f"{_OPENED}{merging.form}.{row_id}"


def _facts(entry: Any) -> dict[str, Any]:
    """Field by field; values of custom fields count as fields of their own."""
    facts = {field.name: getattr(entry, field.name) for field in fields(entry)}
    custom = facts.pop(CUSTOM, None)
    return facts | {f"{CUSTOM}.{field_id}": value for field_id, value in custom or ()}


def _sides(*entries: Any) -> list[dict[str, Any]]:
    """The facts of all sides under the same names; what a side does not have is None there."""
    sides = [_facts(each) for each in entries]
    names = list(dict.fromkeys(name for side in sides for name in side))
    return [{name: side.get(name) for name in names} for side in sides]


def _entry(theirs: Any, facts: dict[str, Any]) -> Any:
    plain = {name: value for name, value in facts.items() if not name.startswith(f"{CUSTOM}.")}
    if getattr(theirs, CUSTOM, None) is not None:
        pairs = ((int(name.partition(".")[2]), facts[name]) for name in facts if name not in plain)
        plain[CUSTOM] = tuple(sorted((pair for pair in pairs if pair[1] is not None), key=lambda pair: pair[0]))
    return replace(theirs, **plain)


def _label(merging: Merging, field: Merged) -> str:
    return _(merging.labels.get(field.name, field.name))


def _words(merging: Merging, field: Merged, value: Any) -> str:
    if field.name in merging.words:
        return merging.words[field.name](value) or "–"
    return _plain(value) or "–"


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return yes_no(value)
    if isinstance(value, Decimal):
        return price(value)
    if isinstance(value, tuple):
        return "; ".join(_plain(each) for each in value)
    if is_dataclass(value):
        return " ".join(each for each in map(_plain, _facts(value).values()) if each)
    return day(value) if hasattr(value, "isoformat") else str(value)
