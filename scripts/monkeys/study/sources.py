"""Where samples come from, as a study plans them: drawn by an engine, recorded in a file, or counts alone.

A model's ``engine`` names its source. This is what rules need to know of one; the module ``monkeys.sampling.<module>`` makes the samples of a shard.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from monkeys.formats.samples.reading import SampleFiles

Model = Mapping[str, Any]
"""A model's settings in a completed configuration."""
_DRAWN_BY_VLLM = (
    "engine",
    "weights",
    "device",
    "batch_invariant",
    "environment",
    "response_format",
    "chat_template_kwargs",
    "template_date",
    "options",
)
_DRAWN_BY_API = ("engine", "endpoint", "response_format", "chat_template_kwargs")


@dataclass(frozen=True, slots=True)
class Source:
    """A source of samples.

    Args:
        engine: its name in the configuration.
        module: of ``monkeys.sampling``, which makes the samples of a shard; empty where there are no samples.
        settings: keys of a model that determine its samples.
        given: the key of a model that names the user's own files, by benchmark; empty where there are none.
        what: what such a file is, for error messages.
        drawn: whether samples are drawn here, so that sampling parameters, tokens and times are known.
        weights: whether it loads weights.
        answers_alone: whether samples are answers without texts, to problems without prompts.
        environment: of ``envs``, in which its jobs run.
    """

    engine: str
    module: str = ""
    settings: tuple[str, ...] = ()
    given: str = ""
    what: str = ""
    drawn: bool = False
    weights: bool = False
    answers_alone: bool = False
    environment: str = "vllm"

    @property
    def has_samples(self) -> bool:
        """Whether it gives samples, and not counts alone."""
        return bool(self.module)

    @property
    def takes_all(self) -> bool:
        """Whether ``samples: all`` is possible: what exists already has an end."""
        return not self.drawn

    def files(self, model: Model, benchmark: str) -> list[str]:
        """The user's own files that a pair's samples or counts are read from."""
        if not self.given:
            return []
        given = model[self.given][benchmark]
        return (
            [given["file"]] if self.given in ("counts", "votes") else [str(path) for path in SampleFiles.parse(given, f"samples.{benchmark}").paths()]
        )

    def reading(self, model: Model, benchmark: str) -> dict[str, Any]:
        """How recorded samples are written, where the configuration says it: ``shape`` and ``columns``."""
        if self.answers_alone:
            # Without what says which answers are right: whoever makes samples sees no reference.
            entry = model[self.given][benchmark]
            return {"columns": {name: entry[name] for name in ("problem", "answers")}}
        if self.given != "samples":
            return {}
        files = SampleFiles.parse(model[self.given][benchmark], f"samples.{benchmark}")
        return ({"shape": files.shape} if files.shape else {}) | ({"columns": dict(files.columns)} if files.columns else {})

    def gpus(self, model: Model) -> int:
        """GPUs of a generation job."""
        return gpus_of(model) if self.weights else 0

    def threads(self, model: Model, cores: Callable[[], int | None]) -> int:
        """Cores of a generation job."""
        return threads_of(model, cores) if self.weights else 1


def gpus_of(model: Model) -> int:
    """GPUs of a job that loads a model: what its parallelism takes, none on a CPU."""
    options = model["options"]
    return int(options.get("tensor_parallel_size", 1) * options.get("pipeline_parallel_size", 1)) if model["device"] == "gpu" else 0


def threads_of(model: Model, cores: Callable[[], int | None]) -> int:
    """Cores of a job that loads a model. On a CPU vLLM takes the whole machine; on a GPU it needs a core for the engine and one for the rest."""
    return 2 * gpus_of(model) or cores() or 8


SOURCES = {
    source.engine: source
    for source in (
        Source("vllm", module="drawn", settings=_DRAWN_BY_VLLM, drawn=True, weights=True),
        Source("openai_api", module="drawn", settings=_DRAWN_BY_API, drawn=True, environment="workflow"),
        Source("recorded", module="recorded", settings=("engine",), given="samples", what="a file of recorded samples"),
        Source("votes", module="votes", settings=("engine",), given="votes", what="a file of recorded answers", answers_alone=True),
        Source("counts", given="counts", what="a table of counts"),
    )
}
