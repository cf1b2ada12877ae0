"""The letter for one customer, the reminders it got, and the schedule."""

from collections.abc import Sequence

import streamlit as st

from core.base.i18n import LANGUAGES
from core.exchange.reminder_letters import letter_page, reminder_letter
from core.receivables.reminder_rules import Level
from core.sales.money.reminder_queries import LatePart, LevelRow, RemindRow, pauses, reminders_of
from core.sales.money.reminders import mark_reminded, pause_reminders, set_reminder_level
from core.work.command import may
from pages._shared.company import company_name, store
from pages._shared.formats import day, language, money
from pages._shared.screen import act, current_actor, form_key, link, reading
from pages._shared.tables import day_column, money_column, nothing_here, quantity_column, text_column
from pages._shared.text import N_, _, escaped

LEVELS = {1: N_("First reminder"), 2: N_("Second reminder"), 3: N_("Last reminder")}
LONGEST_ID = 18
HELP = N_("In braces: {places}.")
PLACES = "{customer}, {amount}, {since}, {documents}, {company}, {day}"


def asked_customer() -> int | None:
    """The customer that the address names."""
    asked = st.query_params.get("customer", "")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) <= LONGEST_ID else None


def show_customer(customer_id: int, row: RemindRow | None, levels: Sequence[LevelRow]) -> None:
    """What a customer owes with the letter about it; below, the reminders it got."""
    if row is None:
        nothing_here(_("Nothing of this customer is due for a reminder today."), _("Ageing"), "receivables/ageing")
    else:
        _show_letter(row, next(each.level for each in levels if each.level.level == row.level))
    show_history(customer_id)


def show_history(customer_id: int) -> None:
    """The reminders that went to a customer, and when it was left alone; nothing where there were none."""
    with reading() as view:
        sent, quiet = reminders_of(view, customer_id), pauses(view, customer_id)
    if not sent and not quiet:
        return
    with st.expander(_("Reminders so far"), icon=":material/history:", key="reminders.history"):
        for each in sent:
            words = f"{day(each.reminded_on)} · {_(LEVELS[each.level])} · {money(each.amount)} · {each.created_by}"
            st.markdown(f"{escaped(words)}  \n:gray[{escaped(', '.join(each.documents))}]")
        for pause in quiet:
            about = pause.document or _("all documents")
            words = _("No reminders until {day}").format(day=day(pause.last_on))
            ended = " · " + _("ended early") if pause.ended_at else ""
            st.markdown(escaped(f"{words} · {about} · {pause.reason} · {pause.created_by}{ended}"))


def show_schedule(levels: Sequence[LevelRow]) -> None:
    """When each level is due and what its letter says; a form for who may change terms."""
    actor = current_actor()
    can = actor is not None and may(actor, set_reminder_level)
    for row in levels:
        level = row.level
        after = _("{days} days overdue").format(days=level.days)
        st.markdown(f"**{_(LEVELS[level.level])}** · {after}")
        if can:
            _level_form(level, row.version)
        else:
            st.code(level.text(language()), language=None, wrap_lines=True)


def _show_letter(row: RemindRow, level: Level) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.subheader(escaped(row.customer), anchor=False, width="content")
        st.badge(_(LEVELS[level.level]), color="orange")
    with st.container(horizontal=True, gap="medium"):
        st.metric(_("Overdue"), money(row.amount), width="content")
        st.metric(_("Due since"), day(row.since), width="content")
        st.metric(_("Free balance"), money(row.balance), width="content")
    _show_parts(row.parts)
    spoken = st.segmented_control(
        _("Language of the letter"),
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        default=language(),
        required=True,
        key="reminders.language",
    )
    with reading() as view:
        today = view.today
    text = reminder_letter(
        row,
        level,
        language=spoken or language(),
        today=today,
        company=company_name(),
        currency=store().settings.currency,
    )
    st.code(text, language=None, wrap_lines=True)
    actor = current_actor()
    with st.container(horizontal=True):
        if actor is not None and may(actor, mark_reminded):
            if st.button(_("Mark as reminded"), key="reminders.mark", type="primary", icon=":material/done_all:"):
                done = _("{customer} was reminded.").format(customer=escaped(row.customer))
                act(mark_reminded, row.customer_id, amount=row.amount, done=done, key=form_key("reminders.mark"))
            with st.popover(_("No reminders until …"), icon=":material/snooze:", width="content"):
                _pause_form(row)
        st.download_button(
            _("Page to print"),
            data=letter_page(text, row.customer, spoken or language()),
            file_name=f"{today}-{row.customer_id}.html",
            mime="text/html",
            icon=":material/print:",
            key="reminders.print",
            on_click="ignore",
        )
        link("customers/customer", _("Customer"), id=row.customer_id)
        link("receivables/payments", _("Take a payment"), customer=row.customer_id)


def _show_parts(parts: Sequence[LatePart]) -> None:
    st.dataframe(
        {
            "number": [part.number for part in parts],
            "amount": [float(part.amount) for part in parts],
            "due": [part.due_on for part in parts],
            "late": [part.days_late for part in parts],
            "before": [_(LEVELS[part.reminded]) if part.reminded else "" for part in parts],
            "now": [_(LEVELS[part.level]) if part.level else "" for part in parts],
        },
        key="reminders.parts",
        hide_index=True,
        column_config={
            "number": text_column(_("Document"), width=120),
            "amount": money_column(_("Open"), width=104),
            "due": day_column(_("Due on"), width=92),
            "late": quantity_column(_("Days late"), width=80),
            "before": text_column(_("Reminded so far"), width=120),
            "now": text_column(_("Due now"), width=120),
        },
        placeholder="",
    )


def _pause_form(row: RemindRow) -> None:
    numbers = {None: _("all documents"), **{part.document: part.number for part in row.parts}}
    key = f"reminders.pause.{row.customer_id}"
    with st.form(key, border=False):
        document = st.selectbox(
            _("For"), list(numbers), format_func=lambda each: numbers.get(each, ""), key=f"{key}.document"
        )
        until = st.date_input(_("Until"), value=None, format="YYYY-MM-DD", key=f"{key}.until")
        reason = st.text_input(_("Reason"), key=f"{key}.reason", max_chars=200)
        pressed = st.form_submit_button(_("Leave alone"), type="primary", key=f"{key}.save")
    if pressed and until is None:
        st.error(_("Choose the day until which no reminder is to go out."))
    elif pressed:
        done = _("No reminders until {day}").format(day=day(until))
        act(pause_reminders, row.customer_id, last_on=until, reason=reason, document=document, done=done)


def _level_form(level: Level, version: int) -> None:
    key = f"reminders.level.{level.level}.{version}"
    with st.form(key, border=False):
        days = st.number_input(
            _("Days overdue"), value=level.days, min_value=1, max_value=3650, step=1, key=f"{key}.days", width=140
        )
        help_words = _(HELP).format(places=PLACES)
        chinese = st.text_area(
            _("Letter in Chinese"), value=level.text_zh, height=180, key=f"{key}.zh", help=help_words
        )
        english = st.text_area(
            _("Letter in English"), value=level.text_en, height=180, key=f"{key}.en", help=help_words
        )
        pressed = st.form_submit_button(_("Save"), key=f"{key}.save")
    if pressed:
        act(
            set_reminder_level,
            level.level,
            days=int(days),
            text_zh=chinese,
            text_en=english,
            version=version,
            done=_("The schedule was saved."),
        )
