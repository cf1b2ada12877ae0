"""Refusals around users and sign-in."""

from core.base.errors import AppError
from core.base.i18n import N_


class WrongPassword(AppError):
    """The name or the password is wrong; which of the two is not said."""

    message = N_("The user name or the password is not right. Check both and try again.")


class WrongOldPassword(AppError):
    """Whoever changes a password must know the present one."""

    message = N_("The present password is not right. Nothing was changed.")


class SignInClosed(AppError):
    """Too many failed attempts for this user name."""

    message = N_("Too many failed attempts. Sign-in for this user name opens again at {time}.")


class AddressClosed(AppError):
    """Too many failed attempts from this address, whoever was tried."""

    message = N_("Too many failed attempts from your address. Sign-in from there opens again at {time}.")


class CodeWanted(AppError):
    """The password is right, and a code of the second factor is asked for."""

    message = N_("This account has a second factor. Sign in on the screen, where its code is asked for.")


class WrongCode(AppError):
    """The code is wrong, too old, or was used before."""

    message = N_("This code is not right, or was used before. Wait for the next one in your app and type that.")


class StepOver(AppError):
    """The password was typed too long ago."""

    message = N_("This sign-in took too long. Start again with your user name.")


class NoSecondFactor(AppError):
    """There is none to use or to take away."""

    message = N_("There is no second factor here. Nothing was changed.")


class SecondFactorSet(AppError):
    """There is one already."""

    message = N_("The second factor is on already. Switch it off before you set up another app.")


class SecondFactorWanted(AppError):
    """A role must have one."""

    message = N_("Your role must have a second factor. An administrator can reset it, and you set up another app.")


class CompanyAccountUnknown(AppError):
    """The provider vouches for somebody whom nobody has linked to a user."""

    message = N_(
        "The company account {name} belongs to no user here yet. Ask an administrator to link it, and try again."
    )


class StaleProof(AppError):
    """The proof of the provider is old, or was used before."""

    message = N_("This sign-in with a company account is over. Press the button again.")


class UserDisabled(AppError):
    """The password is right, but the account is disabled."""

    message = N_("This account is disabled. Ask an administrator to enable it.")


class UsernameTaken(AppError):
    """Somebody has this user name already."""

    message = N_("The user name {username} is taken. Choose another one.")


class BadUsername(AppError):
    """The user name cannot be used."""

    message = N_("A user name has 1 to 64 letters or digits and no spaces.")


class NameMissing(AppError):
    """A user needs a name that colleagues know."""

    message = N_("Enter a name of 1 to 64 letters.")


class WeakPassword(AppError):
    """The password is too easy to guess."""

    message = N_("Choose a password of at least {least} characters.")


class CommonPassword(AppError):
    """The password is one of those that are tried first."""

    message = N_("This password is among the first that a stranger would try. Choose another one.")


class LongPassword(AppError):
    """The password is longer than anybody types."""

    message = N_("Choose a password of at most {most} characters.")


class NoRole(AppError):
    """A user without a role could do nothing."""

    message = N_("Choose at least one role.")


class LastAdministrator(AppError):
    """Nobody could manage users any more."""

    message = N_("{name} is the last administrator. Make somebody else administrator first.")


class WrongSetupCode(AppError):
    """The one-time code does not open the set-up."""

    message = N_("This set-up code is not valid. Copy the code from the terminal in which Salesbook was started.")


class AlreadySetUp(AppError):
    """There are users already."""

    message = N_("This company is set up already. Sign in with your user name.")


class NotDemo(AppError):
    """One-click sign-in is for demo accounts of a demo installation."""

    message = N_("Sign-in without a password is only for demo accounts.")


class NoPreferences(AppError):
    """The file is of another kind."""

    message = N_("This file holds no preferences of Salesbook. Choose one that was saved on this screen.")


class PreferencesTooLarge(AppError):
    """The file is far larger than any that we write."""

    message = N_("This file is larger than {most} KB, and no file with preferences is. Choose another one.")


class UnknownPreference(AppError):
    """The file names something that one cannot choose here."""

    texts = ("what",)
    message = N_("The file names a {what} that does not exist here: {word}. Nothing was changed.")


class LookNeedsName(AppError):
    """Nobody finds a view without a name."""

    message = N_("Give the view a name of 1 to 80 letters.")


class LookNameTaken(AppError):
    """There is such a view already."""

    message = N_("You have a view named {name} on this board. Choose another name, or delete that one first.")


class TooManyLooks(AppError):
    """Nobody looks through so many."""

    message = N_("You keep {most} views, and more are too many. Delete one first.")
