"""The edge: how a request becomes one transaction, and an answer or a problem.

``Routes.command`` and ``Routes.query`` add permission, validation, transaction and idempotency
around a view, in this order: authorise, validate, look for the first answer under this key, run,
build the answer, remember it, commit, let it go.
"""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache, partial, wraps
from time import monotonic
from typing import Any, cast
from uuid import UUID
from wsgiref.types import WSGIEnvironment

import marshmallow as ma
import orjson
from flask import Flask, Response, current_app, g, request
from flask.json.provider import JSONProvider
from flask_smorest import Blueprint
from sqlalchemy.orm import Session
from werkzeug.datastructures import Headers

from backend.foundation import clock, idempotency
from backend.foundation.actor import Actor
from backend.foundation.contract import Contract, Download, Upload, operation_id
from backend.foundation.db import glancing, reading, transaction
from backend.foundation.fields import SecretOut
from backend.foundation.problems import (
    MEDIA_TYPE,
    NotAllowed,
    NotAuthenticated,
    Problem,
    UnsupportedMediaType,
)
from backend.foundation.races import until_won
from backend.foundation.sayings import said_in

View = Callable[..., Any]
AUTHENTICATE = "on_the_spot.authenticate"
TOKEN_PROBLEMS = "on_the_spot.token_problems"
# Who acts may be known from 0.9 seconds before (`session_check_seconds`). Behind a body that takes
# longer than this they are asked for anew: nobody acts a second after they were locked out.
SLOW_BODY_SECONDS = 0.1
_WITHOUT_BODY = frozenset({204, 304})
_CONDITIONS = frozenset({"HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """What a view is handed: the session, the present instant, and who is acting."""

    session_of: Callable[[], Session]
    now: datetime
    signed_in: Actor | None

    @property
    def session(self) -> Session:
        """Return the session; a query's is opened only now: remembered answers need none."""
        return self.session_of()

    @property
    def actor(self) -> Actor:
        """Return who is acting; only for views that need a permission."""
        if self.signed_in is None:
            raise NotAuthenticated
        return self.signed_in


class OrjsonProvider(JSONProvider):
    """JSON by orjson: strict UTF-8, and several times quicker than the standard library."""

    def dumps(self, obj: Any, **_: Any) -> str:
        """Return ``obj`` as JSON text."""
        return orjson.dumps(obj, option=orjson.OPT_UTC_Z).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """Return the value of JSON text."""
        return orjson.loads(s)

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """Return a JSON response."""
        body = orjson.dumps(self._prepare_response_obj(args, kwargs), option=orjson.OPT_UTC_Z)
        return current_app.response_class(body, mimetype="application/json")


class Answer(Response):
    """A whole answer, whose headers go out as they are.

    The framework would copy them, complete a Location and count the bytes anew, for 15 us.
    """

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """Return the headers to send."""
        if self.status_code in _WITHOUT_BODY:
            return super().get_wsgi_headers(environ)
        return self.headers


def problem_response(problem: Problem) -> Response:
    """Return ``problem`` as an answer (RFC 9457)."""
    response = Answer(
        orjson.dumps(problem.document(), default=str, option=orjson.OPT_NON_STR_KEYS),
        status=problem.status,
        content_type=MEDIA_TYPE,
    )
    if problem.status == NotAuthenticated.status:
        response.headers["WWW-Authenticate"] = "Bearer"
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def ahead(prepare: Callable[[Any], Any]) -> Callable[[View], View]:
    """Run ``prepare`` with the body ahead of a command's transaction; the view gets its answer.

    For slow work, such as hashing a password, during which nobody else should wait for the lock.
    What it reads may have changed when the transaction begins, so the view must look again.
    """

    def mark(view: View) -> View:
        view.__dict__["ahead"] = prepare
        return view

    return mark


def looking_first(look: View) -> Callable[[View], View]:
    """Run ``look``, with the call and the path, at a glance and ahead of a command's transaction.

    What it raises is the answer: whoever comes too late need not queue for the lock. The view must
    look again. With an Idempotency-Key it is left out: there may be a first answer.
    """

    def mark(view: View) -> View:
        view.__dict__["look"] = look
        return view

    return mark


class Routes(Blueprint):
    """A blueprint whose views are commands (they change something) or queries."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Make a blueprint that documents what its views promise."""
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(_document)

    def register_views_in_doc(self, api: Any, *args: Any, **kwargs: Any) -> None:
        """Describe the views when ``api`` asks for it."""
        api.describe_later(partial(super().register_views_in_doc, api, *args, **kwargs))

    def query(
        self,
        rule: str,
        *,
        may: StrEnum | None,
        answers: ma.Schema | Download,
        args: ma.Schema | None = None,
        takes: ma.Schema | None = None,
        raises: Iterable[type[Problem]] = (),
    ) -> Callable[[View], View]:
        """Answer GET on ``rule`` in a transaction that is always rolled back.

        ``may`` is the permission needed, None for anybody. An answer carries an ETag. A view that
        answers with a Download returns a Response. A question too long for an address is asked by
        POST, in a body that the view ``takes``.
        """
        operation = f"POST {rule}" if takes else f"GET {rule}"
        taken = (takes, "json") if takes else (args, "query")

        def decorate(view: View) -> View:
            @wraps(view)
            def run(*values: Any, **path: Any) -> Any:
                with ExitStack() as opened:
                    session_of = cache(lambda: opened.enter_context(reading(_owner())))
                    call = Call(session_of=session_of, now=clock.now(), signed_in=g.actor)
                    return _tagged(cast(Response, answered(*values, call=call, **path)))

            if isinstance(answers, Download):
                answered = self._answering(view, None, 200)
                run.__dict__["gives"] = answers
            else:
                answered = self._answering(view, answers, 200)
            _carry_docs(answered, run)
            return self._exposed(run, operation, may, taken, raises)

        return decorate

    def command(
        self,
        operation: str,
        *,
        may: StrEnum | None,
        answers: ma.Schema | None,
        takes: ma.Schema | Upload | None = None,
        status: int = 200,
        raises: Iterable[type[Problem]] = (),
    ) -> Callable[[View], View]:
        """Answer ``operation``, say ``POST /events``, in one transaction.

        It is committed before the answer goes. ``may`` is the permission needed, None for anybody.
        A view that ``takes`` an Upload is handed its bytes, and what is stated of it. It returns
        what ``answers`` dumps, or (that, status), or a Problem that must be remembered; raising
        undoes everything.
        A signed-in POST may carry an Idempotency-Key; answers by a ``SecretOut`` are not kept under
        it, such a view must itself be safe to run again. What is slow is done by `ahead`,
        what is refused at a glance by `looking_first`.
        """
        method = operation.split(" ")[0]
        keyed = method == "POST" and may is not None and not isinstance(answers, SecretOut)

        def decorate(view: View) -> View:
            prepare, look = view.__dict__.get("ahead"), view.__dict__.get("look")

            @wraps(view)
            def run(*values: Any, **path: Any) -> Any:
                if look and "Idempotency-Key" not in request.headers:
                    _glance(look, path)
                if prepare:
                    values = (prepare(values[0]), *values[1:])
                return until_won(
                    lambda: _once(answered, values, path, _keyed_attempt() if keyed else None)
                )

            answered = self._answering(view, answers, status)
            _carry_docs(answered, run)
            run.__dict__["keyed"] = keyed
            return self._exposed(run, operation, may, (takes, "json"), raises)

        return decorate

    def _answering(self, view: View, answers: ma.Schema | None, status: int) -> View:
        # The framework documents the answer; building it by the framework would cost 30 us more.
        @wraps(self.response(status, answers)(view))
        def answered(*values: Any, call: Call, **path: Any) -> Response:
            result = view(call, *values, **path)
            if isinstance(result, Response):
                return result
            if isinstance(result, Problem):
                return problem_response(result)
            given, code = result if isinstance(result, tuple) else (result, status)
            said = answers.dump(given) if answers else given
            body = orjson.dumps(said, option=orjson.OPT_UTC_Z)
            return Answer(body, status=code, content_type="application/json")

        return cast(View, answered)

    def _heeding(self, run: View, schema: ma.Schema, location: str) -> View:
        # As with answers: the framework documents, and would take 30 us longer to read.
        @wraps(self.arguments(schema, location=location)(run))
        def heeding(**path: Any) -> Any:
            return run(said_in(location, schema), **path)

        return cast(View, heeding)

    def _exposed(
        self,
        run: View,
        operation: str,
        may: StrEnum | None,
        taken: tuple[ma.Schema | Upload | None, str],
        raises: Iterable[type[Problem]],
    ) -> View:
        method, rule = operation.split(" ")
        schema, location = taken
        parsed = run
        if isinstance(schema, Upload):
            parsed = self.doc(requestBody=schema.documented())(_receiving(run, schema))
            if schema.stated:
                parsed = self._heeding(parsed, schema.stated, "query")
        elif schema is not None:
            parsed = self._heeding(run, schema, location)

        @wraps(parsed)
        def authorised(*values: Any, **path: Any) -> Any:
            g.actor = _authorise(may)
            if isinstance(schema, Upload):
                request.max_content_length = schema.largest
            if method != "GET":
                began = monotonic()
                request.get_data()  # Read a slow body before any lock is taken.
                if monotonic() - began > SLOW_BODY_SECONDS:
                    g.actor = _authorise(may)
            return parsed(*values, **path)

        contract = Contract(
            method=method,
            rule=rule,
            may=may,
            keyed=run.__dict__.get("keyed", False),
            takes=schema is not None,
            again=method == "PUT" or "id" in getattr(schema, "fields", ()),
            gives=run.__dict__.get("gives"),
            raises=tuple(raises),
        )
        documentation = dict(
            parsed.__dict__.get("_apidoc", {}), contract=contract, name=run.__name__
        )
        authorised.__dict__["_apidoc"] = documentation
        return cast(View, self.route(rule, methods=[method])(authorised))


def _receiving(run: View, upload: Upload) -> View:
    @wraps(run)
    def receive(*stated: Any, **path: Any) -> Any:
        charset = request.mimetype_params.get("charset", "utf-8").lower()
        if request.mimetype != upload.media_type or charset not in {"utf-8", "utf8"}:
            raise UnsupportedMediaType(f"Send {upload.media_type} in UTF-8.")
        return run(request.get_data(), *stated, **path)

    return receive


def _document(
    operation: dict[str, Any], documentation: dict[str, Any], *, app: Flask, **_: Any
) -> dict[str, Any]:
    contract: Contract = documentation["contract"]
    operation["operationId"] = operation_id(documentation["name"])
    return contract.complete(operation, of_tokens=app.extensions[TOKEN_PROBLEMS])


def _tagged(response: Response) -> Response:
    """Return ``response`` with an ETag, without its body where the client has it already."""
    response.add_etag()
    # Finding out that nothing was asked for would cost a fifth of what an empty view does.
    if not _CONDITIONS.isdisjoint(request.environ):
        response.make_conditional(request)
    return response


def _carry_docs(answered: View, run: View) -> None:
    run.__dict__.update(answered.__dict__)


def _authorise(may: StrEnum | None) -> Actor | None:
    if may is None:
        return None
    actor: Actor = current_app.extensions[AUTHENTICATE]()
    if not actor.may(may):
        raise NotAllowed
    return actor


def _owner() -> UUID | None:
    """Return the organisation of who has signed in, None where nobody needs to."""
    return g.actor.organisation_id if g.actor else None


def _glance(look: View, path: dict[str, Any]) -> None:
    with glancing(_owner()) as session:
        look(Call(session_of=lambda: session, now=clock.now(), signed_in=g.actor), **path)


def _once(
    answered: View,
    values: tuple[Any, ...],
    path: dict[str, Any],
    attempt: idempotency.Attempt | None,
) -> Response:
    with transaction(_owner()) as session:
        call = Call(session_of=lambda: session, now=clock.now(), signed_in=g.actor)
        if attempt and (first := idempotency.find_first_answer(session, attempt)):
            return Response(first.body, status=first.status, content_type=first.media_type)
        response = cast(Response, answered(*values, call=call, **path))
        if attempt and response.status_code < 500:
            idempotency.remember(
                session,
                attempt,
                status=response.status_code,
                media_type=response.content_type,
                body=response.get_data(as_text=True),
                now=call.now,
            )
        return response


def _keyed_attempt() -> idempotency.Attempt | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    return idempotency.Attempt.of(
        g.actor, key, method=request.method, path=request.full_path, body=request.get_data()
    )
