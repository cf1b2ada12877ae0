"""A rule being set: what is watched, when it speaks, what to do then, and how it would have done in the past year."""

from collections.abc import Sequence
from decimal import Decimal

import streamlit as st

from core.analytics.alerts.looking import BY_NAME, watchable
from core.analytics.alerts.models import Condition, Direction
from core.analytics.alerts.queries import RuleRow, alert_owners, alert_rule
from core.analytics.alerts.rules import Labels, Watched
from core.analytics.alerts.service import GRAINS, RuleEntry, save_alert_rule
from core.analytics.layer.answer import answer
from core.analytics.layer.ask import Ask
from core.analytics.layer.dimensions import DIMENSIONS, Grain
from core.analytics.layer.measures import MEASURES
from core.base.exact import AMOUNT_PLACES, round_to
from core.security.actor import Actor
from core.security.permissions import P
from pages._shared.formats import symbol
from pages._shared.mirror import mirror
from pages._shared.screen import act, form_key, reading
from pages._shared.text import _
from pages.reports._alerts_conditions import choose_condition, choose_more
from pages.reports._alerts_trial import show_trial
from pages.reports._alerts_way import go, way
from pages.reports._alerts_words import GRAIN_LABELS, rule_told, value_name

MOST_OFFERED = 200
NEW = Watched("net_sales", Grain.DAY, Condition.UNUSUAL, Direction.BELOW, Decimal("3.5"))


def show_form(actor: Actor, rule_id: int | None) -> None:
    """The form and, beside it, the rule on the past twelve months."""
    way(_("All rules"), "alerts.rules", "arrow_back", view="rules")
    if not mirror().is_ready:
        _wait()
        return
    with reading() as view:
        row = None if rule_id is None else alert_rule(view, rule_id)
    key = f"alerts.form.{'new' if row is None else f'{row.id}.{row.version}'}"
    first, second = st.columns([2, 3], gap="medium")
    with first:
        watched = _watched(actor, key, NEW if row is None else row.watched)
        entry = _entry(actor, key, row, watched)
        is_pressed = st.button(_("Save rule"), type="primary", key=f"{key}.save", icon=":material/check:")
    if is_pressed:
        made = act(
            save_alert_rule,
            entry,
            rule_id=rule_id,
            version=None if row is None else row.version,
            key=form_key(key),
            done=_("The rule is saved. It looks at the newest period within a minute."),
            rerun=False,
        )
        if made is not None:
            go(view="rules")
    with second:
        show_trial(actor, watched, key)


@st.fragment(run_every=1.0)
def _wait() -> None:
    """Until there are figures to try a rule on."""
    if mirror().is_ready:
        st.rerun()
    st.info(_("The figures are being prepared. They appear here in a moment."), icon=":material/hourglass_top:")


def _watched(actor: Actor, key: str, now: Watched) -> Watched:
    mine = [name for name, measure in MEASURES.items() if measure.permissions <= actor.permissions]
    measure = st.selectbox(
        _("Figure"),
        mine,
        index=mine.index(now.measure),
        format_func=lambda name: _(MEASURES[name].label),
        key=f"{key}.measure",
    )
    st.caption(_(MEASURES[measure].sentence))
    offered = ["", *watchable(measure)]
    by = st.selectbox(
        _("For each"),
        offered,
        index=offered.index(now.by) if now.by in offered else 0,
        format_func=lambda name: _(DIMENSIONS[name].label) if name else _("The whole company"),
        key=f"{key}.by.{measure}",
    )
    grain = st.segmented_control(
        _("Evaluated"),
        GRAINS,
        default=now.grain,
        required=True,
        format_func=lambda each: _(GRAIN_LABELS[each]),
        key=f"{key}.grain",
    )
    first = choose_condition(key, now, measure, grain)
    more, is_any = choose_more(actor, key, now, by, grain)
    least = st.number_input(
        _("Minimum effect in money, {sign}").format(sign=symbol()),
        min_value=0.0,
        max_value=1e12,
        step=100.0,
        value=float(now.minimum_effect),
        key=f"{key}.least",
        help=_(
            "How far a figure is from what was expected, in money: money is itself; a rate is a part of the net sales "
            "of its period; of anything else one is worth the net sales that went with one in the weeks before."
        ),
    )
    kept, left_out = _filters(actor, key, now, measure)
    return Watched(
        measure=measure,
        grain=grain,
        condition=first.condition,
        direction=first.direction,
        bound=first.bound,
        by=by,
        kept=kept,
        left_out=left_out,
        is_part=first.is_part,
        compare=first.compare,
        minimum_effect=round_to(Decimal(str(least)), AMOUNT_PLACES),
        more=more,
        is_any=is_any,
    )


def _filters(actor: Actor, key: str, now: Watched, measure: str) -> tuple[Labels, Labels]:
    offered = watchable(measure)
    named = [name for name in (*now.kept, *now.left_out) if name in offered]
    chosen = st.multiselect(
        _("Only a part of it"),
        offered,
        default=named,
        format_func=lambda name: _(DIMENSIONS[name].label),
        key=f"{key}.filters.{measure}",
        placeholder=_("All of it"),
    )
    kept: dict[str, tuple[str, ...]] = {}
    left_out: dict[str, tuple[str, ...]] = {}
    for name in chosen:
        before = now.kept.get(name, now.left_out.get(name, ()))
        values = _values(actor, name, before)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            picked = st.multiselect(
                _(DIMENSIONS[name].label),
                list(values),
                default=list(before),
                format_func=lambda label, values=values: values[label],
                key=f"{key}.values.{name}",
                placeholder=_("Choose"),
            )
            is_out = st.toggle(_("All but these"), value=name in now.left_out, key=f"{key}.out.{name}")
        if picked:
            (left_out if is_out else kept)[name] = tuple(picked)
    return kept, left_out


def _values(actor: Actor, dimension: str, also: Sequence[str]) -> dict[str, str]:
    """What can be picked of a dimension, by what it is called: what sold most, and what was picked before."""
    measure = "net_sales" if dimension in watchable("net_sales") else "on_hand"
    told = answer(mirror(), actor, Ask((measure,), (dimension,), top=MOST_OFFERED))
    found = {
        str(row[0] or "") if dimension in BY_NAME else str(key[0]): value_name(dimension, str(row[0] or ""))
        for key, row in zip(told.keys, told.rows, strict=True)
    }
    return found | {label: label for label in also if label not in found}


def _entry(actor: Actor, key: str, row: RuleRow | None, watched: Watched) -> RuleEntry:
    name = st.text_input(
        _("Name of the rule"),
        value="" if row is None else row.name,
        max_chars=80,
        key=f"{key}.name",
        placeholder=_short(watched),
    )
    runbook = st.text_area(
        _("What to do"),
        value="" if row is None else row.runbook,
        max_chars=1000,
        height=90,
        key=f"{key}.runbook",
        placeholder=_("Whom to call, what to look at first"),
    )
    budget = st.number_input(
        _("Alerts a month"),
        min_value=1,
        max_value=1000,
        value=4 if row is None else row.budget,
        key=f"{key}.budget",
        help=_("A rule that raises more in 30 days is proposed a higher minimum effect."),
    )
    owner_id = None
    if actor.may(P.ALERT_MANAGE):
        with reading() as view:
            names = {each.id: each.name for each in alert_owners(view)}
        ids = list(names)
        now = actor.id if row is None else row.owner_id
        owner_id = st.selectbox(
            _("Owner"),
            ids,
            index=ids.index(now) if now in names else None,
            format_func=lambda each: names[each],
            key=f"{key}.owner",
            help=_("The rule sees what its owner may see."),
        )
    return RuleEntry(name or _short(watched), watched, runbook, int(budget), owner_id)


def _short(watched: Watched) -> str:
    """A name for who types none."""
    return rule_told(watched)[:80]
