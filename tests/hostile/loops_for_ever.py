# Never comes back.
# kind: function
# expect: timeout


def solve(n):
    while True:
        pass
