"""iGSM: word problems over a graph of quantities, of any number of operations, with every step checkable (Ye et al., arXiv 2407.20311).

``words`` names things, ``structure`` says what can hold what, ``dependency`` what is computed from what, ``solution`` writes question and solutions,
``checking`` reads solutions of anybody's.
"""
