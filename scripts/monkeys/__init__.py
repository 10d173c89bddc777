"""The library behind the workflow: repeated sampling from language models, verification and scaling laws.

It lives inside ``scripts/`` so that ``python scripts/<script>.py`` finds it without an install step. Its rooms stand on floors
(tests/unit/test_architecture.py): lower ones never import higher ones and neighbours never import each other.

- ground: ``errors clock seeds progress closure home shards files packages contents``;
- ``records``, ``formats``, ``statistics``, ``costs``: what passes from stage to stage, other people's formats, pure functions;
- ``weights``, ``benchmarks``, ``sandbox``, then ``engines`` and ``graders``: one job each, on records alone;
- ``sampling``, ``tables``, ``figures``, ``command_line``: what scripts are made of;
- ``study``, then ``reporting``: the configuration, and what is said of a whole run.
"""
