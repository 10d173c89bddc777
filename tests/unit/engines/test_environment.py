"""No environment variable of the user's changes a draw."""

import os
import subprocess

import pytest
from project import ROOT

from monkeys.engines.environment import explicit, settle


@pytest.mark.parametrize(
    "name",
    [
        *(
            "VLLM_USE_V2_MODEL_RUNNER",
            "VLLM_BATCH_INVARIANT",
            "VLLM_ATTENTION_BACKEND",
            "VLLM_FLOAT32_MATMUL_PRECISION",
            "VLLM_USE_FLASHINFER_SAMPLER",
        ),
        *("VLLM_SOMETHING_NEW", "VLLM_PLUGINS", "VLLM_MODEL_REDIRECT_PATH", "VLLM_CPU_INT4_W4A8"),
        *("NVIDIA_TF32_OVERRIDE", "ATEN_CPU_CAPABILITY", "DNNL_MAX_CPU_ISA", "ONEDNN_DEFAULT_FPMATH_MODE", "NCCL_ALGO"),
    ],
)
@pytest.mark.parametrize("device", ["cpu", "gpu"])
def test_variables_that_change_samples_are_set_or_cleared(name: str, device: str) -> None:
    clean: dict[str, str] = {}
    wanted = explicit(device, False, {})
    settle(device, wanted, clean)
    foreign = {name: "other"}
    assert settle(device, wanted, foreign) == [name]
    assert foreign == clean
    # What is as the configuration says needs no word.
    assert settle(device, wanted, foreign) == []


@pytest.mark.parametrize(
    "name", ["VLLM_CACHE_ROOT", "VLLM_LOGGING_LEVEL", "VLLM_CPU_KVCACHE_SPACE", "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "LD_PRELOAD", "PATH"]
)
def test_variables_that_change_no_samples_are_kept(name: str) -> None:
    environment = {name: "mine"}
    assert settle("cpu", explicit("cpu", False, {}), environment) == []
    assert environment[name] == "mine"


def test_the_configuration_decides() -> None:
    chosen = {"VLLM_USE_V2_MODEL_RUNNER": "0", "NVIDIA_TF32_OVERRIDE": "0"}
    wanted = explicit("gpu", True, chosen)
    assert wanted == {"VLLM_BATCH_INVARIANT": "1", **chosen}
    environment = {"NVIDIA_TF32_OVERRIDE": "1"}
    assert settle("gpu", wanted, environment) == ["NVIDIA_TF32_OVERRIDE"]
    assert wanted.items() <= environment.items()


def test_the_runner_is_said_either_way() -> None:
    assert explicit("cpu", False, {})["VLLM_USE_V2_MODEL_RUNNER"] == "0"
    assert explicit("gpu", False, {})["VLLM_USE_V2_MODEL_RUNNER"] == "1"


def test_the_analysis_has_one_thread_of_linear_algebra_a_job() -> None:
    """More of them wait for each other where jobs run side by side, and may change the last digits."""
    say = [ROOT / "envs/python", "workflow", "-c", "import os; print(os.environ['OPENBLAS_NUM_THREADS'])"]
    done = subprocess.run(say, capture_output=True, text=True, check=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "7"})
    assert done.stdout.strip() == "1"
