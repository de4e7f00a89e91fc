# SPDX-License-Identifier: GPL-2.0
"""The model process, and the client of its control socket."""

import json
import os
import signal
import socket
import subprocess

from . import pace, paths, sandbox
from .console import stamp
from .errors import BenchError, Failure, GuestDied
from .loop import PATIENCE

GRACE = 10.0
TRUE = {True: "true", False: "false"}


class Model:
    """Sockets and trace live in `directory`; paths in arguments are relative to
    it, because a socket's path has to be short."""

    RC_SOCKET, EP_SOCKET, CONTROL, TRACE = "rc.sock", "ep.sock", "control", "trace"

    def __init__(self, loop, directory, journal):
        self.loop = loop
        self.directory = directory
        self.last_line = ""
        self._journal = journal
        self._process = None
        self._output = -1
        self._socket = None
        self._answers = bytearray()
        self._log = None
        self._partial = b""
        self._ending = False
        loop.add_guard(self._guard)

    @classmethod
    def rc_sockets(cls, profile):
        """The host's: one for each function of the profile."""
        functions = int(paths.read_settings(paths.profile(profile))["functions"])
        return [cls.RC_SOCKET, *(f"rc-fn{number}.sock" for number in range(1, functions))]

    # ---------------------------------------------------------- life

    def start(self, profile, trace=True, binary=None, rc_slot=0, options=()):
        """options are further words of its command line."""
        argv = [binary or paths.MODEL, "--profile", paths.profile(profile),
                *(word for name in self.rc_sockets(profile) for word in ("--rc-socket", name)),
                "--rc-slot", str(rc_slot), "--ep-socket", self.EP_SOCKET, "--control", self.CONTROL, *options]
        if trace:
            argv += ["--trace", self.TRACE]
        ready, ready_write = os.pipe()
        self._output, output_write = os.pipe()
        argv += ["--ready-fd", str(ready_write)]
        self._journal(f"model starts: {' '.join(argv)}", b"", b"")
        starter = os.getpid()
        try:
            self._process = subprocess.Popen(
                argv, cwd=self.directory, stdin=subprocess.DEVNULL, stdout=output_write,
                stderr=output_write, pass_fds=(ready_write,), start_new_session=True,
                preexec_fn=lambda: sandbox.die_with(starter))
        except FileNotFoundError:
            raise BenchError(f"{paths.rel(argv[0])} is missing: run 'make kernel'") from None
        finally:
            os.close(output_write)
            os.close(ready_write)
        os.set_blocking(self._output, False)
        self.loop.add(self._output, self._on_output)
        self._await_ready(ready)
        if not options:                 # in virtual time it answers when the guests have gone
            self.connect()

    def _await_ready(self, fd):
        said = bytearray()
        end = []

        def on_event(_readable, _writable):
            data = os.read(fd, 4096)
            said.extend(data)
            if not data or b"\n" in said:
                end.append(True)
                self.loop.remove(fd)

        self.loop.add(fd, on_event)
        try:
            self.loop.run(lambda: end, PATIENCE, "the model to listen")
        finally:
            os.close(fd)
        if b"ready" not in said:
            self.loop.run(lambda: self._output < 0, GRACE, "the model's last words")
            raise BenchError(f"the model does not start: {self.last_line or 'it printed nothing'}")

    def connect(self):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        # through a descriptor: a socket's path has to be shorter than 108 bytes
        directory = os.open(self.directory, os.O_PATH)
        try:
            self._socket.connect(f"/proc/self/fd/{directory}/{self.CONTROL}")
        finally:
            os.close(directory)
        self._socket.setblocking(False)
        self.loop.add(self._socket.fileno(), self._on_answer)

    @property
    def pid(self):
        return self._process.pid

    def running(self):
        return self._process is not None and self._output >= 0

    def _guard(self):
        if self._process is not None and self._output < 0 and not self._ending:
            self._ending = True         # reported once
            self._process.wait()
            raise GuestDied(f"the model ended by itself ({self._process.returncode}): "
                            f"{self.last_line or 'it printed nothing'}")

    def stop(self):
        """SIGTERM, then its exit status has to be 0; SIGKILL when it does not end."""
        if self._process is None:
            return
        self._ending = True
        self._close_socket()
        process, self._process = self._process, None
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Failure(f"the model did not end within {GRACE:g} s of SIGTERM") from None
        if self._output >= 0:
            self.loop.run(lambda: self._output < 0, GRACE, "the model's output to end")
        if process.returncode != 0:
            raise Failure(f"the model ended with {process.returncode}: {self.last_line}")

    def close(self):
        """Whatever state it is in: nothing of it is left after this."""
        self._ending = True
        self._close_socket()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
        self.loop.remove_guard(self._guard)
        self._close_output()
        if self._log:
            self._log.close()
            self._log = None

    def _close_socket(self):
        if self._socket is not None:
            self.loop.remove(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _close_output(self):
        if self._output >= 0:
            self.loop.remove(self._output)
            os.close(self._output)
            self._output = -1

    # ----------------------------------------------------------- log

    def log_to(self, path):
        if self._log:
            self._log.close()
        self._log = open(path, "a", encoding="utf-8")

    def trace_size(self):
        """Bytes of the trace so far; 0 without one."""
        path = os.path.join(self.directory, self.TRACE)
        return os.path.getsize(path) if os.path.exists(path) else 0

    def _on_output(self, _readable, _writable):
        data = os.read(self._output, 65536)
        if not data:
            self._close_output()
            return
        *lines, self._partial = (self._partial + data).split(b"\n")
        for raw in lines:
            self.last_line = raw.decode("utf-8", "replace")
            if self._log:
                self._log.write(f"{stamp()} {self.last_line}\n")
                self._log.flush()

    # ------------------------------------------------------- control

    def _on_answer(self, _readable, _writable):
        try:
            data = self._socket.recv(1 << 18)
        except ConnectionResetError:
            data = b""
        if data:
            self._answers += data
        else:
            self._close_socket()        # the guard tells why

    def ask(self, request, timeout=PATIENCE):
        """One request; the answer as a dict, whether it is ok or not."""
        self.loop.poll()
        if self._socket is None:
            if self._process is None:
                raise BenchError("the model is not running")
            # the guard tells how it ended
            self.loop.run(lambda: False, GRACE, "the end of the model, which closed its socket")
        try:
            self._socket.sendall(request.encode() + b"\n")
        except BrokenPipeError:         # the guard of the loop tells why
            pass
        self.loop.run(lambda: b"\n" in self._answers, timeout, f"the model's answer to '{request}'")
        line, _newline, rest = bytes(self._answers).partition(b"\n")
        self._answers = bytearray(rest)
        self._journal(f"model: {request}", line if len(line) < 2000 else line[:2000], b"")
        return json.loads(line)

    def do(self, request, timeout=PATIENCE):
        """A request that has to be answered with ok."""
        answer = self.ask(request, timeout)
        if not answer.get("ok"):
            raise Failure(f"the model refuses '{request}': {answer.get('error', answer)}")
        return answer

    def wait(self, timeout=PATIENCE, **conditions):
        """Wait until status keys have values: model.wait(link='up', bme=True)."""
        for key, value in conditions.items():
            text = TRUE.get(value, str(value)) if isinstance(value, bool) else str(value)
            answer = self.ask(f"wait {key}={text} {int(pace.scaled(timeout) * 1000)}", timeout + 10)
            if not answer.get("ok"):
                raise Failure(f"waited {timeout:g} s for the model's {key}={text}: "
                              f"{answer.get('error', answer)}")

    def status(self):
        return self.do("status")

    def link(self, state):
        """'up' or 'down'."""
        return self.do(f"link {state}")

    def counters(self):
        return self.do("counters")

    def reset_counters(self):
        self.do("counters reset")

    def fault(self, words):
        """model.fault('irq drop 1 ep')"""
        return self.do(f"fault {words}")

    def violations(self):
        return self.do("violations")

    def clear_violations(self):
        self.do("violations clear")

    def unknown(self):
        return self.do("unknown")

    def trace(self, on):
        self.do("trace on" if on else "trace off")

    def trace_mark(self, text):
        self.do(f"trace mark {text}")
