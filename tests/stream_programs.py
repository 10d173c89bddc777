"""Ways in which programs read their standard input and write their standard output."""

GIVEN = "3 ü\n1 2\r\n\n" + "".join(f"{number} {number * number}\n" for number in range(3000)) + "the end"

# What thousands of programs for contests begin with.
TEMPLATE = """
from io import BytesIO, IOBase
class FastIO(IOBase):
    newlines = 0
    def __init__(self, file):
        self._fd = file.fileno()
        self.buffer = BytesIO()
        self.writable = "x" in file.mode or "r" not in file.mode
        self.write = self.buffer.write if self.writable else None
    def read(self):
        while True:
            b = os.read(self._fd, max(os.fstat(self._fd).st_size, 8192))
            if not b: break
            ptr = self.buffer.tell()
            self.buffer.seek(0, 2), self.buffer.write(b), self.buffer.seek(ptr)
        self.newlines = 0
        return self.buffer.read()
    def readline(self):
        while self.newlines == 0:
            b = os.read(self._fd, max(os.fstat(self._fd).st_size, 8192))
            self.newlines = b.count(b"\\n") + (not b)
            ptr = self.buffer.tell()
            self.buffer.seek(0, 2), self.buffer.write(b), self.buffer.seek(ptr)
        self.newlines -= 1
        return self.buffer.readline()
    def flush(self):
        if self.writable:
            os.write(self._fd, self.buffer.getvalue())
            self.buffer.truncate(0), self.buffer.seek(0)
class IOWrapper(IOBase):
    def __init__(self, file):
        self.buffer = FastIO(file)
        self.flush = self.buffer.flush
        self.writable = self.buffer.writable
        self.write = lambda s: self.buffer.write(s.encode("utf-8"))
        self.read = lambda: self.buffer.read().decode("utf-8")
        self.readline = lambda: self.buffer.readline().decode("utf-8")
sys.stdin, sys.stdout = IOWrapper(sys.stdin), IOWrapper(sys.stdout)
input = lambda: sys.stdin.readline().rstrip("\\r\\n")
"""

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
    "thread that reads": "import threading\nfound = []\nt = threading.Thread(target=lambda: found.append(input())); t.start(); t.join(); data = found[0] + input()",
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
    "peek": "a = sys.stdin.buffer.peek(4)[:4]; data = a.decode() + sys.stdin.read()",
    "input, then peek": "a = input(); data = a + ascii(sys.stdin.buffer.peek()) + sys.stdin.read()",
    "read1": "data = (sys.stdin.buffer.read1(10) + sys.stdin.buffer.read()).decode()",
    "array": "import array\na = array.array('B'); a.frombytes(sys.stdin.buffer.read()); data = a.tobytes().decode()",
    "array from a file": "import array\na = array.array('B'); a.fromfile(open(0, 'rb'), 20); data = str(a.tolist())",
    "mmap, private": "import mmap\nm = mmap.mmap(0, 0, mmap.MAP_PRIVATE); data = m.readline().decode() + m.read().decode()",
    "lseek": "a = input(); os.lseek(0, 2, os.SEEK_SET); data = a + os.read(0, 99999).decode()",
    "tell": "a = sys.stdin.readline(); data = a + str(sys.stdin.tell()) + sys.stdin.read()",
    "seek, buffer": "a = sys.stdin.buffer.read(); sys.stdin.buffer.seek(5); data = (a + sys.stdin.buffer.read()).decode()",
    "codecs": "import codecs\nsys.stdin = codecs.getreader('utf-8')(sys.stdin.buffer); data = sys.stdin.readline() + sys.stdin.read()",
    "None": "sys.stdin = None\ntry: input()\nexcept RuntimeError: data = open(0).read()",
    "own object": "class R:\n    def readline(self): return '7\\n'\nsys.stdin = R(); data = input() + sys.__stdin__.read()",
    "iterator of tokens": "data = '|'.join(iter(sys.stdin.read().split()))",
    "thread": "import threading\nfound = []\nt = threading.Thread(target=lambda: found.append(sys.stdin.read())); t.start(); t.join(); data = found[0]",
    "fork": "pid = os.fork()\nif pid == 0: os.read(0, 3); os._exit(0)\nos.wait(); data = os.read(0, 99999).decode(errors='replace')",
    "dup": "fd = os.dup(0); os.close(0); data = os.fdopen(fd).read()",
    "os.system": "os.system('head -c 3 >/dev/null'); data = os.read(0, 99999).decode(errors='replace')",
    "popen": "data = os.popen('cat').read()",
    "poll": "import select\np = select.poll(); p.register(0, select.POLLIN); data = str(p.poll(100)) + input()",
    "selectors": "import selectors\ns = selectors.DefaultSelector()\ntry: s.register(0, 1); data = 'pollable'\nexcept PermissionError: data = 'a file'",
    "all properties": "data = str((sys.stdin.name, sys.stdin.mode, sys.stdin.encoding, sys.stdin.errors, sys.stdin.seekable(), sys.stdin.isatty(), sys.stdin.newlines, sys.stdin.line_buffering, sys.stdin.buffer.raw.name, sys.stdin.buffer.raw.mode))",
    "types": "data = str([type(item).__name__ for item in (sys.stdin, sys.stdin.buffer, sys.stdin.buffer.raw, sys.stdout, sys.stdout.buffer, sys.stdout.buffer.raw)])",
    "newlines": "data = ascii([input(), input(), sys.stdin.newlines, sys.stdin.readline()])",
    "write to it": "try: os.write(0, b'x')\nexcept OSError as e: data = str(e.errno)",
    "libc": "import ctypes\nb = ctypes.create_string_buffer(100); c = ctypes.CDLL(None); n = c.read(0, b, 50); data = str(n) + input()",
    "scanf": "import ctypes\nn = ctypes.c_int(); ctypes.CDLL(None).scanf(b'%d', ctypes.byref(n)); data = str(n.value)",
    "asyncio": "import asyncio\nasync def f(): return await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)\ndata = asyncio.run(f())",
    "template": TEMPLATE + "data = input() + '|' + str(sys.stdin.readline())",
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
    "libc": "import ctypes\nprint('late'); ctypes.CDLL(None).puts(b'from C'); print(data)",
    "libc, flushed": "import ctypes\nc = ctypes.CDLL(None); print('a', flush=True); c.puts(b'from C'); c.fflush(None); print(data)",
    "libc, _exit": "import ctypes\nctypes.CDLL(None).puts(b'from C'); print(data, flush=True); os._exit(0)",
    "libc, exit": "import ctypes\nprint(data); ctypes.CDLL(None).puts(b'from C'); ctypes.CDLL(None).exit(0)",
    "raw": "print('late'); sys.stdout.buffer.raw.write(b'early')",
    "stderr to stdout": "os.dup2(1, 2); print('err', file=sys.stderr); print(data)",
    "stdout to stderr": "os.dup2(2, 1); print(data)",
    "stdout to a file and back": "saved = os.dup(1); fd = os.open('f', os.O_RDWR | os.O_CREAT); os.dup2(fd, 1); print(data, flush=True); os.dup2(saved, 1); print(len(open('f').read()))",
    "redirect_stdout to a file": "import contextlib\nwith open('f', 'w') as f, contextlib.redirect_stdout(f): print(data)\nprint(open('f').read())",
    "redirect_stdout to stderr": "import contextlib\nwith contextlib.redirect_stdout(sys.stderr): print(data)\nprint('b')",
    "redirect_stdout, never left": "import contextlib\nc = contextlib.redirect_stdout(open(1, 'w', closefd=False)); c.__enter__(); print(data)",
    "redirect_stderr": "import contextlib\nwith contextlib.redirect_stderr(sys.stdout): print('e', file=sys.stderr)\nprint(data)",
    "ExitStack": "import contextlib\ns = contextlib.ExitStack(); f = s.enter_context(open(1, 'w', closefd=False)); f.write(data)",
    "StringIO, at exit": "import atexit\nsys.stdout = io.StringIO(); atexit.register(lambda: sys.__stdout__.write(sys.stdout.getvalue())); print(data)",
    "StringIO, lost": "sys.stdout = io.StringIO(); print(data)",
    "BytesIO behind a wrapper": "b = io.BytesIO(); sys.stdout = io.TextIOWrapper(b, write_through=True); print(data); os.write(1, b.getvalue())",
    "buffer closed": "print(data); sys.stdout.flush(); sys.stdout.buffer.close()",
    "buffer detached": "print(data); sys.stdout.flush(); sys.stdout.buffer.detach()",
    "flush raises": "class W:\n    def write(self, text): os.write(1, text.encode())\n    def flush(self): raise OSError\nsys.stdout = W(); print(data)",
    "closed raises": "class W:\n    closed = property(lambda self: 1 / 0)\n    def write(self, text): os.write(1, text.encode())\n    def flush(self): os.write(1, b'flushed')\nsys.stdout = W(); print(data)",
    "no stream": "print(data, flush=True); sys.stdout = 5",
    "all closed": "print(data, flush=True); os.closerange(0, 3)",
    "stderr closed": "sys.stderr.close(); print(data)",
    "stderr None, error": "sys.stderr = None; print(data); 1 / 0",
    "stdin closed": "sys.stdin.close(); print(data)",
    "fd 0 closed": "os.close(0); print(data)",
    "shutil": "import shutil\nshutil.copyfileobj(io.StringIO(data), sys.stdout); print('b')",
    "pickle": "import pickle\npickle.dump([1, data[:50]], sys.stdout.buffer, 0)",
    "array": "import array\narray.array('B', data.encode()).tofile(sys.stdout.buffer)",
    "pprint": "import pprint\npprint.pprint([data[:300]] * 3)",
    "writer": "import csv\ncsv.writer(sys.stdout).writerows([[1, data], [2]])",
    "json": "import json\njson.dump({'a': data}, sys.stdout)",
    "partial": "import functools\nprint = functools.partial(print, end='', flush=True); print(data)",
    "traceback": "import traceback\ntry: 1 / 0\nexcept ZeroDivisionError: print(traceback.format_exc().splitlines()[-1])",
    "line buffering": "sys.stdout.reconfigure(line_buffering=True); print('a'); os.write(1, b'b'); sys.stdout.write('c'); os.write(1, b'd')",
    "latin-1": "sys.stdout.reconfigure(encoding='latin-1', errors='replace'); print('\\u00fc\\u4e00'); sys.stdout.reconfigure(encoding='utf-8'); print(data)",
    "open 1 in append": "f = open(1, 'a'); f.write(data)",
    "open 1 for both": "try: f = open(1, 'r+'); f.write(data)\nexcept io.UnsupportedOperation as e: print('no', e)",
    "open 1, twice": "open(1, 'w', closefd=False).write('a'); open(1, 'w', closefd=False).write(data)",
    "exec": "print(data, flush=True); os.execv('/bin/echo', ['echo', 'other'])",
    "thread pool": "import concurrent.futures\nwith concurrent.futures.ThreadPoolExecutor(3) as p: print(sum(p.map(len, [data] * 9)))",
    "process pool": "import concurrent.futures, multiprocessing\nwith concurrent.futures.ProcessPoolExecutor(2, multiprocessing.get_context('fork')) as p: print(list(p.map(len, [data] * 3)))",
    "Pool": "import multiprocessing\nwith multiprocessing.get_context('fork').Pool(2) as p: print(p.map(len, [data] * 3))",
    "Process prints": "import multiprocessing\np = multiprocessing.get_context('fork').Process(target=print, args=('child',)); p.start(); p.join(); print(data)",
    "main in a thread": "import threading\nsys.setrecursionlimit(10**6); threading.stack_size(1 << 26)\ndef f(n): return n and f(n - 1)\nt = threading.Thread(target=lambda: print(f(20000), data)); t.start(); t.join()",
    "thread exits": "import threading\nthreading.Thread(target=lambda: (print(data), sys.exit(3))).start()",
    "thread, _exit": "import threading\nt = threading.Thread(target=lambda: (print(data, flush=True), os._exit(0))); t.start(); t.join()",
    "daemon": "import threading, time\nthreading.Thread(target=time.sleep, args=(100,), daemon=True).start(); print(data)",
    "timer": "import threading\nthreading.Timer(0.02, print, [data]).start()",
    "atexit in atexit": "import atexit\natexit.register(lambda: atexit.register(print, data)); print('a')",
    "atexit, _exit": "import atexit\natexit.register(lambda: os._exit(0)); print(data)",
    "atexit closes": "import atexit\natexit.register(sys.stdout.close); print(data)",
    "atexit replaces": "import atexit\natexit.register(lambda: setattr(sys, 'stdout', io.StringIO())); print(data)",
    "alarm": "import signal\nsignal.signal(signal.SIGALRM, lambda *a: print('rang')); signal.setitimer(signal.ITIMER_REAL, 0.01); signal.pause(); print(data)",
    "interrupted": "import signal\nprint(data); signal.raise_signal(signal.SIGINT)",
    "terminated": "import signal\nprint(data, flush=True); os.kill(os.getpid(), signal.SIGTERM)",
    "aborts": "print(data, flush=True); os.abort()",
    "aborts, unflushed": "print(data); os.abort()",
    "exit in a function": "def f():\n    try: sys.exit(0)\n    finally: print(data)\nf()",
    "exit True": "print(data); sys.exit(True)",
    "exit -1": "print(data); sys.exit(-1)",
    "exit None": "print(data); raise SystemExit",
    "exit with a tuple": "print(data); sys.exit((0, 0))",
    "generator exits": "print(data); exec('raise SystemExit(0)')",
    "asyncio": "import asyncio\nasync def f(): await asyncio.sleep(0.01); print(data)\nasyncio.run(f())",
    "large, unflushed": "sys.stdout.write('x' * 5_000_000 + data)",
    "large, descriptor": "d = memoryview(b'x' * 3_000_000 + data.encode())\nwhile d: d = d[os.write(1, d):]",
    "large, child": "import subprocess\nsubprocess.run(['cat'], input=b'x' * 3_000_000); print(data)",
    "excepthook prints": "sys.excepthook = lambda *a: (print('caught'), sys.exit(0)); print(data); 1 / 0",
    "unraisable": "class C:\n    def __del__(self): 1 / 0\nC(); print(data)",
    "weak stream": "import weakref\nf = open(1, 'w', closefd=False); r = weakref.ref(f); f.write(data); del f; print(r() is None)",
    "global and local": "def f():\n    out = open(1, 'w', closefd=False); out.write('local'); return 1\nf(); print(data)",
    "module __del__": "class D:\n    def __init__(self): self.f = open(1, 'w', closefd=False)\n    def __del__(self): self.f.write(data); self.f.close()\nd = D()",
    "template": TEMPLATE + "print(data[:300]); sys.stdout.write(data[:50])",
    "template, print": TEMPLATE + "print = lambda *a: sys.stdout.write(' '.join(map(str, a)) + '\\n'); print(data[:300], 1)",
    "atexit, descriptor": "import atexit\natexit.register(os.write, 1, b'last'); print(data)",
    "thread, descriptor": "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.02), os.write(1, b'last'))).start(); print(data)",
    "atexit, descriptor, error": "import atexit\natexit.register(os.write, 1, b'last'); print(data); sys.exit(0)",
    "__del__, descriptor": "class C:\n    def __del__(self, write=os.write): write(1, b'gone')\nc = C(); print(data); sys.exit(0)",
    "gc disabled": "import gc\ngc.disable(); out = open(1, 'w')\ndef f(): out.write(data)\nf()",
    "gc disabled, in a cycle": "import gc\ngc.disable()\nclass C: pass\nc = C(); c.c = c; c.out = open(1, 'w'); c.out.write(data)",
    "kept by a method": "class C:\n    def __init__(self): self.out = open(1, 'w')\n    def f(self): self.out.write(data)\nc = C(); c.f()",
    "kept by a closure": "def outer():\n    out = os.fdopen(os.dup(1), 'w')\n    return lambda text: out.write(text)\nwrite = outer(); write(data)",
    "kept by a default": "def f(text, out=open(1, 'w')): out.write(text)\nf(data)",
    "kept by a generator": "def g():\n    out = open(1, 'w')\n    while True: out.write((yield))\nh = g(); next(h); h.send(data)",
    "kept by a partial": "import functools\nwrite = functools.partial(print, file=open(1, 'w')); write(data)",
    "kept by a list": "outs = [open(1, 'w')]; outs.append(outs); outs[0].write(data)",
    "binary, kept by a function": "out = open(1, 'wb')\ndef f(): out.write(data.encode())\nf()",
    "wrapper, kept by a function": "out = io.TextIOWrapper(io.BufferedWriter(io.FileIO(os.dup(1), 'w')))\ndef f(): out.write(data)\nf()",
    "FastIO": "class Out(io.BytesIO):\n    def flush(self): os.write(1, self.getvalue()); self.truncate(0); self.seek(0)\n    def write(self, s): return super().write(s.encode())\nsys.stdout = Out(); print(data[:100])",
}

# All pairs would take minutes: each way to read with two ways to write, each way to write with two to read.
PAIRS = sorted(
    {(read, list(WRITE)[number % 2 * (5 * number) % len(WRITE)]) for number, read in enumerate(READ)}
    | {(list(READ)[7 * number % len(READ)], write) for number, write in enumerate(WRITE)}
    | {("stdin read", write) for write in WRITE}
)
