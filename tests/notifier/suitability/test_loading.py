"""config/suitability.toml: read strictly, every mistake named with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from notifier.errors import ConfigError
from notifier.resources import resource
from notifier.suitability import load_rules
from notifier.text import fold

from .make import rules

SHIPPED = resource("config/suitability.toml").read_text(encoding="utf-8")


def mistakes(folder: Path, *changes: tuple[str, str]) -> list[str]:
    """What is said of the shipped rules after these replacements, file name shortened."""
    text = SHIPPED
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / "suitability.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_rules(path)
    return [str(mistake).replace(f"{path}:", "") for mistake in caught.value.mistakes]


def line_with(text: str) -> int:
    return SHIPPED[: SHIPPED.index(text)].count("\n") + 1


def test_the_shipped_rules_have_the_trades_of_the_rubric() -> None:
    keys = [trade.key for trade in rules().trades]
    assert keys[:3] == ["cleaning", "catering", "grounds"]
    assert len(keys) == 14
    assert all(trade.name_da and trade.name_en and trade.cpv and trade.words for trade in rules().trades)


def test_the_version_is_short_and_changes_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "suitability.toml"
    path.write_text(SHIPPED + "\n# a comment\n", encoding="utf-8")
    assert len(rules().version) == 12
    assert load_rules(path).version != rules().version
    path.write_text(SHIPPED, encoding="utf-8")
    assert load_rules(path).version == rules().version


def test_an_expression_is_refused_with_its_line(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, ('"vinduespolering"', '"(a+)+$"'))
    assert said.startswith(f"{line_with('vinduespolering')}: trades.cleaning.words_da: holds '(a+)+$'")
    assert "plain words" in said


def test_an_empty_word_and_a_single_letter_are_refused(tmp_path: Path) -> None:
    said = mistakes(tmp_path, ('"vinduespolering"', '""'), ('"canteen"', '"e"'))
    assert ["empty word" in said[0], "holds 'e'" in said[1], len(said)] == [True, True, 2]


def test_a_word_given_twice_is_refused(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, ('"vinduespolering"', '"rengøring"'))
    assert "holds 'rengøring' twice" in said


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    said = mistakes(
        tmp_path,
        ("cpv_main = 2.0", 'cpv_main = "much"'),
        ("hint = 0.5", "hints = 0.5"),
        ("hard_cpv = -3.0", "hard_cpv = 3.0"),
        ("DKK = 1.0", "DKK = 2.0"),
        ("[demands.turnover]", "[demands.umsatz]"),
        ('cpv = ["73"]', 'cpv = ["7x"]'),
        ("possible_from = 1.0", "possible_from = 9.0"),
    )
    text = "\n".join(said)
    for part in (
        "weights.cpv_main: is a text",
        "weights.hint: is missing",
        "weights.hints: is not known; did you mean 'hint'?",
        "weights.hard_cpv: is 3",
        "currencies.DKK: is not 1",
        "demands.umsatz: is not known",
        "hard.research.cpv: holds '7x'",
        "thresholds.possible_from: is above suitable_from",
    ):
        assert part in text
    assert len(said) == 8


def test_an_unknown_key_of_a_trade_is_reported(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, ('name_en = "Cleaning"', 'name_en = "Cleaning"\nwrods_da = ["rengøring"]'))
    assert "trades.cleaning.wrods_da: is not known" in said


def test_a_trade_without_codes_and_words_is_refused(tmp_path: Path) -> None:
    (said,) = mistakes(
        tmp_path, ("[trades.cleaning]", '[trades.none]\nname_da = "a"\nname_en = "b"\n[trades.cleaning]')
    )
    assert "trades.none: has neither codes nor words" in said


def test_an_empty_file_names_what_is_missing_and_broken_toml_its_line(tmp_path: Path) -> None:
    path = tmp_path / "suitability.toml"
    path.write_text("", encoding="utf-8")
    with pytest.raises(ConfigError, match="cpv_main: is missing"):
        load_rules(path)
    path.write_text("[weights\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="toml:1"):
        load_rules(path)


def test_a_missing_file_is_a_mistake_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"suitability\.toml: is missing|is missing; write it"):
        load_rules(tmp_path / "suitability.toml")


def test_words_of_a_language_that_is_not_named_are_reported(tmp_path: Path) -> None:
    (said,) = mistakes(tmp_path, ('name_en = "Cleaning"', 'name_en = "Cleaning"\nwords_xx = ["Reinigung"]'))
    assert "languages: does not name 'xx'" in said


def test_a_further_language_needs_no_code(tmp_path: Path) -> None:
    path = tmp_path / "suitability.toml"
    text = SHIPPED.replace("\n[languages]", '\n[languages]\nhu = "start"').replace(
        'name_en = "Cleaning"', 'name_en = "Cleaning"\nwords_hu = ["takarítás"]'
    )
    path.write_text(text, encoding="utf-8")
    assert [hit.term.key for hit in load_rules(path).finder.find(fold("Takarítási szolgáltatás"))] == ["cleaning"]


@pytest.mark.parametrize(("expression", "said"), [(".*", "matches the empty text"), ("(", "bounded time")])
def test_an_expression_that_matches_everything_or_is_none_is_refused_with_its_line(
    tmp_path: Path, expression: str, said: str
) -> None:
    trade = f"[trades.washing]\nname_da = 'a'\nname_en = 'b'\ncpv = ['50112300']\nexpressions = ['{expression}']\n"
    (found,) = mistakes(tmp_path, ("[trades.cleaning]", f"{trade}[trades.cleaning]"))
    assert "trades.washing.expressions" in found
    assert said in found
    assert found.split(":")[0].isdigit()


def test_a_word_that_stands_in_nearly_every_notice_is_refused(tmp_path: Path) -> None:
    (found,) = mistakes(tmp_path, ('"vinduespolering"', '"en"'))
    assert "stands in nearly every notice" in found
