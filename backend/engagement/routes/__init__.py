"""The API of the main job."""

from flask_smorest import Blueprint

BLUEPRINTS: tuple[Blueprint, ...] = ()
