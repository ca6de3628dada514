from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    port: int = 8085
    database_url: str
    log_level: str = "info"
