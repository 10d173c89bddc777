# Threads, some of them daemons, outlive the answer, which is wrong.
# kind: function
# expect: failed, timeout
import threading
import time


def spin():
    while True:
        pass


def wait():
    time.sleep(3600)


for index in range(20):
    threading.Thread(target=spin if index == 0 else wait, daemon=bool(index % 2)).start()


def solve(n):
    return None
