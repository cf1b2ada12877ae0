"""Roles: who may do what, as a matrix; changing a role with the difference shown first, copies of one's own."""

import streamlit as st

from core.accounts.placing import LONGEST_TEAM, place_user, placed_users
from core.accounts.role_rules import LONGEST_NAME, conflicts_of, grouped_permissions, permission_label
from core.accounts.roles import (
    RoleRow,
    add_role,
    archive_role,
    change_role,
    reset_role,
    restore_role,
    roles,
    take_back_role_change,
)
from core.security.permissions import P
from core.security.sees import CUSTOMER_REACH_LABELS, WAREHOUSE_REACH_LABELS, Reach
from core.security.shows import SIGHT_LABELS, Sight
from core.stock.queries import warehouses
from pages._shared.screen import act, form_key, open_screen, reading
from pages._shared.tables import text_column
from pages._shared.text import N_, _, escaped, ngettext
from pages.admin._duties import show_duties
from pages.admin._why import show_why

HEIGHT = 420
PHONES, ADDRESSES = N_("Customers' phones and e-mail"), N_("Customers' addresses")

actor = open_screen(__file__)

with reading() as view:
    rows = roles(view)
    people = placed_users(view)
    houses = {house.id: house.name for house in warehouses(view)}

current = [row for row in rows if not row.is_archived]
names = {row.id: _(row.label) for row in rows}
people_names = {each.id: each.name for each in people}
st.caption(_("Somebody with several roles may do what any of them allows. A change holds at once, for everybody."))


def _matrix() -> None:
    """Permissions down, roles across."""
    each = [(title, permission) for title, permissions in grouped_permissions() for permission in permissions]
    frame = {_("Area"): [_(title) for title, _permission in each]}
    frame |= {_("May"): [_(permission_label(permission)) for _title, permission in each]}
    frame |= {
        names[row.id]: ["✓" if permission in row.permissions else "" for _t, permission in each] for row in current
    }
    st.dataframe(
        frame,
        key="roles.matrix",
        hide_index=True,
        width="stretch",
        height=HEIGHT,
        column_config={_("May"): text_column(_("May"), pinned=True, width=230), _("Area"): text_column(_("Area"))},
    )


def _picked(row: RoleRow) -> frozenset[P]:
    """What is ticked for a role at this moment."""
    wanted: set[P] = set()
    for number, (title, permissions) in enumerate(grouped_permissions()):
        wanted |= set(
            st.pills(
                _(title),
                permissions,
                default=[each for each in permissions if each in row.permissions],
                format_func=_said,
                selection_mode="multi",
                disabled=row.is_fixed,
                key=f"roles.{row.id}.{row.version}.{number}",
            )
        )
    return frozenset(wanted)


def _reach(row: RoleRow) -> tuple[Reach, Reach]:
    """How far a role is to reach: customers with all that is theirs, and warehouses."""
    left, right = st.columns(2)
    customers = left.radio(
        _("Sees customers, their orders and money"),
        list(CUSTOMER_REACH_LABELS),
        index=list(CUSTOMER_REACH_LABELS).index(row.customers),
        format_func=lambda reach: _(CUSTOMER_REACH_LABELS[reach]),
        disabled=row.is_fixed,
        key=f"roles.{row.id}.{row.version}.customers",
    )
    warehouses = right.radio(
        _("Sees warehouses, their stock and orders"),
        list(WAREHOUSE_REACH_LABELS),
        index=list(WAREHOUSE_REACH_LABELS).index(row.warehouses),
        format_func=lambda reach: _(WAREHOUSE_REACH_LABELS[reach]),
        disabled=row.is_fixed,
        key=f"roles.{row.id}.{row.version}.warehouses",
    )
    return Reach(customers), Reach(warehouses)


def _sight(row: RoleRow) -> tuple[Sight, Sight]:
    """How much of phones and addresses of customers a role is to show."""
    left, right = st.columns(2)
    shown = [
        place.radio(
            _(label),
            list(SIGHT_LABELS),
            index=list(SIGHT_LABELS).index(kept),
            format_func=lambda sight: _(SIGHT_LABELS[sight]),
            horizontal=True,
            disabled=row.is_fixed,
            key=f"roles.{row.id}.{row.version}.{name}",
        )
        for place, label, kept, name in (
            (left, PHONES, row.phone, "phone"),
            (right, ADDRESSES, row.address, "address"),
        )
    ]
    return Sight(shown[0]), Sight(shown[1])


def _said(permission: P) -> str:
    return _(permission_label(permission))


def _listed(permissions: frozenset[P]) -> str:
    return ", ".join(_said(each) for each in P if each in permissions)


def _edit(row: RoleRow) -> None:
    """What a role may do, the difference to what is kept, and saving it."""
    wanted = _picked(row)
    held = frozenset(each for _title, permissions in grouped_permissions() for each in permissions) & row.permissions
    given, taken = wanted - held, held - wanted
    customers, stores = _reach(row)
    phone, address = _sight(row)
    reached = [
        _(labels[reach])
        for labels, reach, kept in (
            (CUSTOMER_REACH_LABELS, customers, row.customers),
            (WAREHOUSE_REACH_LABELS, stores, row.warehouses),
        )
        if reach != kept
    ]
    seen = [
        f"{_(label)} {_(SIGHT_LABELS[sight])}"
        for label, sight, kept in ((PHONES, phone, row.phone), (ADDRESSES, address, row.address))
        if sight != kept
    ]
    name = _("The name of a role of the product follows the language.") if not row.is_own else ""
    typed = st.text_input(
        _("Name of the role"),
        value=names[row.id],
        max_chars=LONGEST_NAME,
        key=f"roles.{row.id}.{row.version}.name",
        help=name or None,
    )
    new_name = typed if typed != names[row.id] else None
    if row.is_fixed:
        st.info(_("The administrator's role may always do everything, so that nobody is locked out. Copy it instead."))
        return
    if not (given or taken or new_name or reached or seen):
        return
    with st.container(border=True):
        st.markdown("**" + _("This would change for {role}").format(role=escaped(names[row.id])) + "**")
        if given:
            st.markdown(":material/add: " + _("may then also: {rights}").format(rights=escaped(_listed(given))))
        if taken:
            st.markdown(":material/remove: " + _("may no longer: {rights}").format(rights=escaped(_listed(taken))))
        if reached:
            st.markdown(":material/visibility: " + _("sees: {rows}").format(rows=", ".join(reached)))
        if seen:
            st.markdown(":material/visibility: " + _("sees: {rows}").format(rows=", ".join(seen)))
        if new_name:
            st.markdown(":material/edit: " + _("is called {name}").format(name=escaped(new_name)))
        for each in conflicts_of(wanted | row.permissions - taken):
            if each not in conflicts_of(row.permissions):
                st.warning(_("One person then {danger}.").format(danger=_(each.danger)), icon=":material/warning:")
        st.caption(_whom(row))
        if st.button(_("Save"), key=f"roles.{row.id}.save", type="primary"):
            act(
                change_role,
                row.id,
                name=new_name,
                permissions=wanted,
                customers=customers,
                warehouses=stores,
                phone=phone,
                address=address,
                version=row.version,
                done=_("{role} was changed.").format(role=escaped(new_name or names[row.id])),
            )


def _whom(row: RoleRow) -> str:
    if not row.people:
        return _("Nobody has this role.")
    count = ngettext("{count} person has this role: {names}", "{count} people have this role: {names}", len(row.people))
    return count.format(count=len(row.people), names=escaped(", ".join(row.people)))


def _more(row: RoleRow) -> None:
    """Taking back, setting back, copying, putting away."""
    with st.container(horizontal=True):
        if row.can_take_back and st.button(
            _("Take back the last change"), key=f"roles.{row.id}.back", icon=":material/undo:"
        ):
            done = _("{role} is what it was before.").format(role=escaped(names[row.id]))
            act(take_back_role_change, row.id, version=row.version, done=done)
        if not row.is_own and not row.is_as_shipped and st.button(_("As it comes"), key=f"roles.{row.id}.reset"):
            done = _("{role} may do again what the product says.").format(role=escaped(names[row.id]))
            act(reset_role, row.id, version=row.version, done=done)
        if row.is_own and st.button(_("Put away"), key=f"roles.{row.id}.archive", icon=":material/archive:"):
            act(archive_role, row.id, done=_("{role} was put away.").format(role=escaped(names[row.id])))


def _place() -> None:
    """Teams and warehouses of people, for roles that see only their own."""
    person = st.selectbox(
        _("Colleague"), [each.id for each in people], format_func=people_names.__getitem__, key="roles.who"
    )
    placed = next((each for each in people if each.id == person), None)
    if placed is None:
        return
    team = st.text_input(_("Belongs to team"), value=placed.team, max_chars=LONGEST_TEAM, key=f"roles.team.{placed.id}")
    own = st.multiselect(
        _("Own warehouses"),
        list(houses),
        default=[each for each in placed.warehouses if each in houses],
        format_func=houses.__getitem__,
        key=f"roles.houses.{placed.id}",
    )
    if st.button(_("Save"), key=f"roles.place.{placed.id}"):
        done = _("{name} was placed.").format(name=escaped(placed.name))
        act(place_user, placed.id, team=team, warehouse_ids=own, done=done)


def _copy(row: RoleRow) -> None:
    with st.form("roles.new"):
        name = st.text_input(_("Name of the new role"), max_chars=LONGEST_NAME, key="roles.new.name")
        if st.form_submit_button(_("Copy {role}").format(role=names[row.id]), key="roles.new.submit"):
            act(
                add_role,
                name,
                like=row.code,
                key=form_key("roles.new"),
                done=_("{role} was made. Choose it to change what it may do.").format(role=escaped(name)),
            )


VIEWS = {
    "one": N_("One role"),
    "all": N_("All roles"),
    "people": N_("Teams and warehouses"),
    "second": N_("A second person"),
    "why": N_("What somebody sees, and why"),
}
shown = st.segmented_control(
    _("Show"),
    list(VIEWS),
    format_func=lambda each: _(VIEWS[each]),
    default="one",
    key="roles.shown",
    label_visibility="collapsed",
)
if shown == "all":
    _matrix()
    st.stop()

if shown == "people":
    st.caption(_("Who sees the team's customers shares them with everybody of the same team name."))
    _place()
    st.stop()
if shown == "second":
    show_duties(current)
    st.stop()
if shown == "why":
    show_why({each.id: each.name for each in people})
    st.stop()

chosen = st.selectbox(_("Role"), [row.id for row in current], format_func=names.__getitem__, key="roles.role")
row = next(each for each in current if each.id == chosen)
st.caption(_whom(row))
_edit(row)
_more(row)
with st.expander(_("A role of one's own"), icon=":material/content_copy:"):
    _copy(row)
away = [each for each in rows if each.is_archived]
if away:
    with st.expander(_("Roles put away"), icon=":material/archive:"):
        for each in away:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(escaped(names[each.id]))
                if st.button(_("Bring back"), key=f"roles.{each.id}.restore"):
                    act(restore_role, each.id, done=_("{role} is back.").format(role=escaped(names[each.id])))
