"""A language is named only when it is sure."""

from __future__ import annotations

import pytest

from monitor.text.language import detect


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The government said on Monday that the soldiers would leave the country.", "en"),
        ("Le gouvernement a annoncé lundi que les soldats quitteraient le pays.", "fr"),
        ("Правительство заявило в понедельник, что солдаты покинут страну.", "ru"),
        ("Уряд заявив у понеділок, що військові залишать країну.", "uk"),
        ("أعلنت الحكومة يوم الاثنين أن الجنود سيغادرون البلاد قريبا", "ar"),
        ("政府周一宣布，士兵将离开该国，谈判仍在继续。", "zh"),
        ("Hükümet pazartesi günü askerlerin ülkeden ayrılacağını açıkladı.", "tr"),
    ],
)
def test_detect(text: str, code: str) -> None:
    found = detect(text)
    assert found is not None
    assert found[0] == code
    assert 0.8 <= found[1] <= 1


@pytest.mark.parametrize(
    "text",
    ["", "Niger", "Le Niger", "123 456 789", "https://example.org/le-gouvernement-a-annonce"],
)
def test_short_or_wordless_texts_are_left_unknown(text: str) -> None:
    assert detect(text) is None
