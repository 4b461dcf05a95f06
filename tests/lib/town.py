"""town: a fresh demo town of real processes for scenario tests, and people who use it over HTTP.

    with Town() as town:
        sato = town.login("sato", "internet")
        sato.get("session")
"""
import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import secrets
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
ZONES = ("internet", "lgwan", "mynumber")
FAKETIME = "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1"


def totp(secret, step):
    key = base64.b32decode(secret + "=" * (-len(secret) % 8), casefold=True)
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7fffffff) % 1000000:06d}"


class Refused(Exception):
    """An answer outside 2xx."""

    def __init__(self, status, body):
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body
        self.code = body.get("code") if isinstance(body, dict) else None


class Person:
    """One browser of one person (or of nobody) at one portal."""

    def __init__(self, town, zone):
        self.town, self.zone, self.cookie = town, zone, None

    def raw(self, method, path, body=None, headers=None, timeout=60):
        """One request; (status, headers, bytes). PATH begins with '/'."""
        link = http.client.HTTPConnection("127.0.0.1", self.town.port(self.zone), timeout=timeout)
        host = f"{self.zone}.localhost:{self.town.port(self.zone)}"
        sent = {"Host": host}
        if method not in ("GET", "HEAD"):
            sent.update({"Origin": f"http://{host}", "X-Sekisho": "1"})
        if self.cookie:
            sent["Cookie"] = f"__Host-sekisho={self.cookie}"
        sent.update(headers or {})
        with contextlib.closing(link):
            link.request(method, path, body, sent)
            answer = link.getresponse()
            data = answer.read()
        for value in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = value.partition("=")
            if name == "__Host-sekisho":
                self.cookie = rest.split(";")[0] or None
        return answer.status, answer.headers, data

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        status, _, answer = self.raw(method, f"/api/v1/{path}", data, headers)
        try:
            parsed = json.loads(answer) if answer else {}
        except ValueError:
            parsed = answer
        if not 200 <= status < 300:
            raise Refused(status, parsed)
        return parsed

    def get(self, path):
        return self.call("GET", path)

    def post(self, path, body=None):
        return self.call("POST", path, {} if body is None else body)

    def patient(self, method, path, body=None, seconds=60):
        """call, again and again while a part of the system is away."""
        end = time.monotonic() + seconds
        while True:
            try:
                return self.call(method, path, body)
            except (Refused, OSError, http.client.HTTPException) as refused:
                away = not isinstance(refused, Refused) or refused.status in (502, 503, 504)
                if not away or time.monotonic() > end:
                    raise
            time.sleep(0.1)

    def upload(self, url, data, seconds=90):
        """tus: asks where to go on and sends the rest, until everything is there."""
        end = time.monotonic() + seconds
        while True:
            try:
                status, headers, body = self.raw("HEAD", url, headers={"Tus-Resumable": "1.0.0"})
                if status not in (200, 204):
                    if status in (401, 404):
                        raise Refused(status, {})
                    raise OSError(status)
                at = int(headers["Upload-Offset"])
                if at == len(data):
                    return
                status, headers, body = self.raw("PATCH", url, data[at:], {
                    "Tus-Resumable": "1.0.0", "Upload-Offset": str(at),
                    "Content-Type": "application/offset+octet-stream"})
                if status == 204 and int(headers["Upload-Offset"]) == len(data):
                    return
                if status in (400, 403, 404, 412, 413, 415):
                    raise Refused(status, json.loads(body or b"{}"))
            except (OSError, http.client.HTTPException):
                pass
            if time.monotonic() > end:
                raise TimeoutError(f"upload {url}")
            time.sleep(0.1)

    def send(self, name, data, flow="inward", cls="2", purpose="試験のため", receiver="self"):
        """A whole transfer of one file up to 送る; the transfer."""
        key = secrets.token_hex(8)
        transfer = self.patient("POST", "transfers", {"flow": flow, "key": key})
        item = self.patient("POST", f"transfers/{transfer['id']}/items",
                            {"name": name, "size": len(data), "key": key})
        self.upload(item["upload"], data)
        return self.patient("POST", f"transfers/{transfer['id']}/submit",
                            {"class": cls, "purpose": purpose, "receiver": receiver})

    def wait(self, transfer, states, seconds=60):
        """Until TRANSFER is in one of STATES."""
        end = time.monotonic() + seconds
        while True:
            seen = self.patient("GET", f"transfers/{transfer['id']}")
            if seen["state"] in states:
                return seen
            if time.monotonic() > end:
                raise TimeoutError(f"{transfer['id']} is {seen['state']}, not {states}: {seen}")
            time.sleep(0.1)

    def decide(self, transfer, decision="approve", reason=""):
        seen = self.patient("GET", f"transfers/{transfer['id']}")
        return self.call("POST", f"transfers/{transfer['id']}/decide",
                         {"rev": seen["rev"], "digest": seen["digest"], "decision": decision,
                          "reason": reason})


class Town:
    def __init__(self, programs=None, bare=False, spool_bytes=None, policies=()):
        self.programs = pathlib.Path(programs or ROOT / "build/release")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-town-"))
        self.folder.chmod(0o711)
        self.state = self.folder / "town"
        self.bare = bare
        self.policies = policies
        self.env = {**os.environ, "TREE": str(ROOT)}
        if spool_bytes:
            self.env["SPOOL_BYTES"] = str(spool_bytes)
        self.steps = {}
        self.ahead = 0

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind, value, trace):
        if kind and (self.state / "log").exists():
            lines = (self.state / "log").read_text(errors="replace").splitlines()[-40:]
            print("\n".join("# " + line for line in lines))
        self.run("stop")
        if os.environ.get("SEKISHO_KEEP_TOWN") == "1":
            print(f"# kept {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, verb, *args):
        return subprocess.run([ROOT / "run", verb, "--state", self.state, *args], env=self.env,
                              capture_output=True, text=True, timeout=120)

    def start(self):
        args = ["--yes", "--no-build", "--programs", self.programs, "--port-base",
                os.environ.get("SEKISHO_PORT_BASE", "19081")]
        texts = [word for text in self.policies for word in ("--policy", text)]
        if self.ahead:
            self.env.update({"LD_PRELOAD": FAKETIME, "FAKETIME": f"+{self.ahead}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"})
        done = self.run("demo", *args, *(["--bare"] if self.bare else []), *texts)
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        rows = (json.loads(line) for line in (self.state / "logins.txt").read_text().splitlines())
        self.people = {row["login"]: row for row in rows}

    def now(self):
        """The town's own time, in seconds."""
        return time.time() + self.ahead

    def later(self, seconds):
        """Stops the town and starts it with its clock SECONDS further on: everybody has to log in anew."""
        self.run("stop")
        self.ahead += int(seconds)
        self.start()

    def port(self, zone):
        return int((self.state / "ports").read_text()) + ZONES.index(zone)

    def visitor(self, zone):
        return Person(self, zone)

    def code(self, login):
        """A one-time code of LOGIN that was not used yet (a step counts once).

        The last step is taken only while it stays good long enough to be typed."""
        last = int(self.now() + 10) // 30 - 1
        step = max(last, self.steps.get(login, 0) + 1)
        while step > int(self.now()) // 30 + 1:
            time.sleep(0.5)
        self.steps[login] = step
        return totp(self.people[login]["totp"], step)

    def login(self, login, zone):
        person = Person(self, zone)
        begun = person.patient("POST", "auth/begin", {"login": login})
        person.patient("POST", "auth/step", {"attempt": begun["attempt"], "factor": "password",
                                             "data": {"password": self.people[login]["password"]}})
        done = person.patient("POST", "auth/step", {"attempt": begun["attempt"], "factor": "totp",
                                                    "data": {"code": self.code(login)}})
        assert done["state"] == "done", done
        return person

    def processes(self):
        """name → pid of every program sekishod runs now."""
        table = {}
        top = (self.state / "sekishod.pid").read_text().split()[0]
        for pid in (p for p in os.listdir("/proc") if p.isdigit()):
            with contextlib.suppress(OSError, IndexError):
                stat = pathlib.Path("/proc", pid, "stat").read_text()
                if stat.rpartition(")")[2].split()[1] == top:
                    name = pathlib.Path("/proc", pid, "cmdline").read_bytes().split(b"\0")[0].decode()
                    table[name] = int(pid)
        return table

    def kill(self, name):
        pid = self.processes().get(name)
        if pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return pid

    def sekisho(self, *args, **kw):
        return subprocess.run([self.programs / "sekisho", *map(str, args)], capture_output=True, text=True,
                              timeout=120, **kw)


class Tap:
    """TAP of a script: tap.ok(condition, title); tap.end() ends the process."""

    def __init__(self):
        self.number, self.failed = 0, 0

    def ok(self, good, title, detail=""):
        self.number += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.number} - {title}", flush=True)
        if not good and detail:
            print("\n".join("# " + line for line in str(detail).splitlines()), flush=True)
        return good

    def skip(self, title, reason):
        self.number += 1
        print(f"ok {self.number} - {title} # SKIP {reason}", flush=True)

    def refused(self, call, code, title, status=None):
        """CALL must be refused with CODE (and STATUS)."""
        try:
            answer = call()
        except Refused as refused:
            return self.ok(refused.code == code and status in (None, refused.status), title, refused)
        return self.ok(False, title, f"allowed: {answer}")

    def end(self):
        print(f"1..{self.number}")
        sys.exit(self.failed > 0)
