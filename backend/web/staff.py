"""The staff phone: a page that installs itself on a phone and talks to /v1 like any other client.

Its modules import each other by relative addresses, so all its files are addressed by one digest,
that of the whole bundle. It is also the release that the service worker keeps.
"""

import json

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from backend.web.assets import FOLDER, bundle_digest, bundle_names, bundled
from backend.web.security import PERMISSIONS, POLICY, permissions_policy, policy

# The code's QR is drawn by the server as SVG and shown from the page's memory.
PAGE_POLICY = policy(
    script_src="'self'",
    style_src="'self'",
    img_src="'self' blob:",
    connect_src="'self'",
    manifest_src="'self'",
    worker_src="'self'",
)
WORKER, WORKER_POLICY = "app/worker.js", policy(connect_src="'self'")
# Only who installs the page asks for these; the board needs the network anyway.
_NOT_KEPT = (WORKER, "app/manifest.webmanifest", "app/icons/", "board.js")
# One language is loaded at first, in which all others are written down, and what it takes to greet.
_VIEWS = ("later", "allow", "cards", "followups", "rewards")
_LATER = ("app/texts/fr.js", "app/texts/es.js", *(f"app/views/{name}.js" for name in _VIEWS))

pages = Blueprint("staff", __name__)


@pages.get("/app")
def show_app() -> Response:
    """Show the staff page; it holds nothing until somebody signs in."""
    modules = [name for name in _kept() if name.endswith(".js") and name not in _LATER]
    page = make_response(render_template("house/app.html", modules=modules, bundled=bundled))
    page.headers[POLICY] = PAGE_POLICY
    # To scan the slip on which HR hands out an enrolment code.
    page.headers[PERMISSIONS] = permissions_policy(camera="(self)")
    return page


@pages.get("/p/<code>")
@pages.get("/P/<code>", endpoint="show_scanned_pack")
def show_pack(code: str) -> Response:
    """Lead a camera that has scanned a pack of cards to the staff page, which can bind them."""
    where = url_for("staff.show_app", _anchor=f"pack={code}")
    return make_response(redirect(where, code=303))


@pages.get("/app.worker.js")
def show_worker() -> Response:
    """Answer the service worker of this release: what it keeps, then what it does."""
    files = [bundled(name) for name in _kept()]
    told = f"const VERSION = {json.dumps(bundle_digest())};\nconst FILES = {json.dumps(files)};\n"
    script = told + (FOLDER / WORKER).read_text(encoding="utf-8")
    answer = Response(script, mimetype="text/javascript")
    answer.headers[POLICY] = WORKER_POLICY
    # A phone that was away for weeks must learn of a release with its first look.
    answer.headers["Cache-Control"] = "no-cache"
    answer.add_etag()
    answer.make_conditional(request)
    return answer


def _kept() -> list[str]:
    """Return the files that make the page work without a network."""
    return [name for name in bundle_names() if not name.startswith(_NOT_KEPT)]
