"""A desk's own templates: used when good, reported and replaced when not."""

from __future__ import annotations

from monitor.alerts.render import Templates, render
from monitor.alerts.templating import NAMES, builtin_texts
from monitor.errors import ProblemLevel
from monitor.model import AlertView, MessageKind, Rendered, TextFormat
from tests.unit.alerts.messages import ALERT, NIAMEY, NOTICE


def message(templates: Templates, format: TextFormat, *views: AlertView) -> Rendered:
    return render(
        format, MessageKind.ALERTS, views=views or (ALERT,), timezone=NIAMEY, templates=templates
    )


def test_every_named_template_is_there_and_all_are_tried() -> None:
    templates, problems = Templates.load(builtin_texts())
    assert problems == []
    for format in TextFormat:
        assert message(templates, format) == message(Templates(), format)
    assert len(NAMES) == 10


def test_an_override_takes_the_place_of_one_template_only() -> None:
    own = {"alerts.slack.j2": "{% for a in alerts %}:rotating_light: {{ a.title }}{% endfor %}"}
    templates, problems = Templates.load(own)
    assert problems == []
    assert message(templates, TextFormat.SLACK).text.startswith(":rotating_light: Russia")
    assert message(templates, TextFormat.MAIL) == message(Templates(), TextFormat.MAIL)


def test_an_override_is_escaped_like_the_built_in_one() -> None:
    own = {
        "alerts.matrix.html.j2": "<p>{{ alerts[0].title }}</p>",
        "alerts.slack.j2": "{{ alerts[0].title }} {{ alerts[0].title|upper }}",
    }
    templates, _ = Templates.load(own)
    evil = AlertView(
        **{f: getattr(ALERT, f) for f in ALERT.__dataclass_fields__} | {"title": "<b>"}
    )
    assert message(templates, TextFormat.MATRIX, evil).html == "<p>&lt;b&gt;</p>"
    assert message(templates, TextFormat.SLACK, evil).text == "&lt;b&gt; &lt;B&gt;"


def test_all_broken_overrides_are_reported_at_once_and_fall_back() -> None:
    own = {
        "alerts.slack.j2": "fine so far\n{% for a in alerts %}",
        "alerts.txt.j2": "line one\nline two {{ alerts[0].headline }}",
        "notice.txt.j2": "{{ title }}",
        "notice.slack.j2": "{{ 1 / 0 }}",
        "alerts.slak.j2": "x",
    }
    templates, problems = Templates.load(own)
    found = {p.file: p for p in problems}
    assert set(found) == {"alerts.slack.j2", "alerts.txt.j2", "notice.slack.j2", "alerts.slak.j2"}
    assert (found["alerts.slack.j2"].line, found["alerts.txt.j2"].line) == (2, 2)
    assert "headline" in found["alerts.txt.j2"].message
    assert found["alerts.slak.j2"].level is ProblemLevel.WARNING
    assert "alerts.slack.j2" in found["alerts.slak.j2"].hint
    assert message(templates, TextFormat.SLACK) == message(Templates(), TextFormat.SLACK)
    notice = render(
        TextFormat.MAIL, MessageKind.OPERATOR, notice=NOTICE, timezone=NIAMEY, templates=templates
    )
    assert notice.text == NOTICE.title


def test_an_override_that_fails_on_one_message_gives_way_and_the_message_says_so() -> None:
    own = {"alerts.txt.j2": "{{ 1 // (alerts[0].title != 'Boom') }}"}
    templates, problems = Templates.load(own)
    assert problems == []
    boom = AlertView(
        **{f: getattr(ALERT, f) for f in ALERT.__dataclass_fields__} | {"title": "Boom"}
    )
    text = message(templates, TextFormat.MAIL, boom).text
    assert "[HIGH] Boom" in text
    assert "The template alerts.txt.j2 failed (ZeroDivisionError)" in text


def test_the_sandbox_keeps_a_template_from_reaching_the_program() -> None:
    own = {"notice.txt.j2": "{{ title.__class__.__mro__[1].__subclasses__() }}"}
    problems = Templates.load(own)[1]
    assert [p.file for p in problems] == ["notice.txt.j2"]
    own = {"notice.txt.j2": "{% for i in range(10 ** 9) %}x{% endfor %}"}
    assert len(Templates.load(own)[1]) == 1
