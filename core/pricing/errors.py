"""What prices and promotions refuse."""

from typing import ClassVar

from core.base.errors import AppError
from core.base.i18n import N_


class FormulaUnclear(AppError):
    """The formula does not follow the grammar."""

    message = N_(
        "The formula “{formula}” is not understood at “{part}”. Use numbers, + - * / %, brackets, "
        "min(a, b), max(a, b), round(a, step), and the names {names}."
    )


class FormulaFails(AppError):
    """The formula is understood but gives no price."""

    message = N_("The formula “{formula}” gives no price here: it divides by zero, or a price it names is not known.")


class EqualRules(AppError):
    """Nobody could say which of two rules decides."""

    message = N_(
        "This rule and the rule of “{other}” for {target} would have the same rank on the same day, so no price "
        "could be told. Give one of them another priority, quantity or period."
    )


class ListNameTaken(AppError):
    """Lists are told apart by their names."""

    message = N_("There is already a price list called {name}. Choose another name.")


class PromotionNameTaken(AppError):
    """Promotions are told apart by their names."""

    message = N_("There is already a promotion called {name}. Choose another name.")


class CodeTaken(AppError):
    """A coupon code means one promotion."""

    message = N_("The coupon code {code} is already in use. Choose another code.")


class UnknownCode(AppError):
    """Nobody issued this coupon."""

    message = N_("There is no coupon with the code {code}. Check how it is written.")


class CouponRefused(AppError):
    """The coupon exists and cannot be used here."""

    message = N_("The coupon {code} cannot be used: {reason}")
    texts: ClassVar[tuple[str, ...]] = ("reason",)


class PromotionUsedUp(CouponRefused):
    """Another order took what was left of a promotion."""

    message = N_("The promotion {code} has been used as often as it may be. Apply the promotions again.")
    texts = ()


class AlreadyPublished(AppError):
    """What customers were promised is not rewritten."""

    message = N_("{name} is published and cannot be changed. Retire it and make a new one from a copy.")


class NothingPromised(AppError):
    """A list without rules or a promotion without effect is not published."""

    message = N_("{name} has no rules yet. Add at least one before publishing it.")
