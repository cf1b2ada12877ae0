"""What can be typed to find a name."""

from hypothesis import given
from hypothesis import strategies as st

from core.base.search import SEARCH_LENGTH, folded, initials_of, search_text_of, search_words

NAMES = st.text(
    st.one_of(
        st.characters(codec="utf-8", exclude_categories=["Cs"]),
        st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5),
        st.sampled_from("abcXYZ09 -%_ÄßΣİ"),
    ),
    max_size=200,
)


def is_found(typed: str, text: str) -> bool:
    return all(word in text for word in search_words(typed))


@given(name=NAMES.filter(lambda name: len(folded(name)) <= 200), sku=NAMES.map(lambda text: text[:64]))
def test_a_name_is_found_by_itself_by_its_code_and_by_its_initials(name: str, sku: str) -> None:
    text = search_text_of(name, [sku])

    assert len(text) <= SEARCH_LENGTH
    assert is_found(name, text)
    assert is_found(sku, text)
    assert is_found(initials_of(name), text)


def test_chinese_names_are_found_by_initials_and_full_pinyin() -> None:
    text = search_text_of("红色T恤", ["TX-01"])

    assert initials_of("红色T恤") == "hstx"
    assert text == "tx-01 红色t恤 hstx hongsetxu gstx"


def test_a_sign_with_two_readings_is_found_by_either() -> None:
    words = search_text_of("重庆火锅底料", []).split()

    assert initials_of("重庆火锅底料") == "cqhgdl"
    assert {"cqhgdl", "zqhgdl", "chongqinghuoguodiliao"} <= set(words)


def test_english_names_are_found_by_the_letters_their_words_begin_with() -> None:
    assert initials_of("White Hanging Heart, 2 pcs") == "whh2p"


def test_full_width_signs_and_case_make_no_difference() -> None:
    assert search_words("ＡＢ－１２　Ｍug") == ["ab-12", "mug"]


def test_signs_that_no_keyboard_makes_are_left_out() -> None:
    assert folded("a\0b\n c\u200b") == "a b c\u200b"


def test_a_long_name_gives_up_other_readings_first_and_never_its_code_or_itself() -> None:
    name = "红" * 200
    text = search_text_of(name, ["SKU-1"])

    assert text.split()[:3] == ["sku-1", name, "h" * 200]
    assert len(text) <= SEARCH_LENGTH
