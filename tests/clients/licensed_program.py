"""A program that is licensed, driven by the suite: one call of the library for each verb, one JSON
object on standard output for each.

    python licensed_program.py VERB --base URL --product CODE --pem FILE --dir FOLDER [--key KEY] [--now SECONDS] …

`--now` is the program's own clock, which tests move. `seat` takes a floating seat and holds it until
its standard input ends; then it leaves as any program does.
"""

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "sdk" / "python" / "src"))
import alvara  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("verb")
for flag in ("base", "product", "pem", "dir", "key", "machine", "file", "text", "member", "version", "user", "preset"):
    parser.add_argument(f"--{flag}")
parser.add_argument("--now", type=int)
parser.add_argument("--seconds", type=int)
parser.add_argument("--times", type=int, default=1)
parser.add_argument("--part", action="append", default=[])
parser.add_argument("--floating", action="store_true")
asked = parser.parse_args()
folder = Path(asked.dir)


def open_client():
    parts = dict(part.split("=", 1) for part in asked.part)
    return alvara.init(
        asked.product,
        Path(asked.pem).read_text(encoding="utf-8"),
        asked.base,
        version=asked.version,
        user=asked.user,
        preset=alvara.ALWAYS_ONLINE if asked.preset == "always-online" else alvara.HYBRID,
        floating=asked.floating,
        path=folder / "license",
        watermark=folder / "elsewhere" / "seen",
        machine=alvara.Machine(asked.machine or "desk-1", parts),
        clock=(lambda: asked.now) if asked.now is not None else time.time,
        renew_url="https://shop.example/renew?license={license}",
    )


def shown(state):
    said = {
        name: getattr(state, name)
        for name in ("code", "valid", "access", "days_left", "grace_ends_at", "next_check_at", "license",
                     "machine", "expires_at", "error", "retry_at")
    }
    said["status"] = str(state.status)
    said["modules"] = dict(state.modules)
    said["seat"] = None if state.seat is None else {
        "id": state.seat.id, "until": state.seat.until, "borrowed_until": state.seat.borrowed_until}
    said["message"] = state.message("pt-BR")
    return said


def say(said):
    print(json.dumps(said), flush=True)


client = open_client()
if asked.verb == "activate":
    say(shown(client.activate(asked.key, name="Desk")))
elif asked.verb == "check":
    # More than once where somebody measures what one costs.
    for _ in range(1, asked.times):
        client.state
    say(shown(client.state))
elif asked.verb == "contact":
    say(shown(client.validate_online()))
elif asked.verb == "deactivate":
    say(shown(client.deactivate()))
elif asked.verb == "offline-request":
    say({"text": client.offline_request(asked.key)})
elif asked.verb == "offline-activate":
    say(shown(client.offline_activate(Path(asked.file).read_text(encoding="utf-8"))))
elif asked.verb == "offline-deactivate":
    say({"text": client.deactivate_offline()})
elif asked.verb == "update":
    found = client.check_update()
    say({"update": None if found is None else {"version": found.version, "url": found.url}})
elif asked.verb == "ask":
    say({"has": client.has_module(asked.member), "value": client.module_value(asked.member),
         "days_left": client.days_left(), "renew_url": client.renew_url()})
elif asked.verb == "seat":
    say(shown(client.take_seat(borrow_for=asked.seconds)))
    sys.stdin.read()
elif asked.verb == "loop":
    # Runs as a program does: each change of the state is a line, until standard input ends.
    client.on_change(lambda state: say(shown(state)))
    say(shown(client.check()))
    client.start()
    sys.stdin.read()
elif asked.verb == "plant":
    # What somebody does who controls the machine and knows this library: opens the store and puts
    # another text in place of a signed one. The seal does not keep them out; the signature does.
    text = Path(asked.file).read_text(encoding="utf-8").strip()
    client._store.update(lambda kept: kept.update({asked.member: text}))
    say(shown(client.state))
elif asked.verb == "show":
    kept = client._store.load()
    say({name: kept.get(name) for name in ("computer_key", "lease", "machine_id", "token", "seq")})
else:
    parser.error(f"unknown verb {asked.verb}")
