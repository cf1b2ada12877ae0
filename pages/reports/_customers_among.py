"""What the chips of the customers' board mean, and the bars below the first level of its panels."""

from decimal import Decimal

from core.analytics.customers.among import Among, among
from core.analytics.layer.answer import answer
from core.base.exact import ZERO
from core.security.actor import Actor
from pages._shared.board import asking
from pages._shared.board.board import Drawn, Scene
from pages._shared.board.figures.bars import ranked
from pages._shared.board.figures.numbers import MONEY
from pages._shared.board.panels import marks_of
from pages._shared.filters import Look
from pages._shared.mirror import mirror
from pages._shared.text import _


def chosen_by(actor: Actor, look: Look, *but: str) -> Among | None:
    """The customers that the chips mean, but for those of some dimensions."""
    return among(mirror(), actor, asking.ask(look, (asking.SALES,), but=but))


def net_by(scene: Scene, dimension: str, *but: str) -> dict[int, Decimal]:
    """Net sales of the period under the chips, by key of a dimension."""
    found = answer(mirror(), scene.actor, asking.ask(scene.look, (asking.SALES,), by=(dimension,), but=but))
    return {
        int(str(key[0])): amount or ZERO for key, amount in zip(found.keys, found.figures(asking.SALES), strict=True)
    }


def below(scene: Scene) -> Drawn:
    """Who or what is below the first level, as bars of net sales."""
    found = asking.bars(scene.actor, scene.look, scene.dimension)
    if not found.bars:
        return Drawn(note=_(scene.panel.empty))
    rest = _("All others: {amount}").format(amount=MONEY.full(found.rest)) if found.rest else ""
    return Drawn(ranked(found.bars, scene.counts), rest, marks_of(found.bars))
