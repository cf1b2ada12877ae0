"""Refusals around roles."""

from core.base.errors import AppError
from core.base.i18n import N_


class RoleNameMissing(AppError):
    """Nobody finds a role without a name."""

    message = N_("Give the role a name of 1 to 40 letters.")


class RoleNameTaken(AppError):
    """Two roles of one name cannot be told apart."""

    message = N_("There is a role named {name} already. Choose another name.")


class FixedRole(AppError):
    """Somebody must always be able to put things right."""

    message = N_("The administrator's role may always do everything, so that nobody is locked out. Copy it instead.")


class BeyondOwnRights(AppError):
    """Nobody gives away what is not theirs."""

    texts = ("permission",)
    message = N_("You cannot give a right that you do not have yourself: {permission}. Ask an administrator.")


class RoleInUse(AppError):
    """People would be left without their rights."""

    message = N_("{people} still have this role. Give them another one first.")


class OwnRoleOnly(AppError):
    """What comes with the product stays."""

    message = N_("This role comes with the product and stays. Change what it may do instead.")


class NothingToTakeBack(AppError):
    """The role is as it was made."""

    message = N_("Nothing was changed in this role since it was made, so there is nothing to take back.")


class WiderThanOwn(AppError):
    """Who sees a part gives nobody the whole."""

    message = N_("You see only a part of the rows yourself, so you cannot let a role see more. Ask an administrator.")


class TeamNameTooLong(AppError):
    """A name that nobody reads."""

    message = N_("Give the team a name of up to 40 letters, or none.")


class OwnWork(AppError):
    """Four eyes see more than two."""

    texts = ("own",)
    message = N_("{own}, and the company wants a second person to approve it. Ask a colleague who may approve.")
