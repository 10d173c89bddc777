"""What of the environment changes a draw: set by the configuration or cleared, never taken from the user's environment."""

import os
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any

CPU_ENVIRONMENT = {
    # One process: half the start-up time, and errors that can be read. No binding: the default takes one core of two.
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",
    "VLLM_CPU_KVCACHE_SPACE": "3",
}
"""How vLLM runs well on a CPU; changes no sample, so a user's own value stays."""
OFFLINE = {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
KEPT = (
    # Where vLLM writes, what it logs, how long it waits, and what memory and processes it takes: none of them changes a sample.
    *("VLLM_CACHE_ROOT", "VLLM_CONFIG_ROOT", "VLLM_ASSETS_CACHE", "VLLM_XLA_CACHE_PATH", "VLLM_DEBUG_DUMP_PATH"),
    *("VLLM_LOGGING_", "VLLM_LOG_", "VLLM_CONFIGURE_LOGGING", "VLLM_DISABLE_LOG_LOGO", "VLLM_TRACE_FUNCTION"),
    *("VLLM_NO_USAGE_STATS", "VLLM_DO_NOT_TRACK", "VLLM_USAGE_"),
    *("VLLM_HOST_IP", "VLLM_LOOPBACK_IP", "VLLM_PORT", "VLLM_RPC_BASE_PATH", "VLLM_NCCL_SO_PATH", "VLLM_CUDART_SO_PATH", "VLLM_SKIP_P2P_CHECK"),
    *("VLLM_ENGINE_READY_TIMEOUT_S", "VLLM_EXECUTE_MODEL_TIMEOUT_SECONDS", "VLLM_RINGBUFFER_WARNING_INTERVAL"),
    *("VLLM_CPU_KVCACHE_SPACE", "VLLM_CPU_OMP_THREADS_BIND", "VLLM_CPU_NUM_OF_RESERVED_CPU", "VLLM_ENABLE_V1_MULTIPROCESSING"),
    *("VLLM_WORKER_MULTIPROC_METHOD", "VLLM_DISABLE_COMPILE_CACHE", "VLLM_TARGET_DEVICE"),
)
"""Names, or beginnings of names that end in _, of vLLM's variables that a job takes from its surroundings. All its others are cleared."""
CLEARED = (
    # Precision and order of sums in the libraries below vLLM.
    *("NVIDIA_TF32_OVERRIDE", "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "CUBLAS_WORKSPACE_CONFIG", "CUBLASLT_", "NCCL_ALGO", "NCCL_PROTO"),
    *("ATEN_CPU_CAPABILITY", "DNNL_", "ONEDNN_", "MKL_CBWR", "MKL_ENABLE_INSTRUCTIONS"),
    *("TORCHDYNAMO_", "TORCHINDUCTOR_MAX_AUTOTUNE", "TORCHINDUCTOR_COORDINATE_DESCENT_TUNING", "TRITON_INTERPRET"),
    # Which kernels and which tokenizer.
    *("FLASHINFER_USE_", "FLASH_ATTENTION_", "XFORMERS_", "FA_VERSION", "USE_TORCH", "USE_TF", "USE_FLAX"),
)
"""The same for variables of others: these are cleared, all others stay."""


def explicit(device: str, batch_invariant: bool, chosen: Mapping[str, str]) -> dict[str, str]:
    """The variables that change a draw, with the values that a job gives them: part of the recipe and of the provenance.

    Args:
        device: ``cpu`` or ``gpu``.
        batch_invariant: of the configuration.
        chosen: ``environment`` of the model in the configuration; goes before all else.
    """
    return {
        # The two runners draw different samples from one seed, and vLLM's default has changed before. Runner V2 needs Triton, so a GPU.
        "VLLM_USE_V2_MODEL_RUNNER": str(int(device == "gpu")),
        "VLLM_BATCH_INVARIANT": str(int(batch_invariant)),
        **{name: str(value) for name, value in sorted(chosen.items())},
    }


def settle(device: str, wanted: Mapping[str, str], environment: MutableMapping[str, str] = os.environ) -> list[str]:
    """Make the environment the configuration's own; before torch or vLLM is imported, as they read it then.

    Args:
        device: ``cpu`` or ``gpu``.
        wanted: from ``explicit``.
        environment: what is changed.

    Returns:
        Names of the variables that were set otherwise before, or set and are cleared.
    """
    changed = []
    for name in sorted(environment):
        foreign = _one_of(name, CLEARED) or (name.startswith("VLLM_") and not _one_of(name, KEPT))
        if foreign and environment[name] != wanted.get(name):
            changed.append(name)
            if name not in wanted:
                del environment[name]
    environment.update(wanted)
    for name, value in {**OFFLINE, **(CPU_ENVIRONMENT if device == "cpu" else {})}.items():
        environment.setdefault(name, value)
    return changed


def settle_for(model: Mapping[str, Any], what: str, say: Callable[[str], None]) -> None:
    """``settle`` as a model's entry of the configuration wants it, and say what of the user's environment is not used.

    Args:
        model: ``device``, ``batch_invariant`` and ``environment``.
        what: these variables would change.
        say: takes the sentence.
    """
    if changed := settle(model["device"], explicit(model["device"], model["batch_invariant"], model["environment"])):
        say(f"{', '.join(changed)} of your environment would change {what} and is not used; environment in the configuration sets what is")


def _one_of(name: str, known: tuple[str, ...]) -> bool:
    return any(name == one or (one.endswith("_") and name.startswith(one)) for one in known)
