"""Alert rules, each evaluation of one, and the alerts that were raised."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from core.analytics.layer.dimensions import Grain
from core.base.i18n import N_
from core.db.model import Base
from core.db.types import Amount, Exact, Id, Moment, Word

FIGURE_PLACES = 4
Figure = Annotated[Decimal, mapped_column(Exact(FIGURE_PLACES))]


class Condition(StrEnum):
    """When a figure is worth an alert."""

    THRESHOLD = "threshold"
    CHANGE = "change"
    UNUSUAL = "unusual"


class Direction(StrEnum):
    """On which side."""

    ABOVE = "above"
    BELOW = "below"
    EITHER = "either"


class AlertState(StrEnum):
    """Where an alert stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class Outcome(StrEnum):
    """What came of an evaluation."""

    DONE = "done"
    SNOOZED = "snoozed"
    REFUSED = "refused"


CONDITION_LABELS = {
    Condition.THRESHOLD: N_("Threshold"),
    Condition.CHANGE: N_("Change over time"),
    Condition.UNUSUAL: N_("Unusual"),
}


class AlertRule(Base):
    """What is watched, for whom, and what to do then.

    `revision` grows when what is watched changes: the newest period is then evaluated again. Nothing that was over
    before `evaluate_from` is evaluated, so that a rule that rested does not raise what passed meanwhile. `more` are
    conditions beside the first; all of them must hold or, where `is_any`, one.
    """

    __tablename__ = "alert_rule"
    __table_args__ = (
        CheckConstraint("minimum_effect >= 0", name="effect_not_negative"),
        CheckConstraint("budget > 0", name="budget_positive"),
        CheckConstraint("(condition = 'change') = (compare IS NOT NULL)", name="compare_of_change"),
    )

    id: Mapped[Id]
    name: Mapped[str] = mapped_column(String(80))
    measure: Mapped[str] = mapped_column(String(40))
    by: Mapped[str] = mapped_column("dimension", String(40), default="")
    kept: Mapped[dict[str, Any]] = mapped_column(JSON)
    left_out: Mapped[dict[str, Any]] = mapped_column(JSON)
    grain: Mapped[Grain] = mapped_column(Word(Grain))
    condition: Mapped[Condition] = mapped_column(Word(Condition))
    direction: Mapped[Direction] = mapped_column(Word(Direction))
    bound: Mapped[Figure]
    is_part: Mapped[bool] = mapped_column(default=False)
    compare: Mapped[str | None] = mapped_column(String(24))
    more: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON(none_as_null=True))
    is_any: Mapped[bool] = mapped_column(default=False, server_default=false())
    minimum_effect: Mapped[Amount] = mapped_column(default=Decimal(0))
    budget: Mapped[int] = mapped_column(default=4)
    owner_id: Mapped[int] = mapped_column(ForeignKey("app_user.id"), index=True)
    runbook: Mapped[str] = mapped_column(String(1000), default="")
    snoozed_until: Mapped[date | None]
    paused_at: Mapped[Moment | None]
    removed_at: Mapped[Moment | None]
    evaluate_from: Mapped[date]
    revision: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[Moment]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class AlertEvaluation(Base):
    """One period looked at by one rule, once. `refusal` says why it could not be."""

    __tablename__ = "alert_evaluation"
    __table_args__ = (UniqueConstraint("rule_id", "revision", "period"),)

    id: Mapped[Id]
    rule_id: Mapped[int] = mapped_column(ForeignKey("alert_rule.id"))
    revision: Mapped[int]
    period: Mapped[date]
    at: Mapped[Moment]
    outcome: Mapped[Outcome] = mapped_column(Word(Outcome))
    values_seen: Mapped[int]
    raised: Mapped[int]
    refusal: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class Alert(Base):
    """A figure of one period and value that was out of bounds, with the periods in which it stayed so.

    Its figures are those of `last_period`; `effect` is in money over all of its periods. `is_of_rep` says that it
    is about what people sold, and `sales_rep_id` about whom, where it is one. `root_id` is the alert that it follows
    from: the whole whose part it is, or the part that makes up most of it.
    """

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("rule_id", "grain", "period", "value_key"),
        Index(None, "state", "effect"),
        Index(None, "rule_id", "last_period"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed"),
        CheckConstraint("period <= last_period", name="periods_in_order"),
    )

    id: Mapped[Id]
    rule_id: Mapped[int] = mapped_column(ForeignKey("alert_rule.id"))
    grain: Mapped[Grain] = mapped_column(Word(Grain))
    period: Mapped[date]
    last_period: Mapped[date]
    periods: Mapped[int] = mapped_column(default=1)
    measure: Mapped[str] = mapped_column(String(40))
    by: Mapped[str] = mapped_column("dimension", String(40), default="")
    value_key: Mapped[str] = mapped_column(String(80), default="")
    value_name: Mapped[str] = mapped_column(String(200), default="")
    figure: Mapped[Figure]
    expected: Mapped[Figure]
    low: Mapped[Figure | None]
    high: Mapped[Figure | None]
    effect: Mapped[Amount | None]
    evidence: Mapped[str] = mapped_column(Text)
    is_of_rep: Mapped[bool] = mapped_column(default=False)
    sales_rep_id: Mapped[int | None]
    root_id: Mapped[int | None] = mapped_column(ForeignKey("alert.id"), index=True)
    raised_at: Mapped[Moment]
    state: Mapped[AlertState] = mapped_column(Word(AlertState), default=AlertState.OPEN)
    seen_at: Mapped[Moment | None]
    seen_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    closed_at: Mapped[Moment | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
    is_useful: Mapped[bool | None]
    judged_by: Mapped[int | None] = mapped_column(ForeignKey("app_user.id"))
