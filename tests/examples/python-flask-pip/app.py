import os

from flask import Flask

app = Flask(__name__)
GREETING = os.environ.get("GREETING", "hello")
SECRET = os.environ["SECRET_KEY"]


@app.route("/healthz")
def healthz():
    return "ok"


if __name__ == "__main__":
    app.run(port=int(os.environ.get("PORT", 5050)))
