"""Taking secrets and personal facts out of what is written down about an error."""

import re
from pathlib import Path

from core.base.settings import PROJECT_DIR

MASK = "***"
_SIGN = "[A-Za-z0-9_+=-]"
_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    # The values of a statement, and the row that a database complains about.
    (re.compile(r"\[parameters: .*?(?=\n\(Background|\n\n|\Z)", re.DOTALL), f"[parameters: {MASK}]"),
    (re.compile(r"(Key \([^)]*\)=)\(.*?\)(?= )"), rf"\1({MASK})"),
    (re.compile(r"(Failing row contains )\(.*\)"), rf"\1({MASK})"),
    # Addresses with a password, and anything that is named as a secret.
    (re.compile(r"(://[^:/@\s]*):[^@/\s]+@"), rf"\1:{MASK}@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), rf"\1 {MASK}"),
    (
        re.compile(
            r"(?i)\b([a-z_]*(?:password|passwd|passphrase|secret|token|cookie|authorization|api_?key|session)[a-z_]*)"
            r"(['\"]?\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;&)}\]]+)"
        ),
        rf"\1\2{MASK}",
    ),
    (re.compile(r"\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}"), MASK),
    (re.compile(rf"(?<!{_SIGN})(?=[A-Za-z_+=-]*\d)(?=\S*[A-Za-z]){_SIGN}{{32,}}"), MASK),
    # People: e-mail, mobile and landline numbers, identity cards, cards of banks.
    (re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"), MASK),
    (re.compile(r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)"), MASK),
    (re.compile(r"(?<!\d)0\d{2,3}-\d{7,8}(?!\d)"), MASK),
    (re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)|(?<!\d)\d{16,19}(?!\d)"), MASK),
)
_PACKAGES = re.compile(r"[^\s\"']*/site-packages/")
_PLACES = (f"{PROJECT_DIR}/", f"{Path(re.__file__).parent.parent}/", f"{Path.home()}/")


def masked(text: str, *secrets: str) -> str:
    """The text without secrets, statements' values, people's numbers and addresses, and our own folders."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, MASK)
    for rule, instead in _RULES:
        text = rule.sub(instead, text)
    text = _PACKAGES.sub("", text)
    for place in _PLACES:
        text = text.replace(place, "")
    return text
