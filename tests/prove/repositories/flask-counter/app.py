import os

import redis
from flask import Flask

app = Flask(__name__)
app.secret_key = os.environ["SECRET_KEY"]
store = redis.from_url(os.environ["REDIS_URL"])


@app.get("/")
def index():
    return {"visits": store.incr("visits")}


@app.get("/health")
def health():
    store.ping()
    return {"status": "ok"}


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=5000)
