"""The user guide: shown to everybody in their language, and true to the screens and to the permission table."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.base.i18n import LANGUAGES, SOURCE_LANGUAGE, use_language
from core.base.i18n import _ as translated
from core.locale.update import messages_by_room, read_catalogue
from core.security.permissions import ROLE_LABELS, ROLE_PERMISSIONS, P, Role
from core.work.store import Store
from tests.pages.app import open_app

GUIDES = Path(__file__).parent.parent.parent / "docs" / "guide"
# What each row of the table of roles means, in its order.
ROWS: tuple[set[P], ...] = (
    {P.PRODUCT_READ, P.STOCK_READ},
    {P.COST_READ},
    {P.PRODUCT_EDIT},
    {P.CUSTOMER_READ},
    {P.CUSTOMER_EDIT},
    {P.CUSTOMER_REVEAL},
    {P.ORDER_READ},
    {P.RECALL_CONTACT},
    {P.ORDER_EDIT},
    {P.ORDER_CONFIRM},
    {P.ORDER_CANCEL},
    {P.PRICE_OVERRIDE},
    {P.PRICE_EDIT},
    {P.PROMOTION_EDIT},
    {P.RETURN_REQUEST},
    {P.ORDER_CONFIRM},
    {P.RETURN_RECEIVE},
    {P.CLAIM_ACCEPT},
    {P.GOODWILL_GIVE},
    {P.PAYMENT_RECORD},
    {P.RETURN_REASONS},
    {P.ORDER_SHIP},
    {P.PAYMENT_READ},
    {P.PAYMENT_RECORD},
    {P.STATEMENT_EDIT},
    {P.CREDIT_EDIT, P.CREDIT_APPROVE},
    {P.STOCK_MOVE},
    {P.LOT_EDIT},
    {P.LOT_SHIP_EXPIRED, P.STOCK_POLICY},
    {P.COUNT_READ},
    {P.COUNT_PLAN},
    {P.COUNT_ENTER},
    {P.COUNT_APPROVE},
    {P.SUPPLIER_READ},
    {P.SUPPLIER_EDIT},
    {P.COST_EDIT, P.PERIOD_CLOSE},
    {P.WAREHOUSE_EDIT},
    {P.ORDER_IMPORT},
    {P.SALES_ANALYSE},
    {P.ALERT_MANAGE},
    {P.SALES_EXPORT},
    {P.CARE_PLAN},
    {P.CARE_HANDLE},
    {P.CUSTOMER_GRADE},
    {P.TEAM_READ},
    {P.TARGET_PLAN},
    {P.VIEW_PUBLISH},
    {P.USER_EDIT},
    {P.SYSTEM_OPERATE},
)
# These are no row of the table: signing in, one's own account, the audit trail.
ELSEWHERE = {P.SIGN_IN, P.STATEMENT_ANSWER, P.ACCOUNT_OWN, P.AUDIT_READ}


def guide(language: str) -> str:
    return (GUIDES / f"{language.partition('_')[0]}.md").read_text(encoding="utf-8")


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.strip("|").split("|")]


def shown(app: AppTest) -> str:
    return "\n".join(each.value for each in app.markdown)


def words_on_screen(language: str) -> set[str]:
    """Every text that the screens can show in this language."""
    texts: set[str] = set()
    for room, messages in messages_by_room().items():
        if language == SOURCE_LANGUAGE:
            found = [form for message in messages for form in ([message] if isinstance(message, str) else message)]
        else:
            strings = [message.string for message in read_catalogue(language, room)]
            found = [form for string in strings for form in ([string] if isinstance(string, str) else string)]
        texts.update(found)
    return texts


@pytest.mark.parametrize("role", Role)
def test_everybody_can_read_the_guide(store: Store, role: Role) -> None:
    app = open_app(store, role, "home/guide")
    assert not app.exception
    assert [title.value for title in app.title] == ["Guide"]
    assert [head.value for head in app.subheader] == re.findall(r"^## (.+)$", guide("en"), re.MULTILINE)


def test_the_guide_is_shown_in_the_language_of_the_session(store: Store) -> None:
    app = open_app(store, Role.SALES, "home/guide", language="zh_CN")
    assert not app.exception
    assert [head.value for head in app.subheader] == re.findall(r"^## (.+)$", guide("zh_CN"), re.MULTILINE)
    assert "**目录**" in shown(app)


def test_the_contents_lead_to_every_chapter(store: Store) -> None:
    app = open_app(store, Role.SALES, "home/guide")
    linked = re.findall(r"^\d+\. \[(.+)\]\(#(chapter-\d+)\)$", shown(app), re.MULTILINE)
    assert linked == [(head.value, head.proto.anchor) for head in app.subheader]


def test_both_guides_have_the_same_chapters_tables_and_steps() -> None:
    signs = [[re.sub(r"[^#|].*", "", line)[:2] for line in guide(language).splitlines()] for language in LANGUAGES]
    assert signs[0] == signs[1]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_guide_prints_in_bold_stands_on_a_screen(language: str) -> None:
    bold = re.findall(r"\*\*(.+?)\*\*", guide(language))
    known = words_on_screen(language)
    assert [words for words in bold if words not in known] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_table_of_roles_says_what_the_permissions_say(language: str) -> None:
    use_language(language)
    roles = [translated(ROLE_LABELS[role]) for role in Role]
    lines = guide(language).splitlines()
    head = next(place for place, line in enumerate(lines) if cells(line)[1:] == roles)
    table = [cells(line)[1:] for line in lines[head + 2 : head + 2 + len(ROWS)]]
    assert table == [["✓" if row <= ROLE_PERMISSIONS[role] else "" for role in Role] for row in ROWS]
    assert not lines[head + 2 + len(ROWS)].strip()


def test_the_table_of_roles_leaves_no_permission_out() -> None:
    assert set().union(*ROWS) == set(P) - ELSEWHERE
