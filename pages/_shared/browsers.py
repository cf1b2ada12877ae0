"""What people call a browser that introduces itself at length."""

from pages._shared.text import _

# The first that matches: Edge and WeChat also say Chrome, and Chrome also says Safari.
_PROGRAMS = (
    ("MicroMessenger", "WeChat"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser_name(user_agent: str) -> str:
    """Such as "Chrome, Windows"."""
    names = [next((name for sign, name in known if sign in user_agent), "") for known in (_PROGRAMS, _SYSTEMS)]
    return ", ".join(name for name in names if name) or _("Unknown browser")
