"""The library behind the workflow: repeated sampling from language models, verification and scaling laws.

It lives inside ``scripts/`` so that ``python scripts/<script>.py`` finds it without an install step. Floors, lower never imports higher
and neighbours never import each other:

1. ``errors records seeds closure configuration progress journal gpus packages``: what a prompt, a sample and a verdict are, and the ground to stand on;
2. ``benchmarks/ engines/ sandbox/ statistics/ weights/``: one job each, on records alone;
3. ``graders/`` (on the sandbox), ``figures`` and ``report``.
"""
