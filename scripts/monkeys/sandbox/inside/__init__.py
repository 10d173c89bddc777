"""What runs inside the sandbox: a server that executes one untrusted program after another, each in processes of its own.

``server.py`` is where it starts; ``joining.self_contained`` joins it and the files that it imports into one text, which is handed to the sandbox's
Python (``python -c``), so it needs no file inside. Standard library alone, Python 3.9 or newer: it must run under whatever Python the sandbox has.

Four kinds of process

- The **supervisor** (``supervisor.py``): holds the tests, takes requests, decides verdicts, never executes a line of a candidate.
- The **zygote** (``zygote.py``), forked from it before the first request: candidates are forked from it, so their memory never held any test or any
  other program.
- A **candidate** (``candidate.py``, ``script.py``): a process for each program, in a session and a folder of its own, with limits, behind a filter of
  system calls (``filters.py``). The filter keeps it and all that it starts in one process group, which one signal ends, and away from every other
  process.
- The **tests** (``tests.py``), forked from the supervisor for each set of tests: for each program they are executed anew, in an empty namespace, and
  call the candidate's function over a socket. Arguments and results cross by ``marshal``, and only values of plain built-in types are let in
  (``values.py``), so no object of the candidate ever meets a test: in place of any other object the tests get a ``RemoteObject``, to hand it back or
  to ask for its attributes. After anything but an ordinary end, and after an answer that is large or contains itself, the next program gets a new
  process.
"""
