"""The table in which the policies of the nine classes are typed."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.stock.cover.policies import Cell, ClassPolicy
from pages._shared.forms import quantity_typed, share_typed
from pages._shared.tables import quantity_column, text_column
from pages._shared.text import _


def class_editor(classes: Mapping[Cell, ClassPolicy]) -> pd.DataFrame:
    """One line for each class."""
    frame = pd.DataFrame(
        {
            "class": [f"{abc}{xyz}".upper() for abc, xyz in classes],
            "level": [float(each.service_level * 100) for each in classes.values()],
            "review": [each.review_days for each in classes.values()],
            "weeks": pd.array(
                [None if each.weeks is None else float(each.weeks) for each in classes.values()], dtype="Float64"
            ),
        }
    )
    return st.data_editor(
        frame,
        key=f"cover.classes.{hash(tuple(classes.values()))}",
        hide_index=True,
        placeholder="",
        num_rows="fixed",
        disabled=["class"],
        column_config={
            "class": text_column(_("Class"), width=70, pinned=True),
            "level": quantity_column(_("Service level, %"), 1, min_value=1, max_value=99.99, step=0.1, required=True),
            "review": quantity_column(_("Looked at every (days)"), min_value=1, max_value=365, step=1, required=True),
            "weeks": quantity_column(_("Weeks of cover"), 1, min_value=0.5, max_value=520, step=0.5),
        },
    )


def read_classes(typed: pd.DataFrame, classes: Mapping[Cell, ClassPolicy]) -> dict[Cell, ClassPolicy | None]:
    """The lines that were changed."""
    found: dict[Cell, ClassPolicy | None] = {}
    for (cell, known), (_place, row) in zip(classes.items(), typed.iterrows(), strict=True):
        weeks = None if pd.isna(row["weeks"]) else quantity_typed(row["weeks"])
        policy = ClassPolicy(share_typed(row["level"]), int(row["review"]), weeks)
        if (policy.service_level, policy.review_days, policy.weeks) != (
            known.service_level,
            known.review_days,
            known.weeks,
        ):
            found[cell] = policy
    return found
