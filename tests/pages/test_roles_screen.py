"""The screen of roles: the matrix, a change that is shown before it is saved, and taking it back."""

from core.accounts.roles import roles
from core.security.actor import SYSTEM
from core.security.permissions import ROLE_PERMISSIONS, P, Role
from core.work.store import Store
from tests.pages.app import open_app

CUSTOMERS = 1


def permissions(store: Store, label: str) -> frozenset[P]:
    """What the role with this name may do."""
    with store.viewing(SYSTEM) as view:
        return next(row.permissions for row in roles(view) if row.label == label)


def test_a_right_is_given_after_its_effect_was_shown_and_taken_back(store: Store) -> None:
    app = open_app(store, Role.ADMINISTRATOR, "admin/roles")
    service = next(row for row in _rows(store) if row.code == Role.SERVICE)
    app.selectbox(key="roles.role").set_value(service.id).run()
    pills = app.pills(key=f"roles.{service.id}.{service.version}.{CUSTOMERS}")
    pills.set_value([each for each in pills.value if each != P.CUSTOMER_EDIT] + [P.CUSTOMER_GRADE]).run()
    shown = " ".join(each.value for each in app.markdown)
    assert "may then also: Grade customers" in shown
    assert "may no longer: Add and change customers" in shown
    assert permissions(store, "Customer service") == ROLE_PERMISSIONS[Role.SERVICE]

    app.button(key=f"roles.{service.id}.save").click().run()
    assert not app.exception
    changed = ROLE_PERMISSIONS[Role.SERVICE] - {P.CUSTOMER_EDIT} | {P.CUSTOMER_GRADE}
    assert permissions(store, "Customer service") == changed

    app.button(key=f"roles.{service.id}.back").click().run()
    assert not app.exception
    assert permissions(store, "Customer service") == ROLE_PERMISSIONS[Role.SERVICE]


def test_a_role_is_copied_and_the_matrix_shows_it(store: Store) -> None:
    app = open_app(store, Role.ADMINISTRATOR, "admin/roles")
    app.text_input(key="roles.new.name").set_value("Night shift")
    app.button(key="roles.new.submit").click().run()
    app.segmented_control(key="roles.shown").set_value("all").run()
    assert not app.exception
    assert "Night shift" in app.dataframe[0].value.columns


def _rows(store: Store):
    with store.viewing(SYSTEM) as view:
        return roles(view)


def test_rows_are_limited_and_what_somebody_sees_is_explained(store: Store) -> None:
    app = open_app(store, Role.ADMINISTRATOR, "admin/roles")
    sales = next(row for row in _rows(store) if row.code == Role.SALES)
    app.selectbox(key="roles.role").set_value(sales.id).run()
    app.radio(key=f"roles.{sales.id}.{sales.version}.customers").set_value("own").run()
    assert "sees: Own customers" in " ".join(each.value for each in app.markdown)
    app.button(key=f"roles.{sales.id}.save").click().run()
    assert next(row for row in _rows(store) if row.code == Role.SALES).customers == "own"

    app.segmented_control(key="roles.shown").set_value("why").run()
    assert not app.exception
    assert "All customers" in " ".join(each.value for each in app.markdown)
    assert [each.value for each in app.warning]

    app.segmented_control(key="roles.shown").set_value("people").run()
    me = app.selectbox(key="roles.who").value
    app.text_input(key=f"roles.team.{me}").set_value("North")
    app.button(key=f"roles.place.{me}").click().run()
    assert not app.exception
    assert app.text_input(key=f"roles.team.{me}").value == "North"
