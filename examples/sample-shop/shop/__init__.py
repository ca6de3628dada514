"""The application factory of the sample shop."""

import click
from flask import Flask

from shop.models import create_tables
from shop.views import api


def create_app() -> Flask:
    """Build the application with its routes and its one command."""
    app = Flask(__name__)
    app.register_blueprint(api)

    @app.cli.command("init-db")
    def init_db() -> None:
        """Create the tables and the first products."""
        create_tables()
        click.echo("The tables are there.")

    return app
