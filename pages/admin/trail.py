"""The audit trail: who did what to which object, when and from where, what it changed, and how far it is sealed."""

import streamlit as st

from core.ops.trail import SYSTEM_ID, SealState, TrailEntry, TrailFilter, TrailOfAll, seal_state, trail, trail_people
from pages._shared.beside import list_and_card
from pages._shared.fetched import when_fetched
from pages._shared.formats import moment, quantity
from pages._shared.records import filter_box, search_box
from pages._shared.screen import link, open_screen, reading
from pages._shared.tables import moment_column, nothing_here, table, text_column
from pages._shared.text import _, escaped, ngettext
from pages.admin._trail_file import trail_file
from pages.admin._trail_values import changes_of
from pages.admin._trail_words import KINDS, SENTENCES, kind_label, label, sentence, source_label

ONLY, BEFORE, ASKED = "trail.only", "trail.before", "trail.asked"
HEIGHT = 620

actor = open_screen(__file__)
if actor.sees.is_limited or actor.shows.is_limited:
    st.info(_(TrailOfAll.message))
    st.stop()


def show_seal(state: SealState) -> None:
    """How far the trail is sealed, and whether the seals held when they were last verified."""
    if state.is_broken:
        st.error(
            _("The last check found entries or moves that are not what they were when they were sealed."),
            icon=":material/gpp_bad:",
        )
        link("admin/health")
        return
    if state.head is None:
        st.caption(":material/lock_open: " + _("Nothing is sealed yet; the first seal is made within ten minutes."))
        return
    words = [_("Sealed up to {moment} (seal {id})").format(moment=moment(state.head.at), id=state.head.id)]
    if state.open_entries:
        waiting = ngettext("{count} newer entry", "{count} newer entries", state.open_entries)
        words.append(waiting.format(count=quantity(state.open_entries)))
    if state.verified_at is None:
        words.append(_("not verified yet"))
    else:
        words.append(_("verified {moment}").format(moment=moment(state.verified_at)))
    st.caption(":material/verified_user: " + " · ".join(words), help=state.head.digest)


def ask(people: dict[int, str]) -> TrailFilter:
    """What to look for."""
    names = {SYSTEM_ID: _("Nobody (system)"), **people}
    actions = dict(sorted(((tag, label(tag)) for tag in SENTENCES), key=lambda each: each[1].casefold()))
    kinds = {kind: kind_label(kind) for kind in KINDS}
    with st.container(horizontal=True, vertical_alignment="bottom", key="trail.bar"):
        words = search_box(_("Search"), _("Number, code or words"), key="trail.words", width=190)
        actor_id = filter_box(_("Who"), names, _("Everybody"), key="trail.person", width=150)
        tag = filter_box(_("Action"), actions, _("All actions"), key="trail.tag", width=190)
        kind = filter_box(_("Object"), kinds, _("All objects"), key="trail.kind", width=140)
        since = st.date_input(_("From"), value=None, format="YYYY-MM-DD", key="trail.since", width=128)
        until = st.date_input(_("Until"), value=None, format="YYYY-MM-DD", key="trail.until", width=128)
    only = st.session_state.get(ONLY)
    if only is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(_("Only {object}").format(object=f"**{escaped(only[2])}**"), width="content")
            st.button(_("Show everything"), key="trail.everything", icon=":material/close:", on_click=forget_only)
        kind, subject_id = only[0], only[1]
    else:
        subject_id = None
    return TrailFilter(actor_id, tag or "", kind or "", subject_id, since, until, words)


def forget_only() -> None:
    """Look at all objects again."""
    st.session_state.pop(ONLY, None)


def keep_only(entry: TrailEntry, name: str) -> None:
    """Look at everything that was done to one object."""
    st.session_state[ONLY] = (entry.subject_type, entry.subject_id, name)


def go(places: list[int]) -> None:
    """Show the page after these."""
    st.session_state[BEFORE] = places


def object_name(entry: TrailEntry) -> str:
    """What the object is called today, or its kind and number where it has no name or is gone."""
    if not entry.subject_type:
        return ""
    kind = kind_label(entry.subject_type)
    return f"{kind} {entry.subject or entry.subject_id or ''}".strip()


def show_entry(entry: TrailEntry) -> None:
    """One entry in full: the sentence, who, when, from where, before and after, and the way to the object."""
    with st.container(border=True, gap="small"):
        st.markdown(f"**{escaped(sentence(entry.tag, entry.facts))}**")
        st.caption(
            " · ".join(
                (
                    moment(entry.at),
                    escaped(entry.actor),
                    source_label(entry.source),
                    escaped(entry.command or entry.tag),
                )
            )
        )
        rows = changes_of(entry.facts)
        if rows:
            st.dataframe(
                {
                    "field": [row[0] for row in rows],
                    "before": [row[1] for row in rows],
                    "after": [row[2] for row in rows],
                },
                hide_index=True,
                height="content" if len(rows) < 15 else 400,
                key=f"trail.changes.{entry.id}",
                column_config={
                    "field": text_column(_("Field"), width=110),
                    "before": text_column(_("Before")),
                    "after": text_column(_("After")),
                },
            )
        name = object_name(entry)
        if name and entry.subject_id is not None:
            screen = KINDS.get(entry.subject_type, ("", ""))[1]
            if screen and entry.link_id is not None:
                link(screen, escaped(name), id=entry.link_id)
            st.button(
                _("Everything that was done to it"),
                key=f"trail.only.{entry.id}",
                icon=":material/history:",
                on_click=keep_only,
                args=(entry, name),
            )
        st.caption(_("Entry {id}").format(id=entry.id))


with reading() as view:
    state = seal_state(view)
    people = trail_people(view)
show_seal(state)
wanted = ask(people)
if st.session_state.get(ASKED) != wanted:
    st.session_state[ASKED] = wanted
    st.session_state[BEFORE] = []
places: list[int] = st.session_state[BEFORE]
with reading() as view:
    page = trail(view, wanted, before=places[-1] if places else None)

if not page.rows and page.before is None:
    nothing_here(_("No entry matches. Try fewer words, or more days."))
else:
    shown = table(page.rows, ["at", "actor"])
    shown["what"] = [sentence(row.tag, row.facts) for row in page.rows]
    shown["object"] = [object_name(row) for row in page.rows]
    shown["source"] = [source_label(row.source) for row in page.rows]
    key = f"trail.table.{hash(wanted)}.{len(places)}"
    left, right, chosen = list_and_card(key, page.rows)
    with left:
        st.dataframe(
            shown,
            key=key,
            column_order=["at", "actor", "what", "object", "source"] if chosen is None else ["at", "actor", "what"],
            hide_index=True,
            height="content" if len(page.rows) < 15 else HEIGHT,
            on_select="rerun",
            selection_mode="single-row",
            placeholder="",
            column_config={
                "at": moment_column(_("When"), width=125),
                "actor": text_column(_("Who"), width=90),
                "what": text_column(_("What was done"), width="large"),
                "object": text_column(_("Object"), width=220),
                "source": text_column(_("From where"), width=100),
            },
        )
        if page.back_to is not None:
            st.caption(_("Searched back to {moment}.").format(moment=moment(page.back_to)))
        with st.container(horizontal=True, vertical_alignment="center"):
            if places:
                st.button(
                    _("Newer"), key="trail.newer", icon=":material/chevron_left:", on_click=go, args=(places[:-1],)
                )
            if page.before is not None:
                st.button(
                    _("Older"),
                    key="trail.older",
                    icon=":material/chevron_right:",
                    on_click=go,
                    args=([*places, page.before],),
                )
            st.download_button(
                _("Download as CSV"),
                when_fetched(trail_file, wanted),
                file_name="audit.csv",
                mime="text/csv",
                key="trail.download",
                icon=":material/download:",
                on_click="ignore",
                help=_("The newest {count} entries of this filter. The download is recorded here, too.").format(
                    count=quantity(50_000)
                ),
            )
    if right is not None and chosen is not None:
        with right:
            show_entry(chosen)
