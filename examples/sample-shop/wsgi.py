"""The WSGI entry point."""

from shop import create_app

app = create_app()

if __name__ == "__main__":
    app.run(host="0.0.0.0", port=8000)  # noqa: S104
