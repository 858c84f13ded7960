"""Problems: every refusal the product knows, as RFC 9457 answers.

A class name is a fact and, in kebab case, the stable code of the problem; the first paragraph of
the class docstring is the sentence that people read.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from inspect import cleandoc
from typing import Any, ClassVar

MEDIA_TYPE = "application/problem+json"


class Problem(Exception):
    """Something went wrong."""

    status: ClassVar[int] = 500

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        retry_after: int | None = None,
        **members: Any,
    ) -> None:
        """Make a problem.

        ``errors`` maps field names to messages (of a file, it lists the bad rows),
        ``retry_after`` is in seconds, and ``members`` are further public members of the problem
        document.
        """
        super().__init__(detail or self.title())
        self.detail = detail
        self.errors = errors
        self.retry_after = retry_after
        self.members = members

    @classmethod
    def code(cls) -> str:
        """Return the stable code, for instance ``request-already-taken``."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()

    @classmethod
    def title(cls) -> str:
        """Return the sentence for people: the first paragraph of the class docstring."""
        return cleandoc(cls.__doc__ or "").split("\n\n")[0].replace("\n", " ")

    def document(self) -> dict[str, Any]:
        """Return the members of the problem document."""
        document: dict[str, Any] = {
            "type": f"/problems/{self.code()}",
            "title": self.title(),
            "status": self.status,
        }
        if self.detail:
            document["detail"] = self.detail
        if self.errors:
            document["errors"] = self.errors
        return document | self.members


class Malformed(Problem):
    """The request could not be read."""

    status = 400


class NotAuthenticated(Problem):
    """Sign in first."""

    status = 401


class NotAllowed(Problem):
    """Your role does not allow this."""

    status = 403


class NotFound(Problem):
    """There is no such thing here."""

    status = 404


class MethodNotAllowed(Problem):
    """This address does not take that method."""

    status = 405


class Conflict(Problem):
    """This does not fit what is already there."""

    status = 409


class Gone(Problem):
    """This is no longer available."""

    status = 410


class PreconditionFailed(Problem):
    """The thing has changed since you read it."""

    status = 412


class TooLarge(Problem):
    """The request is larger than is taken here."""

    status = 413


class UnsupportedMediaType(Problem):
    """The body is of a media type that is not taken here."""

    status = 415


class Invalid(Problem):
    """Some of what was sent is not valid; see errors."""

    status = 422


class TooMany(Problem):
    """Too many requests; wait before the next one."""

    status = 429


class ServerFault(Problem):
    """Something broke on our side; nothing was kept, it is safe to send it again."""

    status = 500


class Unavailable(Problem):
    """Not ready; try again shortly."""

    status = 503


BY_STATUS: dict[int, type[Problem]] = {
    problem.status: problem
    for problem in (
        Malformed,
        NotAuthenticated,
        NotAllowed,
        NotFound,
        MethodNotAllowed,
        Conflict,
        Gone,
        PreconditionFailed,
        TooLarge,
        UnsupportedMediaType,
        Invalid,
        TooMany,
        ServerFault,
        Unavailable,
    )
}


def catalogue() -> list[type[Problem]]:
    """Return every problem of the product that is loaded, by status and code."""

    def below(problem: type[Problem]) -> Iterator[type[Problem]]:
        for child in problem.__subclasses__():
            yield child
            yield from below(child)

    ours = {problem for problem in below(Problem) if problem.__module__.startswith("backend.")}
    return sorted(ours, key=lambda problem: (problem.status, problem.code()))
