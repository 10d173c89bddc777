"""Programs meet what they meet under CPython started from a shell: standard streams, exit status, whole numbers.

The matrix runs each program in the sandbox and as ``python program.py <input | cat``, and compares outputs and exit status.
"""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from monkeys.sandbox import FunctionTests, Sandbox, Script, Worker, bubblewrap


def program(text: str) -> Script:
    return Script(text, "", 2, 512)


def function(text: str, check: str) -> FunctionTests:
    return FunctionTests(text, f"def check(candidate):\n    {check}\n", "f", 2, 512)


@pytest.fixture(scope="module", params=["bubblewrap", "apptainer"])
def worker(request: pytest.FixtureRequest) -> Iterator[Worker]:
    worker = Worker(Sandbox("bubblewrap") if request.param == "bubblewrap" else Sandbox("apptainer", request.getfixturevalue("sandbox_image")))
    yield worker
    worker.close()


GIVEN = "3 ü\n1 2\r\n\n" + "".join(f"{number} {number * number}\n" for number in range(3000)) + "the end"

# Each defines `data`, all that was read, as text.
READ = {
    "input": "lines = []\ntry:\n    while True: lines.append(input())\nexcept EOFError: data = '|'.join(lines)",
    "stdin read": "data = sys.stdin.read()",
    "stdin lines": "data = '|'.join(sys.stdin)",
    "readlines": "data = '|'.join(sys.stdin.readlines())",
    "readline": "data = '|'.join(iter(sys.stdin.readline, ''))",
    "readline replaces input": "input = sys.stdin.readline\na = input(); data = a + input() + sys.stdin.read()",
    "iteration and readline": "data = next(sys.stdin) + sys.stdin.readline() + '|'.join(sys.stdin)",
    "input and iteration": "data = input() + '|'.join(sys.stdin)",
    "input and read": "data = input() + input() + sys.stdin.read()",
    "buffer": "data = sys.stdin.buffer.read().decode()",
    "buffer lines": "data = b'|'.join(sys.stdin.buffer).decode()",
    "buffer readline": "data = b'|'.join(iter(sys.stdin.buffer.readline, b'')).decode()",
    "buffer readinto": "b = bytearray(99999); n = sys.stdin.buffer.readinto(b); data = b[:n].decode()",
    "raw": "data = sys.stdin.buffer.raw.readall().decode()",
    "input, then buffer": "data = input() + sys.stdin.buffer.read().decode()",
    "input, then descriptor": "data = input() + os.read(0, 99999).decode()",
    "open 0": "data = open(0).read()",
    "open 0 universal": "data = ascii(open(0, newline=None).read())",
    "open 0 binary": "data = open(0, 'rb').read().decode()",
    "open 0 lines": "data = '|'.join(map(str.strip, open(0)))",
    "open 0, kept open": "data = open(0, closefd=False).read() + str(os.fstat(0).st_mode >> 12)",
    "fdopen": "data = os.fdopen(0).read()",
    "fdopen of dup": "data = os.fdopen(os.dup(0), 'rb').read().decode()",
    "descriptor": "data = os.read(0, 99999).decode()",
    "descriptor, size": "data = os.read(0, os.fstat(0).st_size).decode()",
    "fileno": "data = os.read(sys.stdin.fileno(), 10**6).decode()",
    "fileinput": "import fileinput\ndata = '|'.join(fileinput.input())",
    "/dev/stdin": "data = open('/dev/stdin').read()",
    "/dev/fd/0": "data = open('/dev/fd/0', 'rb').read().decode()",
    "/proc/self/fd/0": "data = open('/proc/self/fd/0').read()",
    "pathlib": "import pathlib\ndata = pathlib.Path('/dev/stdin').read_text()",
    "mmap": "import mmap\ndata = mmap.mmap(0, 0, access=mmap.ACCESS_READ)[:].decode()",
    "select": "import select\nassert select.select([0], [], [], 1)[0]\ndata = sys.stdin.readline() + sys.stdin.read()",
    "__stdin__": "data = sys.__stdin__.read()",
    "TextIOWrapper": "sys.stdin = io.TextIOWrapper(sys.stdin.buffer, encoding='latin-1')\ndata = input() + sys.stdin.read()",
    "detached": "sys.stdin = io.TextIOWrapper(io.BufferedReader(io.FileIO(sys.stdin.detach().fileno(), closefd=False)))\ndata = input() + sys.stdin.read()",
    "StringIO": "sys.stdin = io.StringIO(sys.stdin.read())\ndata = input() + sys.stdin.readline() + sys.stdin.read()",
    "BytesIO": "input = io.BytesIO(os.read(0, os.fstat(0).st_size)).readline\ndata = input().decode() + input().decode()",
    "reconfigured": "sys.stdin.reconfigure(encoding='latin-1', newline=None)\ndata = input() + sys.stdin.read()",
    "closed and opened": "sys.stdin.close()\ndata = open(0).read()",
    "reassigned": "sys.stdin = open(0)\ndata = input() + sys.stdin.read()",
    "seek": "a = sys.stdin.read(); sys.stdin.seek(0); data = a + sys.stdin.read()",
    "dup2": "r, w = os.pipe(); os.write(w, b'other'); os.close(w); os.dup2(r, 0); data = input()",
    "subprocess": "import subprocess\ndata = subprocess.run(['cat'], stdout=subprocess.PIPE).stdout.decode()",
    "pread": "data = os.pread(0, 10, 2).decode() + input()",
    "properties": "data = repr((sys.stdin.name, sys.stdin.mode, sys.stdin.encoding, sys.stdin.errors, sys.stdin.seekable(), sys.stdin.isatty(), sys.stdin.fileno()))",
    "thread": "import threading\nfound = []\nt = threading.Thread(target=lambda: found.append(input())); t.start(); t.join(); data = found[0] + input()",
    "FastIO": """class FastIO(io.IOBase):
    def __init__(self):
        self.buffer = io.BytesIO()
    def readline(self):
        while True:
            b = os.read(0, max(os.fstat(0).st_size, 8192))
            if not b: break
            place = self.buffer.tell()
            self.buffer.seek(0, 2); self.buffer.write(b); self.buffer.seek(place)
        return self.buffer.readline()
fast = FastIO()
data = '|'.join(line.decode() for line in iter(fast.readline, b''))""",
}

# Each writes `data`, in the end.
WRITE = {
    "print": "print(data)",
    "write": "sys.stdout.write(data)",
    "writelines": "sys.stdout.writelines([data, data])",
    "buffer": "sys.stdout.buffer.write(data.encode())",
    "print and buffer": "print('a'); sys.stdout.flush(); sys.stdout.buffer.write(data.encode()); print('b')",
    "no flush between": "print('a'); sys.stdout.buffer.write(b'b'); os.write(1, b'c'); print(data)",
    "descriptor": "print('a', flush=True); os.write(1, data.encode()); print('b')",
    "descriptor first": "print('late'); os.write(1, b'early')",
    "open 1": "print('a', flush=True); open(1, 'w').write(data)",
    "open 1, kept": "out = open(1, 'w'); out.write(data)",
    "open 1, kept by a function": "out = open(1, 'w')\ndef f(): out.write(data)\nf()",
    "open 1, in a cycle": "class C: pass\nc = C(); c.c = c; c.out = open(1, 'w'); c.out.write(data)",
    "open 1, closefd": "out = open(1, 'w', closefd=False); out.write('x'); out.close(); print(data)",
    "open 1, buffered line": "out = open(1, 'w', 1); out.write(data); out.write('no line')",
    "open 1, in a module": "sys.own = open(1, 'w'); sys.own.write(data)",
    "open 1, in builtins": "import builtins\nbuiltins.out = open(1, 'w'); builtins.out.write(data)",
    "two streams": "a = open(1, 'w', closefd=False); b = open(1, 'w', closefd=False); b.write('b'); a.write('a'); print('c')",
    "open 1, as stdout": "sys.stdout = open(1, 'w'); print(data)",
    "print to a file": "print(data, file=open(1, 'w', closefd=False)); print('after')",
    "fdopen": "os.fdopen(1, 'w').write(data)",
    "fdopen binary": "f = os.fdopen(1, 'wb', 0); f.write(data.encode())",
    "dup": "f = os.fdopen(os.dup(1), 'w'); f.write(data)",
    "dup2": "saved = os.dup(1); r, w = os.pipe(); os.dup2(w, 1); print('hidden', flush=True); os.dup2(saved, 1); print(data)",
    "TextIOWrapper": "sys.stdout = io.TextIOWrapper(sys.stdout.buffer, encoding='utf-8'); print(data)",
    "TextIOWrapper, line": "print('a'); sys.stdout = io.TextIOWrapper(sys.stdout.buffer, line_buffering=True); print(data)",
    "BufferedWriter": "sys.stdout = io.TextIOWrapper(io.BufferedWriter(io.FileIO(1, 'w'), 99999)); print(data)",
    "another wrapper": "w = io.TextIOWrapper(sys.stdout.buffer); w.write(data)",
    "detached": "w = io.TextIOWrapper(sys.stdout.detach()); w.write(data)",
    "detached, as stdout": "sys.stdout = io.TextIOWrapper(sys.stdout.detach(), encoding='utf-8'); print(data)",
    "detached buffer": "b = sys.stdout.detach(); b.write(data.encode()); b.flush()",
    "__stdout__": "sys.__stdout__.write(data)",
    "__stdout__ behind StringIO": "sys.stdout = io.StringIO(); print('x'); sys.__stdout__.write(data + sys.stdout.getvalue())",
    "back": "old = sys.stdout; sys.stdout = io.StringIO(); print(data); got = sys.stdout.getvalue(); sys.stdout = old; print(got)",
    "redirect_stdout": "import contextlib\ns = io.StringIO()\nwith contextlib.redirect_stdout(s): print(data)\nprint(s.getvalue()[::-1])",
    "reconfigured": "sys.stdout.reconfigure(encoding='utf-8', line_buffering=True, newline='\\r\\n'); print(data); os.write(1, b'x')",
    "write through": "sys.stdout.reconfigure(write_through=True); sys.stdout.write('a'); os.write(1, b'b'); print(data)",
    "/dev/stdout": "print('a', flush=True)\nwith open('/dev/stdout', 'w') as f: f.write(data)\nprint('b')",
    "/dev/fd/1": "print('a', flush=True)\nwith open('/dev/fd/1', 'a') as f: f.write(data)\nprint('b')",
    "/proc/self/fd/1": "print('a', flush=True)\nf = open('/proc/self/fd/1', 'w'); f.write(data)",
    "subprocess": "import subprocess\nprint('a', flush=True); subprocess.run(['cat'], input=data.encode()); print('b')",
    "subprocess, stdout=1": "import subprocess\nsubprocess.run('echo x; echo y', shell=True, stdout=sys.stdout); print(data)",
    "os.system": "print('late'); os.system('echo early')",
    "fork": "print(data)\nif os.fork() == 0: os._exit(0)\nos.wait()",
    "fork, both flush": "print(len(data))\npid = os.fork()\nif pid: os.wait()",
    "multiprocessing": "import multiprocessing\np = multiprocessing.get_context('fork').Process(target=os.write, args=(1, b'child\\n')); p.start(); p.join(); print(data)",
    "atexit": "import atexit\natexit.register(lambda: sys.stdout.write(data)); print('first')",
    "atexit, order": "import atexit\natexit.register(print, 'last'); atexit.register(print, data)",
    "atexit fails": "import atexit\natexit.register(lambda: 1 / 0); print(data)",
    "atexit exits": "import atexit\natexit.register(lambda: sys.exit(3)); print(data)",
    "thread": "import threading\nthreading.Thread(target=print, args=(data,)).start()",
    "thread, late": "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.02), print(data))).start(); print('first')",
    "thread fails": "import threading\nthreading.Thread(target=lambda: 1 / 0).start(); print(data)",
    "__del__": "class C:\n    def __del__(self, write=os.write): write(1, b'gone')\nc = C(); print(data)",
    "__del__ prints": "class C:\n    def __del__(self): print('gone')\nc = C(); print(data)",
    "generator": "def g():\n    try: yield 1\n    finally: print('left')\nh = g(); next(h); print(data)",
    "finalize": "import weakref\nclass C: pass\nc = C(); weakref.finalize(c, print, 'gone'); print(data)",
    "logging": "import logging\nlogging.basicConfig(stream=sys.stdout, format='%(message)s'); logging.warning(data); print('b')",
    "logging, memory": "import logging.handlers\nh = logging.handlers.MemoryHandler(99, target=logging.StreamHandler(sys.stdout)); logging.getLogger().addHandler(h); logging.error(data)",
    "closed": "print(data); sys.stdout.close()",
    "closed and opened": "print('a'); sys.stdout.close(); f = open(1, 'w'); f.write(data)",
    "descriptor closed": "print(data, flush=True); os.close(1)",
    "descriptor closed, unflushed": "print(data); os.close(1)",
    "None": "print(data); sys.stdout.flush(); sys.stdout = None; print('x')",
    "None, unflushed": "print(data); sys.stdout = None",
    "deleted": "print(data); del sys.stdout",
    "both deleted": "print(data); del sys.stdout, sys.__stdout__",
    "without flush": "class W:\n    def write(self, text): os.write(1, text.encode())\nsys.stdout = W(); print(data)",
    "with flush": "class W:\n    def __init__(self): self.all = []\n    def write(self, text): self.all.append(text)\n    def flush(self): os.write(1, ''.join(self.all).encode()); self.all = []\nsys.stdout = W(); print(data)",
    "stderr is stdout": "sys.stderr = sys.stdout; print(data, file=sys.stderr)",
    "stderr": "print('x', file=sys.stderr); sys.stderr.write('y'); os.write(2, b'z'); print(data)",
    "exit": "print(data); sys.exit()",
    "exit 3": "print(data); sys.exit(3)",
    "exit 256": "print(data); sys.exit(256)",
    "exit with words": "print(data); sys.exit('words')",
    "quit": "print(data); quit()",
    "_exit": "print(data); os._exit(0)",
    "error": "print(data); 1 / 0",
    "excepthook": "sys.excepthook = lambda *a: print('caught'); print(data); 1 / 0",
    "surrogates": "print('\\udcff')",
    "lone surrogate": "print(data, flush=True); print('\\ud800')",
    "prompt": "try: input('prompt')\nexcept EOFError: pass\nprint(data)",
    "properties": "print((sys.stdout.name, sys.stdout.mode, sys.stdout.encoding, sys.stdout.errors, sys.stdout.seekable(), sys.stdout.line_buffering, sys.stdout.fileno()))",
    "same object": "print(sys.stdout is sys.__stdout__, sys.stdin is sys.__stdin__, sys.stderr is sys.__stderr__)",
    "large": "sys.stdout.write(data * 50); os.write(1, b'end')",
    "many flushes": "for i in range(3000): print(i, flush=True)",
    "writev": "os.writev(1, [b'a', data.encode()[:1000]])",
    "sendfile": "f = open('f', 'w+'); f.write(data); f.flush(); os.sendfile(1, f.fileno(), 0, 100)",
    "closerange": "print(data); sys.stdout.flush(); os.closerange(3, 64)",
    "codecs": "import codecs\nsys.stdout = codecs.getwriter('utf-8')(sys.stdout.buffer); print(data)",
    "FastIO": "class Out(io.BytesIO):\n    def flush(self): os.write(1, self.getvalue()); self.truncate(0); self.seek(0)\n    def write(self, s): return super().write(s.encode())\nsys.stdout = Out(); print(data[:100])",
}


def shell(text: str, given: str, folder: Path) -> tuple[bool, bytes]:
    """Whether CPython, started from a shell, ends with status 0, and what it wrote."""
    (folder / "program.py").write_text(text, encoding="utf-8")
    (folder / "given").write_text(given, encoding="utf-8", newline="")
    with (folder / "given").open("rb") as stdin:
        answer = subprocess.run(
            [bubblewrap.PYTHON, "-S", "program.py"],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"},
        )
    return answer.returncode == 0, answer.stdout


# All pairs would take minutes: each way to read with two ways to write, each way to write with two to read.
PAIRS = sorted(
    {(read, list(WRITE)[number % 2 * (5 * number) % len(WRITE)]) for number, read in enumerate(READ)}
    | {(list(READ)[7 * number % len(READ)], write) for number, write in enumerate(WRITE)}
    | {("stdin read", write) for write in WRITE}
)


@pytest.mark.parametrize("read", READ)
def test_streams_behave_as_from_a_shell(worker: Worker, tmp_path: Path, read: str) -> None:
    for write in [write for pair, write in PAIRS if pair == read]:
        text = f"import io, os, sys\n{READ[read]}\n{WRITE[write]}\n".replace("quit()", "sys.exit()")
        ended, output = shell(text, GIVEN, tmp_path)
        execution = worker.run(Script(text, GIVEN, 3, 512))
        got = execution.outcome == "passed", execution.output
        assert got == (ended, output.decode("utf-8", "replace")), (write, execution.detail)


LONG = "7" * 5000


@pytest.mark.parametrize(
    ("text", "given", "wanted"),
    [
        ("print(10**4999)", "", "1" + "0" * 4999),
        ("print(int(input()) + 1)", LONG, LONG[:-1] + "8"),
        (f"print({LONG} // 7 % 10)", "", "1"),
        ("import json; print(json.loads(input()) % 10)", LONG, "7"),
    ],
    ids=["written", "read", "literal", "json"],
)
def test_a_script_uses_whole_numbers_of_any_length(worker: Worker, text: str, given: str, wanted: str) -> None:
    execution = worker.run(Script(text, given, 2, 512))
    assert (execution.outcome, execution.output.strip()) == ("passed", wanted)


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("def f(): return 10**4999", "assert str(candidate()) == '1' + '0' * 4999"),
        ("def f(): return str(10**4999)", "assert int(candidate()) == 10**4999"),
        ("def f(n): return n + 1", f"assert candidate({LONG}) == int('7' * 4999 + '8')"),
        ("def f(): return [{10**4999}]", "assert candidate()[0] == {10**4999}"),
    ],
)
def test_a_function_uses_whole_numbers_of_any_length(worker: Worker, text: str, check: str) -> None:
    assert worker.run(function(text, check)).outcome == "passed"


def test_failures_over_long_numbers_say_what_they_are(worker: Worker) -> None:
    """As text, not as an error about the limit."""
    assert worker.run(function("def f(): return 10**4999", "assert candidate() == 0, candidate()")).detail.startswith("AssertionError: 1000")
    assert worker.run(function("def f(): raise ValueError(10**4999)", "candidate()")).detail.startswith("ValueError: 1000")
    assert worker.run(program("raise ValueError(10**4999)")).detail.startswith("ValueError: 1000")
