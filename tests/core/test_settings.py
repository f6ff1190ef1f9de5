"""Settings from the environment, and what the program refuses to start with."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from app.config import ROOT, Settings, SettingsError
from app.factory import create_app
from app.support.notices import senders
from tests.databases import settings_for

SECRETS = {"SECRET_KEY": "s" * 20, "DATA_KEY": "11" * 32}


def read(folder, **more):
    return Settings.from_environment({**SECRETS, "INSTANCE_DIR": str(folder), **more})


@pytest.mark.parametrize(
    ("given", "meant"), [({"SMS_SENDER": "acme"}, "acme"), ({"SMS_SENDER": ""}, "console"), ({}, "console")]
)
def test_the_gateway_for_short_messages_is_read(tmp_path, given, meant):
    assert read(tmp_path, **given).sms_sender == meant


def test_the_settings_file_may_name_the_gateway_too(tmp_path):
    (tmp_path / "settings.env").write_text("SMS_SENDER=acme\n")
    assert read(tmp_path).sms_sender == "acme"
    assert read(tmp_path, SMS_SENDER="console").sms_sender == "console"


def test_an_unknown_gateway_is_refused_at_the_start(tmp_path):
    settings = replace(settings_for(f"sqlite:///{tmp_path / 'app.db'}", tmp_path), sms_sender="carrier-pigeon")
    with pytest.raises(SettingsError, match="SMS_SENDER=carrier-pigeon is not known; choose one of: console"):
        create_app(settings)


def test_a_registered_gateway_is_accepted(tmp_path, monkeypatch):
    monkeypatch.setattr(senders, "_senders", {**senders._senders, "acme": senders.ConsoleSender})
    app = create_app(replace(settings_for(f"sqlite:///{tmp_path / 'app.db'}", tmp_path), sms_sender="acme"))
    with app.app_context():
        assert isinstance(senders.sender(), senders.ConsoleSender)


def test_the_command_line_says_it_in_one_line(tmp_path):
    environment = {**os.environ, **SECRETS, "INSTANCE_DIR": str(tmp_path), "SMS_SENDER": "carrier-pigeon"}
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "users", "holders", "ADMIN"]
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 3
    assert answer.stderr.strip().splitlines() == [
        "SMS_SENDER=carrier-pigeon is not known; choose one of: console"
    ]
