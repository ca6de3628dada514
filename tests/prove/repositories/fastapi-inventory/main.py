from fastapi import FastAPI

app = FastAPI()


@app.get("/")
def index() -> dict[str, str]:
    return {"service": "inventory"}


@app.get("/healthz")
def health() -> dict[str, str]:
    return {"status": "ok"}
