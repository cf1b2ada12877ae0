"""Taking a panel away: as Excel or CSV, alone or with all that stand beside it; what leaves is recorded."""

import re
from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from core.analytics.export.leaving import FORM_LABELS, Form, figures_file, note_export
from core.analytics.export.sheet import Cover, File, Kind, Progress, Sheet
from core.base.errors import AppError
from core.security.actor import Actor
from core.work.store import View
from pages._shared.board import asking, labels
from pages._shared.board.board import Board, Scene
from pages._shared.board.sheets import key_figures, sheet_of_panel
from pages._shared.company import company_name, store
from pages._shared.fetched import when_fetched
from pages._shared.filters import Look
from pages._shared.formats import day, local_time, quantity
from pages._shared.mirror import mirror
from pages._shared.periods import COMPARISON_LABELS
from pages._shared.proving import is_proven, show_proof
from pages._shared.screen import reading
from pages._shared.text import _, escaped, ngettext

# Above so many lines the file is made first, with its progress to be seen, and fetched then.
AT_ONCE = 20_000
THIS, ALL = "this", "all"
_NOT_IN_FILES = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')


def choose(board: str, panel: str) -> None:
    """Open the dialog for a panel; an empty name closes it."""
    st.session_state[f"{board}.export"] = panel
    st.session_state.pop(f"{board}.export.made", None)


def show_export(board: Board, look: Look, on_close: Callable[[], None]) -> None:
    """The dialog, as long as a panel is chosen."""
    chosen = st.session_state.get(f"{board.name}.export")
    if any(panel.name == chosen for panel in board.panels()):
        st.dialog(_("Export"), on_dismiss=on_close)(_ask_and_show)(board, chosen, look)


def file_name(title: str, look: Look) -> str:
    """What a file or picture of a panel is called: its title and its days."""
    days = f"{look.window.since.isoformat()}_{look.window.last_day.isoformat()}"
    return _NOT_IN_FILES.sub(" ", f"{title} {days}").strip()


def cover_of(actor: Actor, title: str, look: Look) -> Cover:
    """Whose file it is, from when, and what was looked at."""
    compared = ""
    if look.compared is not None:
        other = f"{day(look.compared.since)} – {day(look.compared.last_day)}"
        compared = f"{_(COMPARISON_LABELS[look.comparison])}: {other}"
    with reading() as view:
        made_at = local_time(view.now)
    return Cover(
        title,
        company_name(),
        actor.name,
        made_at,
        local_time(mirror().as_of),
        f"{day(look.window.since)} – {day(look.window.last_day)}",
        compared,
        filters_in_words(actor, look),
    )


def filters_in_words(actor: Actor, look: Look) -> tuple[str, ...]:
    """Every filter as its chip says it."""
    said = []
    for dimension, _label, called, is_out in asking.chips(actor, look):
        text = f"{labels.title_of(dimension)}: {called}"
        said.append(_("not {filter}").format(filter=text) if is_out else text)
    return tuple(said)


def offer(key: str, name: str, cover: Cover, sheets: Sequence[Sheet]) -> None:
    """The choice of a kind of file, and the way to get it; who takes customers along types the password first."""
    has_customers = names_customers(sheets)
    if has_customers and not is_proven():
        show_proof(key)
        return
    forms = [Form.EXCEL] if len(sheets) > 1 else list(Form)
    if st.session_state.get(f"{key}.form") not in forms:
        st.session_state[f"{key}.form"] = Form.EXCEL
    form = st.segmented_control(
        _("File"),
        forms,
        required=True,
        format_func=lambda each: _(FORM_LABELS[each]),
        key=f"{key}.form",
        on_change=partial(_forget, key),
    )
    rows = sum(len(sheet.lines) for sheet in sheets)
    counted = ngettext("{count} line", "{count} lines", rows).format(count=quantity(rows))
    tables = ngettext("{count} table", "{count} tables", len(sheets)).format(count=len(sheets))
    filters = "; ".join(cover.filters) or _("no filters")
    st.caption(escaped(f"{counted} · {tables} · {cover.period} · {filters}"))
    if form is Form.GBK:
        st.caption(_("GBK is for programs that do not read UTF-8. Signs it does not have become 〓."))
    if rows <= AT_ONCE:
        if form is Form.GBK:
            with reading() as view:
                _say(figures_file(view, form, cover, sheets))
        data: object = when_fetched(fetched_file, form, cover, tuple(sheets), recent=has_customers)
    else:
        # Of what is looked at now, and not of what was before.
        wanted = (form, cover.title, cover.period, cover.filters, rows)
        kept, made = st.session_state.get(f"{key}.made", (None, None))
        if made is None or kept != wanted:
            st.button(_("Make the file"), type="primary", key=f"{key}.make", on_click=partial(_wish, key))
            if not st.session_state.pop(f"{key}.wished", False):
                return
            made = _make(form, cover, sheets)
            st.session_state[f"{key}.made"] = (wanted, made)
        _say(made)
        data = made.content
    st.download_button(
        _("Download"),
        data,
        file_name=f"{name}.{form.ending}",
        mime=form.mime,
        type="primary",
        icon=":material/download:",
        on_click="ignore",
        key=f"{key}.get",
    )


def names_customers(sheets: Sequence[Sheet]) -> bool:
    """Whether a column of these tables says who bought."""
    return any(field.kind is Kind.TEXT and field.title == _("Customer") for sheet in sheets for field in sheet.fields)


def fetched_file(view: View, form: Form, cover: Cover, sheets: tuple[Sheet, ...]) -> bytes:
    """The file, recorded before it leaves."""
    made = figures_file(view, form, cover, sheets)
    store().run(view.actor, note_export, None, form, cover, sheets)
    return made.content


def _ask_and_show(board: Board, chosen: str, look: Look) -> None:
    key = f"{board.name}.export"
    try:
        with reading() as view:
            actor = view.actor
        panel = next(each for each in board.panels() if each.name == chosen)
        section = board.section(look)
        scope = THIS
        if len(section.panels(actor)) > 1 or board.figures is not None:
            titles = {THIS: _(panel.title), ALL: _("All that stands here")}
            scope = st.segmented_control(
                _("Tables"),
                list(titles),
                required=True,
                default=THIS,
                format_func=titles.__getitem__,
                key=f"{key}.scope.{chosen}",
                on_change=partial(_forget, key),
            )
        title = _(panel.title) if scope == THIS else _(section.title)
        panels = [panel] if scope == THIS else section.panels(actor)
        found = [sheet_of_panel(Scene(each, actor, look)) for each in panels]
        if scope == ALL:
            found.insert(0, key_figures(board, actor, look))
        sheets = [sheet for sheet in found if sheet is not None]
        if not sheets:
            st.info(_("There is nothing here to export. Choose a longer period, or take a filter away."))
            return
        offer(key, file_name(title, look), cover_of(actor, title, look), sheets)
        st.caption(_("For a picture of a chart, point at it and press the camera above it."))
    except AppError as refusal:
        st.error(escaped(refusal.sentence))


def _make(form: Form, cover: Cover, sheets: Sequence[Sheet]) -> File:
    """A large file, made and recorded while one watches."""
    bar = st.progress(0.0, _("The file is being made."))
    tell: Progress = bar.progress
    with reading() as view:
        made = figures_file(view, form, cover, sheets, tell)
        store().run(view.actor, note_export, None, form, cover, tuple(sheets))
    bar.empty()
    return made


def _say(made: File) -> None:
    for remark in made.remarks:
        st.info(escaped(remark), icon=":material/info:")


def _wish(key: str) -> None:
    st.session_state[f"{key}.wished"] = True


def _forget(key: str) -> None:
    st.session_state.pop(f"{key}.made", None)
