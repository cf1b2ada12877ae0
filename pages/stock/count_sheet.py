"""The count sheet: one line to type or scan into, what one counted, and what is left; made for a phone."""

from decimal import Decimal
from functools import partial

import streamlit as st

from core.stock.counts.enter import enter_counts
from core.stock.counts.models import CountState
from core.stock.counts.queries import SheetRow, my_counts, sheet_lines, stock_count_card
from pages._shared.formats import quantity
from pages._shared.forms import quantity_typed
from pages._shared.records import asked_card
from pages._shared.screen import act_in_callback, link, open_screen, reading, show_messages
from pages._shared.tables import nothing_here, quantity_column, quantity_places, text_column
from pages._shared.text import _
from pages._shared.typeline import typeline
from pages.stock._count_entry import EDITION, LINE, QUESTION, candidates, redraw, take_entry, take_photo
from pages.stock._names import row_height

LEFT_SHOWN = 50

open_screen(__file__, titled=False)

with reading() as view:
    asked = asked_card(view, stock_count_card, _("Count sheet"))
if asked is None:
    link("stock/counts")
    nothing_here(_("Choose a stocktake from the list."))
    st.stop()
count_id = asked.id


def keep(key: str, goods: list[tuple[int, int | None]]) -> None:
    """Callback: a quantity changed in the table takes the place of the one before; an emptied one is not counted."""
    changed: dict[int, Decimal | None] = {}
    lots: dict[int, Decimal | None] = {}
    for place, cells in st.session_state[key]["edited_rows"].items():
        if "counted" in cells:
            typed = cells["counted"]
            variant_id, lot_id = goods[int(place)]
            quantity = None if typed is None else quantity_typed(typed)
            if lot_id is None:
                changed[variant_id] = quantity
            else:
                lots[lot_id] = quantity
    if changed or lots:
        act_in_callback(enter_counts, count_id, changed, lots=lots)
    redraw()


def _show_left(left: list[SheetRow]) -> None:
    """What is left to count. With lots, quantities are entered in it: a lot cannot be typed above."""
    key = f"count_sheet.left.{st.session_state.get(EDITION, 0)}"
    has_lots = any(row.lot_id is not None for row in left)
    columns: dict[str, list[str] | list[float | None]] = {"sku": [row.sku for row in left]}
    if has_lots:
        columns |= {"lot": [row.lot for row in left], "counted": [None] * len(left)}
    columns |= {
        "name": [row.name for row in left],
        "again": [_("Recount") if row.round > 1 else "" for row in left],
        "unit": [row.unit for row in left],
    }
    looks = {
        "hide_index": True,
        "height": "content" if len(left) < 12 else 420,
        "row_height": row_height([row.name for row in left]),
        "column_config": {
            "sku": text_column(_("Code"), width=70),
            "lot": text_column(_("Lot"), width=90),
            "counted": quantity_column(_("Counted"), 3, width=76, min_value=0.0, step=0.001),
            "name": text_column(_("Product name"), width=150),
            "again": text_column(_("Round"), width=60),
            "unit": text_column(_("Unit"), width=44),
        },
    }
    if not has_lots:
        st.dataframe(columns, key="count_sheet.left", **looks)
        return
    goods = [(row.variant_id, row.lot_id) for row in left]
    still = [name for name in columns if name != "counted"]
    st.data_editor(columns, key=key, num_rows="fixed", disabled=still, on_change=keep, args=(key, goods), **looks)


@st.fragment(key="count_sheet.sheet")
def show_sheet() -> None:
    """The line, one's own counts, and what is left to count."""
    show_messages()
    with reading() as view:
        count = stock_count_card(view, count_id)
        mine = my_counts(view, count_id)
        left = sheet_lines(view, count_id, limit=LEFT_SHOWN)
    link("stock/count", f"{count.number} · {count.warehouse}", id=count_id)
    if count.state is not CountState.OPEN:
        nothing_here(_("This stocktake is not being counted any more."))
        return
    typeline(
        LINE,
        label=_("What did you count?"),
        placeholder=_("Code, pinyin or barcode × quantity"),
        hint="",
        suggest=candidates,
        take=partial(take_entry, count_id),
        question=st.session_state.get(QUESTION),
    )
    with st.expander(
        _("Scan with the camera"), icon=":material/photo_camera:", key="count_sheet.camera", on_change="rerun"
    ) as camera:
        if camera.open:
            photo = "count_sheet.photo"
            st.camera_input(
                _("Take a photo of one or more codes"),
                key=photo,
                width=480,
                on_change=take_photo,
                args=(count_id, photo),
            )
            st.caption(_("Each code of a product, a lot, a serial number or a line of the printed sheet counts one."))
    done = _("{counted} of {lines} lines counted").format(counted=quantity(count.counted), lines=quantity(count.lines))
    st.progress(count.counted / count.lines if count.lines else 0.0, done)
    if mine:
        key = f"count_sheet.mine.{st.session_state.get(EDITION, 0)}"
        st.markdown("**" + _("Counted by me") + "**")
        st.data_editor(
            {
                "sku": [row.sku for row in mine],
                **({"lot": [row.lot for row in mine]} if any(row.lot for row in mine) else {}),
                "counted": [float(row.counted or 0) for row in mine],
                "unit": [row.unit for row in mine],
                "name": [row.name for row in mine],
            },
            key=key,
            hide_index=True,
            num_rows="fixed",
            row_height=row_height([row.name for row in mine]),
            disabled=["sku", "lot", "name", "unit"],
            on_change=keep,
            args=(key, [(row.variant_id, row.lot_id) for row in mine]),
            column_config={
                "sku": text_column(_("Code"), width=70),
                "lot": text_column(_("Lot"), width=90),
                "counted": quantity_column(
                    _("Counted"),
                    quantity_places([row.counted for row in mine]),
                    width=76,
                    min_value=0.0,
                    step=0.001,
                    help=_("Empty it where you did not count after all. 0 says that none is left."),
                ),
                "unit": text_column(_("Unit"), width=44),
                "name": text_column(_("Product name"), width=140),
            },
        )
    else:
        st.caption(_("Type “PEN01*12” and press Enter, or scan; scanning again adds one. 0 says that none is left."))
    if left:
        st.markdown("**" + _("Left to count") + "**")
        _show_left(left)
        if len(left) == LEFT_SHOWN:
            st.caption(_("The first {count} are shown.").format(count=LEFT_SHOWN))
    else:
        st.success(_("Nothing is left for you to count."))


show_sheet()
