"""Why something costs what it does, in words: the rules of price lists that were looked at, and the promotions."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from core.pricing.rules.prices import CRITERION_LABELS, JUDGEMENT_LABELS, Criterion, Judgement
from core.pricing.rules.promotions import VERDICT_LABELS, Verdict
from pages._shared.formats import money, price
from pages._shared.text import _, escaped

ICONS = {True: ":green[:material/check:]", False: ":gray[:material/remove:]"}


def judged(list_name: str, judgement: Judgement, by: Criterion | None, its: Decimal | None) -> str:
    """A rule that was looked at, and why it did or did not decide."""
    told = _(JUDGEMENT_LABELS[judgement])
    if by is not None and judgement == Judgement.OUTRANKED:
        told += " " + _("Of the other one: {reason}").format(reason=_(CRITERION_LABELS[by]))
    its_price = f" {price(its)}" if its is not None else ""
    return f"{ICONS[judgement == Judgement.WON]} **{escaped(list_name)}**{its_price} · {told}"


def price_words(trace: Mapping[str, Any] | None) -> list[str]:
    """Where the price of a line came from, a sentence each."""
    if trace is None:
        return [_("This price came with an import or from before there were price lists.")]
    usual = price(Decimal(trace["usual"])) if trace.get("usual") else ""
    if trace.get("entered"):
        told = _("Entered by hand; promotions leave it alone.")
        return [f"{ICONS[True]} {told}" + (" " + _("The usual price is {price}.").format(price=usual) if usual else "")]
    if "gift" in trace:
        told = _("Put there by the promotion {name}.").format(name=f"**{escaped(trace['name'])}**")
        return [f"{ICONS[True]} {told} " + _("The usual price is {price}.").format(price=usual)]
    tried = sorted(trace.get("tried", ()), key=lambda each: each["judgement"] != Judgement.WON)
    lines = [
        judged(
            each["list"],
            Judgement(each["judgement"]),
            Criterion(each["by"]) if each["by"] else None,
            Decimal(each["price"]) if each["price"] else None,
        )
        for each in tried
    ]
    if trace.get("rule") is None:
        told = _("The usual price of this customer, {price}: no price list decides.").format(price=usual)
        return [f"{ICONS[True]} {told}", *lines]
    return [*lines, f"{ICONS[False]} " + _("The usual price is {price}.").format(price=usual)]


def offer_words(trace: Mapping[str, Any] | None, offers: Mapping[str, Any] | None) -> list[str]:
    """What each promotion did for a line, or why it did nothing."""
    own = {each["promotion"]: Decimal(each["amount"]) for each in (trace or {}).get("offers", ())}
    lines = []
    for each in (offers or {}).get("tried", ()):
        verdict = Verdict(each["verdict"])
        if each["promotion"] in own:
            told = _("takes off {amount} here").format(amount=money(own[each["promotion"]]))
        elif verdict == Verdict.APPLIED:
            told = _("was applied to other lines") if Decimal(each["amount"]) else _("adds goods to the order")
        else:
            told = _(VERDICT_LABELS[verdict])
            missing = Decimal(each["missing"])
            if missing and verdict == Verdict.TOO_LITTLE:
                told += " " + _("{amount} more is needed.").format(amount=money(missing))
        lines.append(f"{ICONS[each['promotion'] in own]} **{escaped(each['name'])}** · {told}")
    return lines
