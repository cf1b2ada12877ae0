"""Backups: whether the last one is proven, how old it is and where it lies; the rule, the place and the key."""

from datetime import timedelta

import streamlit as st

from core.base.sizes import shown_size
from core.ops.backups.jobs import ask_for_backup, ask_for_proof
from core.ops.backups.keeping import Keeping
from core.ops.backups.models import PURPOSE_LABELS
from core.ops.backups.queries import STEPS, BackupRow, BackupState, backup_state, backups
from core.ops.backups.service import MOST_KEPT, confirm_kept_key, set_keeping
from pages._shared.formats import moment, quantity
from pages._shared.screen import act, open_screen, reading, show_messages
from pages._shared.tables import chosen_row, moment_column, nothing_here, table, text_column
from pages._shared.text import _, escaped
from pages.admin._backup_place import show_place

LOOK_AGAIN = timedelta(seconds=2)

actor = open_screen(__file__)


def show_glance(state: BackupState, rows: list[BackupRow]) -> None:
    """The state in one sentence, then the figures behind it."""
    proven = next((row for row in rows if row.proven_at), None)
    if state.proven_at is None and not state.is_overdue:
        st.info(
            _("No backup was proven yet. One is made every night at 02:30; you need not wait for it."),
            icon=":material/schedule:",
        )
    elif state.is_overdue:
        st.error(
            _("No backup was proven for more than 26 hours. Make one now; the list says what went wrong."),
            icon=":material/error:",
        )
    elif proven is not None:
        st.success(
            _("The backup of {moment} was restored for a trial: all {rows} rows and {sums} sums are the same.").format(
                moment=moment(proven.at),
                rows=quantity(proven.proof.get("rows")),
                sums=quantity(proven.proof.get("sums")),
            ),
            icon=":material/verified:",
        )
    if proven is not None and proven.proof.get("differences"):
        st.warning(
            _("The books differ in {count} places, in the company as in its copy: see Health.").format(
                count=proven.proof["differences"]
            )
        )
    newest = rows[0] if rows else None
    if state.is_paused:
        st.warning(_("Backups are not sent elsewhere since this installation was restored."))
    elif newest is not None and newest.problem and not newest.is_away and (state.place or state.is_place_set):
        st.warning(_("The newest backup does not lie elsewhere yet; the list says why."), icon=":material/cloud_off:")
    with st.container(horizontal=True):
        st.metric(_("Last proven"), moment(state.proven_at) if state.proven_at else _("never"), border=True)
        st.metric(_("It lies"), _where(proven or newest) if newest else "–", border=True)
        st.metric(_("Its key"), _("kept elsewhere") if state.kept_key_at else _("only here"), border=True)


def _where(row: BackupRow) -> str:
    here, away = _("here"), _("elsewhere")
    return " + ".join(name for name, is_there in ((here, row.is_here), (away, row.is_away)) if is_there) or "–"


def show_steps(steps: tuple[str, ...]) -> None:
    """How far the backup that is being made is, or the button that makes one."""
    words = {
        "backups.make": _("Everything is copied and sealed; people go on working…"),
        "backups.prove": _("The backup is restored beside the database and compared…"),
        "backups.send": _("The backup is sent elsewhere and read back there…"),
        "backups.tidy": _("Backups that the rule does not keep are deleted…"),
    }
    if steps:
        st.progress((STEPS.index(steps[0]) + 1) / (len(STEPS) + 1), text=words[steps[0]])
    elif st.button(_("Back up now"), key="backups.now", type="primary", icon=":material/backup:"):
        act(ask_for_backup, done=_("The backup begins."))


@st.fragment(run_every=LOOK_AGAIN)
def show_backups() -> None:
    """Everything that changes by itself, looked at again every two seconds."""
    show_messages()
    with reading() as view:
        state, rows = backup_state(view), backups(view)
    show_glance(state, rows)
    show_steps(state.steps)
    if not rows:
        nothing_here(_("There is no backup yet."))
        return
    frame = table(rows, ["at", "proven_at"])
    frame["where"] = [_where(row) for row in rows]
    frame["size"] = [shown_size(row.size) for row in rows]
    frame["rows"] = [row.figures.get("all") for row in rows]
    frame["purpose"] = [_(PURPOSE_LABELS[row.purpose]) for row in rows]
    frame["problem"] = [row.problem for row in rows]
    picked = st.dataframe(
        frame,
        key="backups.list",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "at": moment_column(_("Of"), width=130),
            "proven_at": moment_column(_("Proven"), width=130),
            "where": text_column(_("Lies"), width=110),
            "size": text_column(_("Size"), width=80),
            "rows": st.column_config.NumberColumn(_("Rows"), format="localized", alignment="right", width=80),
            "purpose": text_column(_("Made"), width=110),
            "problem": text_column(_("Problem"), width="medium"),
        },
        placeholder="",
    )
    chosen: BackupRow | None = chosen_row(picked, rows)
    if chosen is None:
        st.caption(_("Choose a backup to see where its file lies, or to prove it again."))
    else:
        show_one(chosen, state)


def show_one(row: BackupRow, state: BackupState) -> None:
    """A backup, where its file is, and proving it again."""
    with st.container(border=True):
        if row.problem:
            st.warning(escaped(row.problem), icon=":material/warning:")
        figures = {
            _("Orders"): row.figures.get("sales_order"),
            _("Stock moves"): row.figures.get("stock_move"),
            _("Payments"): row.figures.get("payment"),
        }
        known = [f"{name}: {quantity(count)}" for name, count in figures.items() if count is not None]
        if known:
            st.markdown(" · ".join(known))
        if row.is_here:
            st.code(f"{state.folder}/{row.name}", language=None)
        if row.is_away:
            st.markdown(
                _("Sent to {place} on {moment}.").format(place=escaped(row.sent_to), moment=moment(row.sent_at))
            )
        st.caption(
            _("SHA-256 {sum} · version {version} · key {key}").format(sum=row.sha256, version=row.version, key=row.key)
        )
        if row.is_here and st.button(_("Prove again"), key="backups.prove", icon=":material/fact_check:"):
            act(ask_for_proof, row.id, done=_("The proof begins."))


def show_rule(state: BackupState) -> None:
    """How many are kept."""
    st.markdown(
        _(
            "One is made every night at 02:30. The newest of each day, week and month is kept, as many as you say; "
            "what is younger than two days always stays."
        )
    )
    with st.form("backups.keeping", border=False):
        columns = st.columns(3)
        numbers = [
            column.number_input(label, 0, MOST_KEPT, value=value, step=1, key=f"backups.keep.{name}")
            for column, (name, label, value) in zip(
                columns,
                (
                    ("daily", _("Days to keep"), state.keeping.daily),
                    ("weekly", _("Weeks to keep"), state.keeping.weekly),
                    ("monthly", _("Months to keep"), state.keeping.monthly),
                ),
                strict=True,
            )
        ]
        pressed = st.form_submit_button(_("Save"), key="backups.keep.save")
    if pressed:
        act(set_keeping, Keeping(*(int(each) for each in numbers)), done=_("The rule was saved."))


def show_key(state: BackupState) -> None:
    """Whether the key is known to be kept elsewhere, and how to see to it."""
    if state.kept_key_at:
        st.success(
            _("On {moment} the key {name} was entered from where it is kept.").format(
                moment=moment(state.kept_key_at), name=state.key
            ),
            icon=":material/key:",
        )
    else:
        st.warning(
            _(
                "Without its key a backup is worth nothing, and the key lies on this very machine. "
                "Write it down, keep it elsewhere, and enter it here from there."
            ),
            icon=":material/key:",
        )
    st.markdown(_("This shows it on the machine itself; its name is {name}:").format(name=f"`{state.key}`"))
    st.code("python -m core backup key", language=None)
    with st.form("backups.key", border=False, clear_on_submit=True):
        typed = st.text_input(_("The key, from where it is kept"), type="password", key="backups.key.typed")
        pressed = st.form_submit_button(_("Compare the key"), key="backups.key.save")
    if pressed:
        act(confirm_kept_key, typed, done=_("It is the right key."))


def show_restoring() -> None:
    """What to do on the day when it is needed."""
    st.markdown(
        _(
            "1. Stop Salesbook, or install the same version on a new machine.\n"
            "2. Have the key at hand.\n"
            "3. Type the line below; it asks which backup, checks it, makes a backup of what is there, and asks for a "
            "word before it replaces anything.\n"
            "4. Start Salesbook. Everybody signs in again; the figures prepare themselves."
        )
    )
    st.code("python -m core restore", language=None)
    st.markdown(_("On an empty machine, say where the backups lie:"))
    st.code("python -m core restore --from sftp://user@backup.example.com/backups/salesbook", language=None)


with reading() as view:
    current = backup_state(view)
show_backups()
rule, place, key, restoring = st.tabs([_("What is kept"), _("Another place"), _("Key"), _("How to restore")])
with rule:
    show_rule(current)
with place:
    show_place(current)
with key:
    show_key(current)
with restoring:
    show_restoring()
