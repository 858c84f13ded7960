"""What an installation may start with, and what it makes for itself."""

import json
from pathlib import Path

import pytest

from backend import settings
from backend.settings import Secrets, Settings, SettingsRefused, from_environment, instance_folder
from tests.notify.push_service import PushService


def test_development_makes_its_own_secrets_and_keeps_them(tmp_path: Path):
    first = from_environment({}, instance=tmp_path)
    second = from_environment({}, instance=tmp_path)
    assert first.secrets == second.secrets
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert from_environment({}, instance=tmp_path / "other").secrets != first.secrets


@pytest.mark.parametrize("environment", ["production", "staging"])
def test_outside_development_a_missing_secret_stops_the_start(tmp_path: Path, environment: str):
    with pytest.raises(SettingsRefused, match="no usable secrets"):
        from_environment({"ON_THE_SPOT_ENVIRONMENT": environment}, instance=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["", "{}", "[]", '{"signing_keys": []}', "\x00"])
def test_damaged_secrets_stop_the_start(tmp_path: Path, damage: str):
    (tmp_path / "secrets.json").write_text(damage)
    with pytest.raises(SettingsRefused):
        from_environment({}, instance=tmp_path)


def test_secrets_with_an_empty_key_stop_the_start(tmp_path: Path):
    path = tmp_path / "secrets.json"
    Secrets.keep(path)
    for name, nothing in (("signing_keys", []), ("code_key", ""), ("vault_key", "")):
        kept = json.loads(path.read_text()) | {name: nothing}
        (tmp_path / "damaged.json").write_text(json.dumps(kept))
        with pytest.raises(SettingsRefused):
            Secrets.read(tmp_path / "damaged.json")


@pytest.mark.parametrize("key", ["not a key", "é" * 44, "A" * 43, 5])
def test_a_damaged_vault_key_stops_the_start_and_is_not_quoted(tmp_path: Path, key: object):
    path = tmp_path / "secrets.json"
    Secrets.keep(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {"vault_key": key}))
    with pytest.raises(SettingsRefused, match="no usable secrets") as refused:
        from_environment({}, instance=tmp_path)
    assert str(key) not in str(refused.value).removeprefix(f"no usable secrets in {path}")


@pytest.mark.parametrize("damage", [{"code_key": "YQ=="}, {"signing_keys": [5]}])
def test_a_key_that_could_be_guessed_or_is_none_stops_the_start(
    tmp_path: Path, damage: dict[str, object]
):
    path = tmp_path / "secrets.json"
    Secrets.keep(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | damage))
    with pytest.raises(SettingsRefused, match="no usable secrets"):
        from_environment({}, instance=tmp_path)


@pytest.mark.parametrize("name", ["ON_THE_SPOT_DEBUG", "FLASK_DEBUG"])
def test_outside_development_debugging_stops_the_start(tmp_path: Path, name: str):
    Secrets.keep(tmp_path / "secrets.json")
    production = {"ON_THE_SPOT_ENVIRONMENT": "production"}
    assert not from_environment({**production, name: "0"}, instance=tmp_path).debug
    with pytest.raises(SettingsRefused, match="debugging"):
        from_environment({**production, name: "1"}, instance=tmp_path)
    assert from_environment({name: "true"}, instance=tmp_path).debug


def test_whether_the_server_works_is_yes_or_no_and_nothing_else(tmp_path: Path):
    name = "ON_THE_SPOT_WORKER_IN_SERVER"
    for said, works in (({}, True), ({name: "yes"}, True), ({name: "no"}, False)):
        assert from_environment(said, instance=tmp_path).worker_in_server is works
    for value in ("true", "1", "on", "off", "No"):
        with pytest.raises(SettingsRefused, match="yes or no"):
            from_environment({name: value}, instance=tmp_path)


@pytest.mark.parametrize("value", ["0", "-1", "many", "4.5"])
def test_a_number_that_is_none_stops_the_start(tmp_path: Path, value: str):
    with pytest.raises(SettingsRefused, match="positive number"):
        from_environment({"ON_THE_SPOT_THREADS": value}, instance=tmp_path)


def test_supervisors_are_not_told_before_colleagues(tmp_path: Path):
    told = {
        "ON_THE_SPOT_REQUEST_NEAR_SECONDS": "60",
        "ON_THE_SPOT_REQUEST_SUPERVISOR_SECONDS": "60",
    }
    assert from_environment(told, instance=tmp_path).request_supervisor_seconds == 60
    with pytest.raises(SettingsRefused, match="before supervisors"):
        from_environment(told | {"ON_THE_SPOT_REQUEST_SUPERVISOR_SECONDS": "59"}, instance=tmp_path)


def test_sqlite_is_served_by_one_process_and_postgresql_by_two(tmp_path: Path):
    assert from_environment({}, instance=tmp_path).processes == 1
    url = {"ON_THE_SPOT_DATABASE_URL": "postgresql+psycopg://arena@db/arena"}
    assert from_environment(url, instance=tmp_path).processes == 2


def test_the_instance_folder_does_not_depend_on_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    assert instance_folder({}) == Path(__file__).resolve().parents[2] / ".instance"
    assert instance_folder({"ON_THE_SPOT_INSTANCE": "here"}) == tmp_path / "here"


def test_no_proxy_is_believed_unless_it_is_said_how_many_there_are(tmp_path: Path):
    assert from_environment({}, instance=tmp_path).proxies == 0
    assert from_environment({"ON_THE_SPOT_PROXIES": "2"}, instance=tmp_path).proxies == 2
    with pytest.raises(SettingsRefused, match="0 or a positive number"):
        from_environment({"ON_THE_SPOT_PROXIES": "*"}, instance=tmp_path)


@pytest.fixture(scope="module")
def account() -> dict[str, str]:
    return PushService(port=9).account()


def started_with(kept: str, folder: Path) -> Settings:
    key = folder / "key.json"
    key.write_text(kept)
    return from_environment({"ON_THE_SPOT_FIREBASE_ACCOUNT": str(key)}, instance=folder)


def test_a_key_file_for_push_is_taken_as_it_is(tmp_path: Path, account: dict[str, str]) -> None:
    assert started_with(json.dumps(account), tmp_path).firebase_account == account


@pytest.mark.parametrize("kept", ["", "[]", "{}"])
def test_a_key_file_for_push_that_is_none_is_refused_at_start(tmp_path: Path, kept: str) -> None:
    with pytest.raises(SettingsRefused, match="no usable Firebase key"):
        started_with(kept, tmp_path)


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        *((name, damage) for name in ("type", "private_key") for damage in (None, "", 7, "text")),
        *((name, None) for name in ("project_id", "client_email", "token_uri")),
    ],
)
def test_a_damaged_key_file_for_push_is_refused_at_start(
    tmp_path: Path, account: dict[str, str], name: str, damage: object
) -> None:
    kept: dict[str, object] = {**account, name: damage}
    with pytest.raises(SettingsRefused, match="no usable Firebase key") as refused:
        started_with(json.dumps(kept), tmp_path)
    assert account["private_key"] not in str(refused.value)


def test_without_its_library_push_is_refused_at_start(
    tmp_path: Path, account: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "find_spec", lambda _name: None)
    with pytest.raises(SettingsRefused, match="install firebase-admin"):
        started_with(json.dumps(account), tmp_path)


def test_a_code_lives_no_longer_than_what_is_known_of_its_request(tmp_path: Path) -> None:
    name = "ON_THE_SPOT_RATING_CODE_HOURS"
    assert from_environment({name: "144"}, instance=tmp_path).rating_code_hours == 144
    with pytest.raises(SettingsRefused, match="at most 144"):
        from_environment({name: "145"}, instance=tmp_path)
