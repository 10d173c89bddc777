# Files with the names of modules, wherever an interpreter might look for one, would speak in the worker's name.
# kind: function
# expect: failed
import os
import site
import sys

TEXT = "import os\nos._exit(0)\n"


def solve(n):
    version = f"python3.{sys.version_info[1]}"
    folders = ["/tmp", ".", "/dev/shm", f"/tmp/.local/lib/{version}/site-packages", *site.getsitepackages(), *filter(None, sys.path)]
    for folder in folders:
        for name in ("json", "marshal", "os", "re", "traceback", "sitecustomize", "usercustomize", "encodings", "numpy", "linecache"):
            try:
                os.makedirs(folder, exist_ok=True)
                with open(f"{folder}/{name}.py", "w") as handle:
                    handle.write(TEXT)
            except OSError:
                pass
    sys.path_importer_cache.clear()
