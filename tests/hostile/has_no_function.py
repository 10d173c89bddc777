# There is nothing to call, or what there is cannot be called.
# kind: function
# expect: failed
# variants: 6
if VARIANT == 1:
    solve = 5
elif VARIANT == 2:

    class solve:
        pass

elif VARIANT == 3:

    def solve():
        return 42

elif VARIANT == 4:
    globals().clear()
elif VARIANT == 5:

    async def solve(n):
        return n + 1
