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
