"""What Streamlit itself says in English only, said in the language of the session."""

import json

import streamlit as st

from core.attachments.photos import MOST_BYTES
from pages._shared.text import _

# The words stand in the style sheet: Streamlit offers no other place for them.
_INSTEAD = "{place} {{ font-size: 0; }} {place}::after {{ content: {words}; font-size: 0.93rem; }}"
_BESIDE = "{place}::after {{ content: {words}; color: #d64550; font-size: 0.93rem; }}"
PHOTOS = '[class*="-photo-files"]'
_UPLOADER = '[data-testid="stFileUploader"]'


def show_built_in_words() -> None:
    """Our words over those of the uploader, and for a screen that broke."""
    styles = [
        *_of_uploader(_UPLOADER, int(st.get_option("server.maxUploadSize"))),
        *_of_uploader(f"{PHOTOS} {_UPLOADER}", MOST_BYTES // 1024 // 1024),
        _INSTEAD.format(place=f'{_UPLOADER} [data-testid="stBaseButton-secondary"] p', words=_said(_("Choose a file"))),
        f"{_UPLOADER} [role=alert] {{ display: none; }}",
        '[data-testid="stException"] > * { display: none; }',
        '[data-testid="stException"] { padding: 1rem; border: 1px solid #d64550; border-radius: 0.5rem; }',
        _BESIDE.format(
            place='[data-testid="stException"]',
            words=_said(_("Something went wrong here. Reload the page; if it happens again, tell your administrator.")),
        ),
    ]
    st.html(f"<style>{' '.join(styles)}</style>")


def _of_uploader(place: str, limit: int) -> list[str]:
    refused = _("This file is of another kind or larger than {limit} MB. Choose another.").format(limit=limit)
    return [
        _INSTEAD.format(
            place=f'{place} [data-testid="stFileUploaderDropzoneInstructions"] span',
            words=_said(_("or drop it here; up to {limit} MB").format(limit=limit)),
        ),
        _BESIDE.format(place=f"{place}:has([aria-invalid=true])", words=_said(refused)),
    ]


def _said(words: str) -> str:
    return json.dumps(words, ensure_ascii=False).replace("<", "")
