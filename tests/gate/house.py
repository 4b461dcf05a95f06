"""house: real portald and gated processes between stand-ins for cored, authd and ledgerd.

The stand-ins live in one thread of this process and speak base/ipc over the same socket pairs that
sekishod would make. They remember what was said, so that a test can look at it. `core` decides as
simply as possible: every item of ITEMS belongs to the session named in it.
"""
import array
import contextlib
import fcntl
import hashlib
import http.client
import json
import os
import pathlib
import secrets
import select
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("SEKISHO_BUILD", ROOT / "build/asan"))
REQUEST, ANSWER, FAILURE, NOTE = 1, 2, 3, 4

U, I, B, S, H = "u64 i64 bool str hash".split()
MESSAGES = {
    "api": {1: ("api.request", "method:str path:str query:str session:str address:str body:str"),
            2: ("api.answer", "status:u64 type:str filename:str body:str")},
    "auth": {1: ("auth.request", "action:str session:str address:str body:str"),
             2: ("auth.answer", "status:u64 cookie:str body:str")},
    "transfer": {1: ("upload.allow", "zone:str session:str item:str cancel:bool"),
                 2: ("upload.allowed", "object:str side:str length:u64 received:bool"),
                 3: ("item.received", "item:str object:str size:u64 sha256:hash key:str nonce:hash"),
                 4: ("job.claim", "node:str large:bool"),
                 5: ("job.given", "job:u64 lease:u64 kind:str item:str detail:str"),
                 6: ("job.beat", "job:u64 lease:u64"),
                 7: ("job.done", "job:u64 lease:u64 result:str"),
                 8: ("content.allow", "zone:str session:str item:str"),
                 9: ("content.allowed", "object:str side:str key:str name:str type:str size:u64 "
                                        "sha256:hash deposit_index:u64 person:str"),
                 10: ("content.taken", "item:str person:str index:u64"),
                 11: ("transfer.ok", "zero:u64"),
                 12: ("job.wake", "waiting:u64"),
                 13: ("gate.state", "scanner:str spool_bytes:u64 spool_limit:u64 full:bool"),
                 14: ("leaf.seen", "item:str kind:str index:u64 good:bool")},
    "ledger": {1: ("ledger.hello", "zero:u64"),
               2: ("ledger.hello_answer", "origin:str head:u64 size:u64 signed_size:u64"),
               3: ("ledger.append", "seq:u64 kind:str data:str"),
               4: ("ledger.appended", "seq:u64 index:u64 at_us:i64 duplicate:bool")},
}


def fields_of(spec):
    return [f.split(":") for f in spec.split()]


def encode(protocol, number, flag, call, values):
    out = struct.pack("<HHIQ", number, flag, 0, call)
    spec = "code:str detail:str" if flag == FAILURE else MESSAGES[protocol][number][1]
    for name, kind in fields_of(spec):
        value = values[name]
        if kind == "u64":
            out += struct.pack("<Q", value)
        elif kind == "i64":
            out += struct.pack("<q", value)
        elif kind == "bool":
            out += bytes([bool(value)])
        elif kind == "hash":
            out += value
        else:
            raw = value if isinstance(value, bytes) else value.encode()
            out += struct.pack("<I", len(raw)) + raw
    return out


def decode(protocol, packet):
    number, flag, _, call = struct.unpack_from("<HHIQ", packet)
    at, values = 16, {}
    spec = "code:str detail:str" if flag == FAILURE else MESSAGES[protocol][number][1]
    for name, kind in fields_of(spec):
        if kind == "u64":
            values[name] = struct.unpack_from("<Q", packet, at)[0]
            at += 8
        elif kind == "i64":
            values[name] = struct.unpack_from("<q", packet, at)[0]
            at += 8
        elif kind == "bool":
            values[name] = bool(packet[at])
            at += 1
        elif kind == "hash":
            values[name] = packet[at:at + 32]
            at += 32
        else:
            n = struct.unpack_from("<I", packet, at)[0]
            raw = packet[at + 4:at + 4 + n]
            at += 4 + n
            values[name] = raw.decode("utf-8", "surrogateescape")
    assert at == len(packet), (protocol, number, at, len(packet))
    return number, flag, call, values


def memory_file(data):
    fd = os.memfd_create("body", os.MFD_ALLOW_SEALING)
    os.write(fd, data)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, 0xf)
    return fd


class Fail(Exception):
    pass


class Peer:
    """Our end of one edge."""

    def __init__(self, house, protocol, sock, handler, name):
        self.house, self.protocol, self.sock, self.handler, self.name = (
            house, protocol, sock, handler, name)

    def send(self, number, flag, call, values, fds=()):
        packet = encode(self.protocol, number, flag, call, values)
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.sock.sendmsg([packet], control)

    def read(self):
        try:
            packet, control, _, _ = self.sock.recvmsg(70000, socket.CMSG_SPACE(16))
        except ConnectionResetError:
            packet, control = b"", []
        if not packet:
            self.house.peers.remove(self)
            self.sock.close()
            return
        fds = []
        for level, kind, data in control:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                fds += array.array("i", data[:len(data) // 4 * 4])
        number, flag, call, values = decode(self.protocol, packet)
        try:
            got = self.handler(self, MESSAGES[self.protocol][number][0], values, fds)
            if flag == REQUEST and got is not None:
                answer, out, out_fds = got
                self.send(answer, ANSWER, call, out, out_fds)
                for fd in out_fds:
                    os.close(fd)
        except Fail as why:
            self.send(0xffff, FAILURE, call, {"code": str(why), "detail": "test"})
        for fd in fds:
            os.close(fd)


class House:
    def __init__(self, zones=("internet", "lgwan"), spool_bytes=8 << 30, clamd=None, web=None):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="sekisho-gate-"))
        self.zones, self.spool_bytes, self.clamd = zones, spool_bytes, clamd
        self.web = web or self.make_web()
        self.peers, self.processes, self.ports = [], {}, {}
        self.lock = threading.RLock()
        self.items, self.received, self.taken, self.results = {}, [], [], []
        self.jobs, self.running, self.contents, self.leaves = [], {}, {}, []
        self.api_calls, self.auth_calls, self.states, self.seen = [], [], [], []
        self.core_up, self.ledger_up, self.closing = True, True, False
        self.next_job = 1
        for zone in zones:
            with socket.socket() as s:
                s.bind(("127.0.0.1", 0))
                self.ports[zone] = s.getsockname()[1]
        self.start()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        for zone in zones:
            self.wait_http(zone)

    def make_web(self):
        """The smallest bundle that portald takes."""
        web = self.dir / "web"
        web.mkdir()
        shell = b"<!DOCTYPE html><html lang=\"ja\"><title>{{title}}</title><h1>{{h1}}</h1></html>"
        script = b"'use strict';\n" * 400
        for zone in ("internet", "lgwan"):
            (web / f"shell-{zone}.html").write_bytes(shell)
        (web / "outer.js").write_bytes(script)
        digest = hashlib.sha256(shell).hexdigest()
        (web / "manifest.json").write_text(json.dumps({
            "files": [{"path": "/app/0123/outer.js", "file": "outer.js",
                       "type": "text/javascript; charset=utf-8",
                       "sha256": hashlib.sha256(script).hexdigest()}],
            "shells": {z: f"shell-{z}.html" for z in ("internet", "lgwan")},
            "shell_sha256": {z: digest for z in ("internet", "lgwan")},
            "pages": [{"portal": z, "path": p, "title": {"ja": "送る & <受ける>", "en": "Send"}}
                      for z in ("internet", "lgwan") for p in ("/", "/transfer/<id>")]}))
        return web

    # --- processes ---

    def edge(self, protocol, handler, name):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.peers.append(Peer(self, protocol, ours, handler, name))
        return theirs

    def spawn(self, name, program, sets, edges):
        state = self.dir / name
        state.mkdir(exist_ok=True, mode=0o700)
        command = [str(BUILD / program), "--state", str(state), "--data", str(ROOT / "data"),
                   "--programs", str(BUILD)]
        for key, value in sets.items():
            command += ["--set", f"{key}={value}"]
        for edge, sock in edges.items():
            command += ["--edge", f"{edge}={sock.fileno()}"]
        log = open(self.dir / f"{name}.log", "ab")
        self.processes[name] = subprocess.Popen(
            command, stderr=log, pass_fds=[s.fileno() for s in edges.values()])
        log.close()
        for sock in edges.values():
            sock.close()

    def start(self):
        with self.lock:
            ends = {}
            for zone in self.zones:
                ends[zone] = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            sets = {"spool_bytes": self.spool_bytes, "node": "test"}
            if self.clamd:
                sets["clamd"] = self.clamd
            edges = {f"portald.{zone}": ends[zone][1] for zone in self.zones}
            if self.core_up:
                edges["cored"] = self.edge("transfer", self.core, "gated")
            if self.ledger_up:
                edges["ledgerd"] = self.edge("ledger", self.ledger, "gated")
            self.spawn("gated", "gated", sets, edges)
            for zone in self.zones:
                self.spawn(f"portald.{zone}", "portald",
                           {"zone": zone, "listen": f"127.0.0.1:{self.ports[zone]}",
                            "host": f"{zone}.localhost:{self.ports[zone]}", "web": self.web},
                           {"cored": self.edge("api", self.api, zone),
                            "authd": self.edge("auth", self.auth, zone),
                            "gated": ends[zone][0]})

    def kill(self, sig=signal.SIGKILL):
        """Ends every process at once, as a power cut does."""
        for process in self.processes.values():
            process.send_signal(sig)
        for process in self.processes.values():
            process.wait(20)
        self.processes = {}

    def restart(self):
        self.kill()
        with self.lock:
            for peer in list(self.peers):
                peer.sock.close()
            self.peers.clear()
            for job in self.running.values():  # leases run out
                job["lease"] += 1
                self.jobs.append(job)
            self.running = {}
        self.start()
        for zone in self.zones:
            self.wait_http(zone)

    def close(self):
        self.kill(signal.SIGTERM)
        self.closing = True
        self.thread.join(5)
        shutil.rmtree(self.dir)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None:
            for log in self.dir.glob("*.log"):
                print("\n".join("# " + log.name + " " + line
                                for line in log.read_text(errors="replace").splitlines()[-40:]))
        self.close()

    def serve(self):
        while not self.closing:
            with self.lock:
                socks = {p.sock: p for p in self.peers}
            try:
                ready, _, _ = select.select(list(socks), [], [], 0.05)
            except (ValueError, OSError):
                continue
            for sock in ready:
                with self.lock:
                    if socks[sock] in self.peers:
                        socks[sock].read()

    def wait_http(self, zone):
        for _ in range(200):
            with contextlib.suppress(OSError):
                self.http(zone, "GET", "/")
                return
            time.sleep(0.05)
        raise AssertionError(f"portald.{zone} does not answer: " +
                             (self.dir / f"portald.{zone}.log").read_text())

    def rss(self, name):
        for line in open(f"/proc/{self.processes[name].pid}/status"):
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        return 0

    # --- stand-ins ---

    def item(self, size, session="s1", zone="internet", name="案内.docx"):
        item = secrets.token_hex(8)
        self.items[item] = {"object": secrets.token_hex(16), "size": size, "session": session,
                            "zone": zone, "name": name, "received": None}
        return item

    def core(self, peer, message, v, fds):
        if message == "upload.allow":
            item = self.items.get(v["item"])
            if v["session"] not in ("s1", "s2"):
                raise Fail("auth.no_session")
            if item is None or item["session"] != v["session"] or item["zone"] != v["zone"]:
                raise Fail("gate.not_found")
            if v["cancel"]:
                del self.items[v["item"]]
            return 2, {"object": item["object"], "side": item["zone"], "length": item["size"],
                       "received": item["received"] is not None}, ()
        if message == "item.received":
            if v["item"] not in self.items:
                raise Fail("gate.not_found")
            self.items[v["item"]]["received"] = v
            self.received.append(v)
            return 11, {"zero": 0}, ()
        if message == "job.claim":
            if not self.jobs:
                return 5, {"job": 0, "lease": 0, "kind": "", "item": "", "detail": ""}, ()
            job = self.jobs.pop(0)
            self.running[job["job"]] = job
            return 5, {"job": job["job"], "lease": job["lease"], "kind": job["kind"],
                       "item": job["item"], "detail": json.dumps(job["detail"])}, ()
        if message == "job.beat":
            return 11, {"zero": 0}, ()
        if message == "job.done":
            job = self.running.get(v["job"])
            if job is None or job["lease"] != v["lease"]:
                raise Fail("job.lost")  # whoever holds it now goes on
            del self.running[v["job"]]
            report = os.pread(fds[0], 1 << 20, 0) if fds else None
            self.results.append((job, json.loads(v["result"]), report))
            return 11, {"zero": 0}, ()
        if message == "content.allow":
            content = self.contents.get(v["item"])
            if content is None or v["zone"] != content["side"] or v["session"] != "s1":
                raise Fail("gate.not_found")
            return 9, content, ()
        if message == "content.taken":
            self.taken.append(v)
            return 11, {"zero": 0}, ()
        if message == "gate.state":
            self.states.append(v)
        if message == "leaf.seen":
            self.seen.append(v)
        return None

    def ledger(self, peer, message, v, fds):
        if message == "ledger.hello":
            return 2, {"origin": "test.example/log", "head": len(self.leaves),
                       "size": len(self.leaves), "signed_size": 0}, ()
        assert message == "ledger.append"
        duplicate = v["seq"] <= len(self.leaves)
        if not duplicate:
            assert v["seq"] == len(self.leaves) + 1
            self.leaves.append((v["kind"], json.loads(v["data"])))
        return 4, {"seq": v["seq"], "index": v["seq"] - 1 + 100, "at_us": 1,
                   "duplicate": duplicate}, ()

    def api(self, peer, message, v, fds):
        if fds:
            v["body"] = os.pread(fds[0], 2 << 20, 0).decode()
        self.api_calls.append((peer.name, v))
        if v["path"] == "big":
            return 2, {"status": 200, "type": "", "filename": "", "body": ""}, [
                memory_file(b"[" + b"1," * 100000 + b"1]")]
        if v["path"] == "receipt":
            return 2, {"status": 200, "type": "text/plain", "filename": "受領証.tlog-proof",
                       "body": "proof"}, ()
        return 2, {"status": 200, "type": "", "filename": "", "body": '{"ok":true}'}, ()

    def auth(self, peer, message, v, fds):
        self.auth_calls.append((peer.name, v))
        cookie = {"begin": "", "step": "abc-DEF_123", "end": "-"}.get(v["action"], "bad cookie;")
        return 2, {"status": 200, "cookie": cookie, "body": '{"state":"done"}'}, ()

    def job(self, kind, item, detail):
        with self.lock:
            job = {"job": self.next_job, "lease": 1, "kind": kind, "item": item, "detail": detail}
            self.next_job += 1
            self.jobs.append(job)
            for peer in self.peers:
                if peer.name == "gated" and peer.protocol == "transfer":
                    peer.send(12, NOTE, 0, {"waiting": 1})
            return job["job"]

    def wait(self, what, seconds=20):
        """Waits until WHAT() is true."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with self.lock:
                got = what()
            if got:
                return got
            time.sleep(0.02)
        raise AssertionError("waited too long")

    def result(self, job, seconds=20):
        return self.wait(lambda: next(((r, report) for j, r, report in self.results
                                       if j["job"] == job), None), seconds)

    # --- HTTP ---

    def http(self, zone, method, path, body=None, headers=None, session="s1", plain=False):
        connection = http.client.HTTPConnection("127.0.0.1", self.ports[zone], timeout=20)
        host = f"{zone}.localhost:{self.ports[zone]}"
        send = {"Host": host}
        if not plain:
            send |= {"Origin": f"http://{host}", "X-Sekisho": "1"}
            if session:
                send["Cookie"] = f"__Host-sekisho={session}"
        send |= headers or {}
        connection.request(method, path, body, {k: v for k, v in send.items() if v is not None})
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), data

    def tus(self, method, item, body=None, offset=None, headers=None, zone="internet", session="s1"):
        send = {"Tus-Resumable": "1.0.0"}
        if method == "PATCH":
            send |= {"Content-Type": "application/offset+octet-stream", "Upload-Offset": str(offset)}
        return self.http(zone, method, f"/api/v1/uploads/{item}", body, send | (headers or {}),
                         session=session)

    def upload(self, data, name="案内.docx", session="s1"):
        item = self.item(len(data), session=session, name=name)
        status, _, _ = self.tus("PATCH", item, data, 0, session=session)
        assert status == 204, status
        return item


class Tap:
    """Runs tests by name and prints TAP."""

    def __init__(self):
        self.count, self.failed = 0, 0

    def run(self, name, test, *args):
        self.count += 1
        try:
            test(*args)
            print(f"ok {self.count} - {name}", flush=True)
        except Skip as why:
            print(f"ok {self.count} - {name} # SKIP {why}", flush=True)
        except Exception as why:
            import traceback
            self.failed += 1
            print(f"not ok {self.count} - {name}")
            for line in traceback.format_exc().splitlines():
                print(f"# {line}", flush=True)

    def end(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0


class Skip(Exception):
    pass
