"""All screens, declared: their place in the menu and the permission that opens them."""

from dataclasses import dataclass

from core.base.i18n import N_
from core.security.permissions import P


@dataclass(frozen=True)
class Screen:
    """One screen. `path` is its script below `pages/` without `.py`; None as permission: everybody signed in.

    A hidden screen is reached by links only. Screens follow each other in the menu as they stand here.
    """

    path: str
    title: str
    icon: str
    permission: P | None
    section: str
    hidden: bool = False
    url: str = ""

    @property
    def script(self) -> str:
        """The script, as Streamlit names it."""
        return f"{self.path}.py"

    @property
    def url_path(self) -> str:
        """The word in the address."""
        return self.url or self.path.rsplit("/", 1)[-1].replace("_", "-")


# Stands above all sections, without a heading.
START = ""
SALES = N_("Sales")
MONEY = N_("Money")
STOCK = N_("Stock")
REPORTS = N_("Reports")
ADMINISTRATION = N_("Administration")

SCREENS: tuple[Screen, ...] = (
    Screen("home/home", N_("Home"), ":material/home:", None, START),
    Screen("home/notices", N_("Notices"), ":material/notifications:", None, START),
    Screen("sales/new_order", N_("New order"), ":material/add_shopping_cart:", P.ORDER_EDIT, SALES),
    Screen("sales/orders", N_("Orders"), ":material/receipt_long:", P.ORDER_READ, SALES),
    Screen("sales/order", N_("Order"), ":material/receipt:", P.ORDER_READ, SALES, hidden=True),
    Screen("sales/shipment", N_("Shipment"), ":material/local_shipping:", P.ORDER_READ, SALES, hidden=True),
    Screen("sales/returns", N_("Returns"), ":material/assignment_return:", P.ORDER_READ, SALES),
    Screen(
        "sales/take_back", N_("Return"), ":material/assignment_return:", P.ORDER_READ, SALES, hidden=True, url="return"
    ),
    Screen("sales/import_orders", N_("Import orders"), ":material/upload_file:", P.ORDER_IMPORT, SALES),
    Screen("customers/customers", N_("Customers"), ":material/storefront:", P.CUSTOMER_READ, SALES),
    Screen("customers/customer", N_("Customer"), ":material/storefront:", P.CUSTOMER_READ, SALES, hidden=True),
    Screen("customers/calls", N_("Follow-up"), ":material/call:", P.CARE_HANDLE, SALES),
    Screen("customers/grades", N_("Grades"), ":material/military_tech:", P.CUSTOMER_READ, SALES, hidden=True),
    Screen("catalog/products", N_("Products"), ":material/inventory_2:", P.PRODUCT_READ, SALES),
    Screen("catalog/product", N_("Product"), ":material/inventory_2:", P.PRODUCT_READ, SALES, hidden=True),
    Screen("catalog/categories", N_("Categories"), ":material/account_tree:", P.PRODUCT_EDIT, SALES, hidden=True),
    Screen("pricing/price_lists", N_("Price lists"), ":material/sell:", P.PRICE_EDIT, SALES),
    Screen("pricing/price_list", N_("Price list"), ":material/sell:", P.PRICE_EDIT, SALES, hidden=True),
    Screen("pricing/promotions", N_("Promotions"), ":material/redeem:", P.PROMOTION_EDIT, SALES),
    Screen("pricing/promotion", N_("Promotion"), ":material/redeem:", P.PROMOTION_EDIT, SALES, hidden=True),
    Screen("receivables/payments", N_("Payments"), ":material/payments:", P.PAYMENT_READ, MONEY),
    Screen("receivables/payment", N_("Payment"), ":material/payments:", P.PAYMENT_READ, MONEY, hidden=True),
    Screen("receivables/statements", N_("Statements"), ":material/request_quote:", P.PAYMENT_READ, MONEY),
    Screen("receivables/statement", N_("Statement"), ":material/request_quote:", P.PAYMENT_READ, MONEY, hidden=True),
    Screen("receivables/ageing", N_("Ageing"), ":material/hourglass_top:", P.PAYMENT_READ, MONEY),
    Screen("receivables/reminders", N_("Reminders"), ":material/notification_important:", P.PAYMENT_READ, MONEY),
    Screen("stock/levels", N_("Stock"), ":material/warehouse:", P.STOCK_READ, STOCK),
    Screen("stock/card", N_("Stock card"), ":material/history:", P.STOCK_READ, STOCK, hidden=True, url="stock-card"),
    Screen("stock/lots", N_("Lots"), ":material/qr_code_2:", P.STOCK_READ, STOCK),
    Screen("stock/lot", N_("Lot"), ":material/qr_code_2:", P.STOCK_READ, STOCK, hidden=True),
    Screen("stock/movements", N_("Receive and issue"), ":material/swap_horiz:", P.STOCK_MOVE, STOCK),
    Screen("stock/counts", N_("Stocktakes"), ":material/checklist:", P.COUNT_READ, STOCK),
    Screen("stock/count", N_("Stocktake"), ":material/checklist:", P.COUNT_READ, STOCK, hidden=True),
    Screen("stock/count_sheet", N_("Count sheet"), ":material/barcode_scanner:", P.COUNT_ENTER, STOCK, hidden=True),
    Screen("stock/document", N_("Stock document"), ":material/description:", P.STOCK_READ, STOCK, hidden=True),
    Screen("stock/transfers", N_("Transfers"), ":material/local_shipping:", P.STOCK_READ, STOCK),
    Screen("stock/transfer", N_("Transfer"), ":material/local_shipping:", P.STOCK_READ, STOCK, hidden=True),
    Screen("stock/clearing", N_("Goods to clear"), ":material/sell:", P.STOCK_READ, STOCK),
    Screen("suppliers/suppliers", N_("Suppliers"), ":material/factory:", P.SUPPLIER_READ, STOCK),
    Screen("stock/value", N_("Stock value"), ":material/account_balance:", P.COST_READ, STOCK, url="stock-value"),
    Screen("stock/product_cost", N_("Cost of a product"), ":material/price_change:", P.COST_READ, STOCK, hidden=True),
    Screen("stock/cost_changes", N_("Cost changes"), ":material/currency_exchange:", P.COST_READ, STOCK),
    Screen("stock/cost_methods", N_("Cost methods"), ":material/rule:", P.COST_READ, STOCK, hidden=True),
    Screen("stock/periods", N_("Close the books"), ":material/lock:", P.PERIOD_CLOSE, STOCK),
    Screen("stock/warehouses", N_("Warehouses"), ":material/home_work:", P.WAREHOUSE_EDIT, STOCK),
    Screen("stock/places", N_("Places"), ":material/account_tree:", P.WAREHOUSE_EDIT, STOCK, hidden=True),
    Screen("stock/rules", N_("Stock rules"), ":material/rule:", P.STOCK_POLICY, STOCK),
    Screen("reports/sales", N_("Sales dashboard"), ":material/monitoring:", P.SALES_ANALYSE, REPORTS, url="dashboard"),
    Screen(
        "reports/products",
        N_("Product analysis"),
        ":material/category:",
        P.SALES_ANALYSE,
        REPORTS,
        url="product-analysis",
    ),
    Screen(
        "reports/customers",
        N_("Customer analytics"),
        ":material/groups:",
        P.SALES_ANALYSE,
        REPORTS,
        url="customer-analytics",
    ),
    Screen("reports/team", N_("Team"), ":material/leaderboard:", P.SALES_ANALYSE, REPORTS),
    Screen("reports/alerts", N_("Alerts"), ":material/notifications:", P.SALES_ANALYSE, REPORTS),
    Screen("reports/targets", N_("Targets"), ":material/flag:", P.TARGET_PLAN, REPORTS, hidden=True),
    Screen(
        "reports/stock",
        N_("Stock analysis"),
        ":material/inventory:",
        P.SALES_ANALYSE,
        REPORTS,
        url="stock-analysis",
    ),
    Screen("reports/explorer", N_("Explorer"), ":material/explore:", P.SALES_ANALYSE, REPORTS),
    Screen("reports/balancing", N_("Even out stock"), ":material/balance:", P.SALES_ANALYSE, REPORTS, hidden=True),
    Screen("reports/cover", N_("Weeks of cover"), ":material/date_range:", P.STOCK_POLICY, REPORTS, hidden=True),
    Screen("admin/users", N_("Users"), ":material/group:", P.USER_EDIT, ADMINISTRATION),
    Screen("admin/roles", N_("Roles"), ":material/admin_panel_settings:", P.USER_EDIT, ADMINISTRATION),
    Screen("admin/fields", N_("Custom fields"), ":material/edit_attributes:", P.SYSTEM_OPERATE, ADMINISTRATION),
    Screen("admin/trail", N_("Audit trail"), ":material/policy:", P.AUDIT_READ, ADMINISTRATION, url="audit"),
    Screen("admin/health", N_("Health"), ":material/health_and_safety:", P.SYSTEM_OPERATE, ADMINISTRATION),
    Screen("admin/monitoring", N_("Monitoring"), ":material/monitoring:", P.SYSTEM_OPERATE, ADMINISTRATION),
    Screen("admin/backups", N_("Backups"), ":material/backup:", P.SYSTEM_OPERATE, ADMINISTRATION),
    Screen("admin/channels", N_("Notice channels"), ":material/forward_to_inbox:", P.SYSTEM_OPERATE, ADMINISTRATION),
    Screen("admin/account", N_("My account"), ":material/account_circle:", None, ADMINISTRATION, hidden=True),
    Screen("home/preferences", N_("My preferences"), ":material/tune:", None, ADMINISTRATION, hidden=True),
    Screen("home/guide", N_("Guide"), ":material/help:", None, ADMINISTRATION),
)


def screen_of(path: str) -> Screen:
    """The screen with this path; `LookupError` where none is declared."""
    for screen in SCREENS:
        if screen.path == path:
            return screen
    raise LookupError(f"{path} is not declared in SCREENS")
