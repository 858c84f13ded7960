"""The fan's page, as a browser without scripts meets it."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from backend.engagement.models import Rating, RatingAnswer, RequestStep
from backend.engagement.rules import RatingState
from backend.foundation import clock
from backend.foundation.db import reading
from backend.web.languages import LANGUAGES
from tests.web.stories import Helped, a_helped_fan

LARGEST_PAGE = 15_000
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</textarea><script>alert(1)</script>",
    "{{ 7 * 7 }} ${7*7} %(count)d",
    "=cmd|' /C calc'!A0",
    "\u202ereversed\u202c \u200b zero",
    "line one\nline two",
    "é" * 1000,
]


@pytest.fixture
def helped(app: Flask) -> Helped:
    return a_helped_fan(app)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def token_of(page: TestResponse) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page.text)
    assert found
    return found[1]


def tap(client: FlaskClient, code: str, stars: int = 5, **fields: str) -> TestResponse:
    return client.post(f"/r/{code}", data={"stars": str(stars), **fields})


def records_of(app: Flask, helped: Helped) -> tuple[int, int, int]:
    """Count ratings, answers and steps of the organisation."""
    with app.app_context(), reading() as session:
        counts = [
            session.scalar(
                select(func.count())
                .select_from(table)
                .where(table.organisation_id == helped.organisation_id)
            )
            or 0
            for table in (Rating, RatingAnswer, RequestStep)
        ]
    return counts[0], counts[1], counts[2]


def rating_of(app: Flask, helped: Helped) -> Rating:
    with app.app_context(), reading() as session:
        return session.scalars(
            select(Rating).where(Rating.organisation_id == helped.organisation_id)
        ).one()


@pytest.mark.parametrize(
    ("language", "question", "best", "tag"),
    [
        ("en-US,en;q=0.9", "How did it go?", "Excellent", "en"),
        ("fr-CA,fr;q=0.9", "Comment cela s’est‑il passé", "Excellent", "fr"),
        ("es-MX", "¿Cómo le fue?", "Excelente", "es"),
        ("nl-BE,nl;q=0.9,en;q=0.5", "Hoe ging het?", "Uitstekend", "nl"),
        ("zh-CN,zh;q=0.9", "服务得怎么样？", "非常好", "zh-Hans"),
        ("zh-Hans-SG", "服务得怎么样？", "非常好", "zh-Hans"),
        ("zh", "服务得怎么样？", "非常好", "zh-Hans"),
        ("de, *;q=0.1", "How did it go?", "Excellent", "en"),
        ("", "How did it go?", "Excellent", "en"),
    ],
)
def test_it_asks_in_the_browsers_language(
    client: FlaskClient, helped: Helped, language: str, question: str, best: str, tag: str
):
    page = client.get(f"/r/{helped.code}", headers={"Accept-Language": language})
    assert page.status_code == 200
    assert question in page.text
    assert best in page.text
    assert "Alex" in page.text
    assert f'<html lang="{tag}" dir="ltr">' in page.text
    assert page.headers["Vary"] == "Accept-Language"


def test_a_language_chosen_by_hand_is_kept_to_the_end(client: FlaskClient, helped: Helped):
    page = client.get(f"/r/{helped.code}?lang=fr")
    assert f'action="/r/{helped.code}?lang=fr"' in page.text
    thanks = client.post(f"/r/{helped.code}?lang=fr", data={"stars": "5"})
    assert thanks.headers["Location"] == f"/r/{helped.code}/thanks?lang=fr"
    assert "Merci" in client.get(thanks.headers["Location"]).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_it_needs_comes_in_one_small_answer(
    client: FlaskClient, helped: Helped, language: str
):
    page = client.get(f"/r/{helped.code}?lang={language}")
    assert len(page.data) + len(str(page.headers)) < LARGEST_PAGE
    thanks = client.get(tap(client, helped.code).headers["Location"])
    assert len(thanks.data) + len(str(thanks.headers)) < LARGEST_PAGE
    for text in (page.text, thanks.text):
        assert "<script" not in text
        assert not re.findall(r'(?:src|href)="(?!/r/|/privacy|data:,")', text)


def test_both_cases_and_the_printed_form_of_a_code_open_it(client: FlaskClient, helped: Helped):
    code = helped.code
    for address in (f"/R/{code}", f"/r/{code.lower()}", f"/r/{code[:13]}-{code[13:]}"):
        page = client.get(address)
        assert page.status_code == 200
        assert f'action="/r/{code}"' in page.text


def test_opening_it_records_nothing(app: Flask, client: FlaskClient, helped: Helped):
    before = records_of(app, helped)
    for _ in range(3):
        assert client.get(f"/r/{helped.code}", headers={"Purpose": "prefetch"}).status_code == 200
        assert client.head(f"/r/{helped.code}").status_code == 200
        assert client.options(f"/r/{helped.code}").status_code == 200
        assert client.get(f"/r/{helped.code}/thanks").status_code == 303
    assert records_of(app, helped) == before


def test_one_tap_is_kept_and_thanked_for(app: Flask, client: FlaskClient, helped: Helped):
    answer = tap(client, helped.code, 4)
    assert answer.status_code == 303
    thanks = client.get(answer.headers["Location"])
    assert thanks.status_code == 200
    assert "<strong>Good</strong>" in thanks.text
    assert rating_of(app, helped).stars == 4


def test_only_the_phone_that_rated_sees_the_answer(app: Flask, client: FlaskClient, helped: Helped):
    cookie = tap(client, helped.code).headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Strict", "Path=/r/", "Max-Age=600"):
        assert part in cookie
    employee = app.test_client()
    assert employee.get(f"/r/{helped.code}/thanks").headers["Location"] == f"/r/{helped.code}"
    assert employee.get(f"/r/{helped.code}").status_code == 409
    assert client.get(f"/r/{helped.code}").headers["Location"] == f"/r/{helped.code}/thanks"


def test_whoever_scans_again_comes_back_to_their_answer(
    app: Flask, client: FlaskClient, helped: Helped
):
    tap(client, helped.code)
    for address in (f"/R/{helped.code}", f"/r/{helped.code.lower()}"):
        again = client.get(address, follow_redirects=True)
        assert again.status_code == 200
        assert again.request.path == f"/r/{helped.code}/thanks"
        other = app.test_client().get(address, follow_redirects=True)
        assert (other.status_code, other.request.path) == (409, f"/r/{helped.code}")


def test_a_word_and_a_change_are_kept_for_ten_minutes(
    app: Flask, client: FlaskClient, helped: Helped
):
    tap(client, helped.code)
    changed = client.post(
        f"/r/{helped.code}/thanks",
        data={"stars": "3", "reason": "venue", "comment": "Cold\r\nsoup"},
    )
    assert changed.headers["Location"] == f"/r/{helped.code}/thanks?saved=yes"
    assert "Your words were saved." in client.get(changed.headers["Location"]).text
    rating = rating_of(app, helped)
    assert (rating.stars, rating.reason, rating.comment) == (3, "venue", "Cold\nsoup")


def test_after_ten_minutes_the_answer_stands(app: Flask, client: FlaskClient, helped: Helped):
    tap(client, helped.code)
    with time_machine.travel(clock.now() + timedelta(minutes=11)):
        page = client.get(f"/r/{helped.code}/thanks")
        assert "<form" not in page.text
        late = client.post(f"/r/{helped.code}/thanks", data={"stars": "1"})
    assert late.status_code in {409, 410}
    assert "Your answer stands" in late.text
    assert rating_of(app, helped).stars == 5


def test_a_sixth_answer_is_refused_in_words(app: Flask, client: FlaskClient, helped: Helped):
    tap(client, helped.code)
    for stars in (1, 2, 3, 4):
        client.post(f"/r/{helped.code}/thanks", data={"stars": str(stars)})
    refused = client.post(f"/r/{helped.code}/thanks", data={"stars": "5"})
    assert refused.status_code == 409
    assert "Your answer stands" in refused.text
    assert rating_of(app, helped).stars == 4


@pytest.mark.parametrize("comment", HOSTILE)
def test_a_hostile_comment_is_kept_and_shown_as_text(
    app: Flask, client: FlaskClient, helped: Helped, comment: str
):
    tap(client, helped.code)
    client.post(f"/r/{helped.code}/thanks", data={"stars": "5", "comment": comment})
    assert rating_of(app, helped).comment == comment
    page = client.get(f"/r/{helped.code}/thanks").text
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("</textarea>") == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"stars": "5", "comment": "x" * 1001},
        {"stars": "5", "comment": "nul\x00"},
        {"stars": "6"},
        {"stars": ""},
        {"stars": "5", "reason": "weather"},
        {},
    ],
)
def test_what_cannot_be_kept_is_refused_and_changes_nothing(
    app: Flask, client: FlaskClient, helped: Helped, fields: dict[str, str]
):
    tap(client, helped.code)
    before = records_of(app, helped)
    answer = client.post(f"/r/{helped.code}/thanks", data=fields)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert records_of(app, helped) == before


@pytest.mark.parametrize("stars", ["", "0", "6", "five", "5.0", "-1", "٥", "5\x00", "9" * 50])
def test_a_tap_that_is_not_one_of_the_five_is_refused(
    app: Flask, client: FlaskClient, helped: Helped, stars: str
):
    answer = client.post(f"/r/{helped.code}", data={"stars": stars})
    assert answer.status_code == 422
    assert "one of the five" in answer.text
    assert records_of(app, helped)[0] == 0


@pytest.mark.parametrize(
    "code", ["nope", "0" * 26, "%00", "<script>", "é" * 26, "x" * 5000, "%E2%80%AE"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_an_unknown_code_is_a_404_in_words(client: FlaskClient, code: str, method: str):
    answer = client.open(f"/r/{code}", method=method, data={"stars": "5"})
    assert answer.status_code == 404
    assert answer.content_type.startswith("text/html")
    if method != "HEAD":
        assert "We do not know this code" in answer.text
        assert "<script" not in answer.text


def test_a_used_code_is_a_409_in_words(app: Flask, client: FlaskClient, helped: Helped):
    tap(app.test_client(), helped.code)
    for answer in (client.get(f"/r/{helped.code}?lang=es"), tap(client, helped.code, 1)):
        assert answer.status_code == 409
    assert "ya se usó" in client.get(f"/r/{helped.code}?lang=es").text
    assert rating_of(app, helped).stars == 5


def test_whoever_comes_too_late_is_asked_and_thanked_and_waits_for_a_person(
    app: Flask, client: FlaskClient, helped: Helped
):
    with time_machine.travel(clock.now() + timedelta(hours=73)):
        assert client.get(f"/r/{helped.code}").status_code == 200
        thanks = client.get(tap(client, helped.code, 4).headers["Location"])
    assert (thanks.status_code, "<strong>Good</strong>" in thanks.text) == (200, True)
    assert rating_of(app, helped).state is RatingState.HELD


def test_a_tap_sent_twice_is_one_answer(app: Flask, helped: Helped):
    token = token_of(app.test_client().get(f"/r/{helped.code}"))
    first = tap(app.test_client(), helped.code, 5, token=token)
    again = tap(app.test_client(), helped.code, 5, token=token)
    slipped = tap(app.test_client(), helped.code, 4, token=token)
    assert [first.status_code, again.status_code, slipped.status_code] == [303, 303, 303]
    assert records_of(app, helped)[:2] == (1, 2)
    assert rating_of(app, helped).stars == 4
    other = token_of(app.test_client().get("/r/" + a_helped_fan(app).code))
    assert tap(app.test_client(), helped.code, 1, token=other).status_code == 409


def test_sixty_four_fans_with_one_code_make_one_rating(app: Flask, helped: Helped):
    def rate(stars: int) -> int:
        return tap(app.test_client(), helped.code, stars).status_code

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(rate, [1 + n % 5 for n in range(64)]))
    assert sorted(set(statuses)) == [303, 409]
    assert statuses.count(303) == 1
    assert records_of(app, helped)[:2] == (1, 1)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"stars=%ff%fe", "application/x-www-form-urlencoded"),
        (b'{"stars": 5}', "application/json"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"stars=5", "multipart/form-data"),
        (b"&" * 20_000, "application/x-www-form-urlencoded"),
        (b"stars=" + b"5" * 1_000_000, "application/x-www-form-urlencoded"),
        (b"", ""),
    ],
)
def test_a_body_that_no_browser_sends_is_refused_in_words(
    app: Flask, client: FlaskClient, helped: Helped, body: bytes, kind: str
):
    for path in (f"/r/{helped.code}", f"/r/{helped.code}/thanks"):
        answer = client.post(path, data=body, content_type=kind)
        assert 400 <= answer.status_code < 500
        assert answer.mimetype == "text/html"
    assert records_of(app, helped)[0] == 0


@pytest.mark.parametrize("address", ["/r/CODE/unsolved", "/ask/follow/TOKEN/cancel"])
def test_an_address_that_only_takes_answers_says_so_in_the_fans_language(
    app: Flask, address: str
) -> None:
    page = app.test_client().get(address, headers={"Accept-Language": "fr"})
    assert page.status_code == 405
    assert "POST" in page.headers["Allow"]
    assert '<html lang="fr"' in page.text
    assert "Nous ne connaissons pas cette adresse" in page.text
