from fastapi import APIRouter, FastAPI

from orders.settings import Settings

router = APIRouter(prefix="/system")


@router.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}


app = FastAPI(title="Orders")
app.include_router(router, prefix="/api")
