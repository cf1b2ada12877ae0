"""Small drawings: lines, boxes and words on the reader's background, as wide as a telephone."""

from html import escape

import streamlit as st

from pages._shared.charts import PALETTE

ACCENT = PALETTE[0]
_FONTS = "system-ui, -apple-system, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"


def draw(parts: list[str], width: float, height: float, described: str) -> None:
    """Show a drawing made of SVG elements; its plain colour is that of text. Words in it have to be `worded`."""
    ink = st.get_option(f"theme.{st.context.theme.type or 'light'}.textColor")
    tip = '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    st.image(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" '
        f'width="{width * 1.15:g}" height="{height * 1.15:g}" color="{ink}" font-family="{_FONTS}" role="img">'
        f"<title>{escape(described)}</title>"
        f'<defs>{tip}<path d="M0 0L8 4L0 8z" fill="currentColor"/></marker></defs>{"".join(parts)}</svg>'
    )


def worded(text: str, x: float, y: float, *, size: float = 11, anchor: str = "middle", **more: str | float) -> str:
    """A text of a drawing."""
    rest = "".join(f' {name.replace("_", "-")}="{each}"' for name, each in more.items())
    fill = "" if "fill" in more else ' fill="currentColor"'
    return f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" text-anchor="{anchor}"{fill}{rest}>{escape(text)}</text>'
