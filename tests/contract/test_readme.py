"""What the page for client authors says is true: its story runs as it is printed."""

import os
import re
import shutil
import subprocess

import pytest
from flask import Flask

from backend.foundation.openapi import SPECIFICATION
from tests.browser.world import make_world
from tests.http import served
from tests.identity.people import PASSWORD

PAGE = (SPECIFICATION / "README.md").read_text("utf-8")
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^):#]+)\)")


def test_every_link_leads_somewhere() -> None:
    assert LINK.findall(PAGE)
    for target in LINK.findall(PAGE):
        assert (SPECIFICATION / target).exists(), target


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
def test_the_story_runs_as_it_is_printed(app: Flask) -> None:
    world = make_world(app)
    given, story = SHELL.findall(PAGE)
    with served(app) as url:
        said = {
            "HOST": url,
            "CODE": world.enrolment_code(world.evening.casey),
            "EMAIL": world.email,
            "PASSWORD": PASSWORD,
            "TOTP": world.totp.now(),
        }
        assert re.findall(r"^(\w+)=", given, re.MULTILINE) == list(said)
        played = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", story],
            env=os.environ | said | {"no_proxy": "127.0.0.1"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert played.returncode == 0, played.stdout + played.stderr
    for fact in ('"outcome":"paid"', '"state":"unused"', '"pending":26', '"attendance":19500'):
        assert fact in played.stdout
