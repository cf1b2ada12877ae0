"""Where a warehouse is: the fields of its form, and the address in one line."""

import streamlit as st

from core.base.towns import lies_in
from core.stock.queries import WarehouseRow
from core.stock.service import ADDRESS
from pages._shared.formats import language
from pages._shared.text import _


def address_fields(key: str, house: WarehouseRow | None) -> dict[str, str]:
    """Province, city and street as typed, in Chinese or English; below, which place is understood."""
    typed = {}
    with st.container(horizontal=True):
        for part, (label, length) in ADDRESS.items():
            typed[part] = st.text_input(
                _(label),
                value=getattr(house, part) if house else "",
                max_chars=length,
                key=f"{key}.{part}",
                width="stretch" if part == "street" else 150,
            )
    if house is not None and any(getattr(house, part) for part in ADDRESS):
        town = town_of(house)
        if town:
            st.caption(":material/distance: " + _("Understood as {town}.").format(town=town))
        else:
            st.caption(":material/wrong_location: " + _("No city or province is understood, so no distance is known."))
    return typed


def town_of(house: WarehouseRow) -> str:
    """The city or province where a warehouse is, in the language of the screen; empty where none is understood."""
    town = lies_in(house.province, house.city, house.street)
    if town is None:
        return ""
    return town.name if language() == "zh_CN" else town.name_en


def address_of(house: WarehouseRow) -> str:
    """In one line, the large before the small in Chinese, the small before the large in English."""
    parts = [part for part in dict.fromkeys((house.province, house.city, house.street)) if part]
    return "".join(parts) if language() == "zh_CN" else ", ".join(reversed(parts))
