"""Operating-system packages that Python packages need: to build where there is no wheel, and to run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from architect.stacks.python.requirements import Requirements


@dataclass(frozen=True, slots=True)
class Needs:
    """Package names by family, for the build stage and for the image that runs."""

    build: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    alpine_build: tuple[str, ...] = ()
    alpine_run: tuple[str, ...] = ()


_POSTGRES = Needs(("gcc", "libc6-dev", "libpq-dev"), ("libpq5",), ("build-base", "postgresql-dev"), ("libpq",))
_MYSQL = Needs(
    ("gcc", "libc6-dev", "pkg-config", "default-libmysqlclient-dev"),
    ("libmariadb3",),
    ("build-base", "pkgconf", "mariadb-dev"),
    ("mariadb-connector-c",),
)
_GIS = Needs(run=("gdal-bin", "libgdal32", "libgeos-c1v5", "libproj25"), alpine_run=("gdal", "geos", "proj"))
_COMPILER = Needs(("gcc", "libc6-dev"), (), ("build-base", "linux-headers"), ())
_PANGO = Needs(
    run=("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core"),
    alpine_run=("pango", "harfbuzz-subset", "font-dejavu"),
)
_CV = Needs(run=("libgl1", "libglib2.0-0"))

NEEDS: Mapping[str, Needs] = {
    "psycopg2": _POSTGRES,
    "psycopg[c]": _POSTGRES,
    "psycopg": Needs(run=("libpq5",), alpine_run=("libpq",)),
    "mysqlclient": _MYSQL,
    "mariadb": Needs(("gcc", "libc6-dev", "libmariadb-dev"), ("libmariadb3",), ("build-base", "mariadb-dev"), ("mariadb-connector-c",)),
    "uwsgi": _COMPILER,
    "pyuwsgi": Needs(),
    "python-ldap": Needs(
        ("gcc", "libc6-dev", "libldap2-dev", "libsasl2-dev"),
        ("libldap-2.5-0", "libsasl2-2"),
        ("build-base", "openldap-dev"),
        ("libldap", "libsasl"),
    ),
    "django-auth-ldap": Needs(
        ("gcc", "libc6-dev", "libldap2-dev", "libsasl2-dev"),
        ("libldap-2.5-0", "libsasl2-2"),
        ("build-base", "openldap-dev"),
        ("libldap", "libsasl"),
    ),
    "xmlsec": Needs(
        ("gcc", "libc6-dev", "pkg-config", "libxml2-dev", "libxmlsec1-dev"),
        ("libxmlsec1-openssl",),
        ("build-base", "pkgconf", "xmlsec-dev"),
        ("xmlsec",),
    ),
    "python3-saml": Needs(
        ("gcc", "libc6-dev", "pkg-config", "libxml2-dev", "libxmlsec1-dev"),
        ("libxmlsec1-openssl",),
        ("build-base", "pkgconf", "xmlsec-dev"),
        ("xmlsec",),
    ),
    "pycurl": Needs(("gcc", "libc6-dev", "libcurl4-openssl-dev", "libssl-dev"), ("libcurl4",), ("build-base", "curl-dev"), ("libcurl",)),
    "pyodbc": Needs(("g++", "libc6-dev", "unixodbc-dev"), ("unixodbc",), ("build-base", "unixodbc-dev"), ("unixodbc",)),
    "weasyprint": _PANGO,
    "django-weasyprint": _PANGO,
    "cairosvg": Needs(run=("libcairo2",), alpine_run=("cairo",)),
    "pdf2image": Needs(run=("poppler-utils",), alpine_run=("poppler-utils",)),
    "pydub": Needs(run=("ffmpeg",), alpine_run=("ffmpeg",)),
    "moviepy": Needs(run=("ffmpeg",), alpine_run=("ffmpeg",)),
    "openai-whisper": Needs(run=("ffmpeg",)),
    "yt-dlp": Needs(run=("ffmpeg",), alpine_run=("ffmpeg",)),
    "pytesseract": Needs(run=("tesseract-ocr",), alpine_run=("tesseract-ocr",)),
    "python-magic": Needs(run=("libmagic1",), alpine_run=("libmagic",)),
    "gitpython": Needs(run=("git",), alpine_run=("git",)),
    "pygit2": Needs(),
    "opencv-python": _CV,
    "opencv-contrib-python": _CV,
    "ultralytics": _CV,
    "graphviz": Needs(run=("graphviz",), alpine_run=("graphviz",)),
    "pyzbar": Needs(run=("libzbar0",), alpine_run=("zbar",)),
    "soundfile": Needs(run=("libsndfile1",), alpine_run=("libsndfile",)),
    "librosa": Needs(run=("libsndfile1",), alpine_run=("libsndfile",)),
    "pyaudio": Needs(("gcc", "libc6-dev", "portaudio19-dev"), ("libportaudio2",), ("build-base", "portaudio-dev"), ("portaudio",)),
    "geodjango": _GIS,
    "fiona": Needs(),
    "m2crypto": Needs(("gcc", "libc6-dev", "libssl-dev", "swig"), (), ("build-base", "openssl-dev", "swig"), ()),
    "netifaces": _COMPILER,
    "dlib": Needs(("g++", "cmake", "make"), (), ("build-base", "cmake"), ()),
    "hnswlib": Needs(("g++",), (), ("build-base",), ("libstdc++",)),
}

# Packages without wheels for Alpine's C library, whose build from source is long or not supported.
GNU_ONLY = frozenset(
    [
        "tensorflow",
        "tensorflow-cpu",
        "torch",
        "torchvision",
        "torchaudio",
        "jax",
        "jaxlib",
        "onnxruntime",
        "faiss-cpu",
        "faiss-gpu",
        "pyarrow",
        "streamlit",
        "ray",
        "xgboost",
        "lightgbm",
        "catboost",
        "opencv-python",
        "opencv-python-headless",
        "opencv-contrib-python",
        "mediapipe",
        "dlib",
        "spacy",
        "prophet",
        "sentence-transformers",
        "transformers",
        "ultralytics",
        "scikit-image",
        "numba",
        "llvmlite",
        "pymssql",
        "ibm-db",
        "ibm-watsonx-ai",
        "cx-oracle",
        "chromadb",
        "gradio",
        "playwright",
        "keras",
        "librosa",
        "openai-whisper",
        "pyodbc",
        "polars",
        "duckdb",
        "vllm",
        "accelerate",
        "bitsandbytes",
        "langchain-huggingface",
        "haystack-ai",
        "unstructured",
        "paddleocr",
        "easyocr",
        "pycaret",
        "kaleido",
        "plotly-kaleido",
        "hnswlib",
        "docarray",
        "datasets",
        "statsmodels",
        "scikit-learn",
        "scipy",
        "tiktoken",
        "tokenizers",
        "safetensors",
        "pymupdf",
    ]
)


def packages(wanted: Requirements) -> dict[str, Needs]:
    """Return what each required package needs from the operating system, only for those that need anything."""
    found = {}
    for name in wanted.names:
        key = name
        if name == "psycopg":
            extras = wanted.versions.get(name, "") + wanted.names[name].excerpt
            if "binary" in extras or "psycopg-binary" in wanted.names:
                continue
            key = "psycopg[c]" if "[c" in extras.replace(" ", "") or "psycopg-c" in wanted.names else name
        needs = NEEDS.get(key)
        if needs and (needs.build or needs.run or needs.alpine_run or needs.alpine_build):
            found[name] = needs
    if "git+" in " ".join(wanted.versions.values()) or any("git+" in proof.excerpt for proof in wanted.names.values()):
        name = next(iter(wanted.names))
        found.setdefault(name, Needs())
        found[name] = Needs((*found[name].build, "git"), found[name].run, (*found[name].alpine_build, "git"), found[name].alpine_run)
    return found


def alpine_fits(wanted: Requirements | None, platforms: Mapping[str, set[str]]) -> bool:
    """Tell whether every package installs on Alpine without compiling: from the lock's wheels, else from the known exceptions."""
    if wanted is None:
        return True
    if platforms:
        return all(seen & {"any", "musl"} for seen in platforms.values() if seen != {"other"}) and not wanted.any(*GNU_ONLY)
    return not wanted.any(*GNU_ONLY)
