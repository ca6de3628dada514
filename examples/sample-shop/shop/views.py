"""The HTTP interface."""

from flask import Blueprint, abort, request
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from shop.models import Order, Product, engine
from shop.tasks import send_confirmation

api = Blueprint("api", __name__)


@api.get("/healthz")
def healthz() -> str:
    """Answer ok when the database does."""
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    return "ok"


@api.get("/products")
def products() -> list[dict]:
    """List what can be bought."""
    with Session(engine) as session:
        return [{"id": item.id, "name": item.name, "price": item.price} for item in session.scalars(select(Product))]


@api.post("/orders")
def place_order() -> tuple[dict, int]:
    """Take an order and have its confirmation sent."""
    wanted = request.get_json()
    with Session(engine) as session, session.begin():
        product = session.get(Product, wanted.get("product"))
        if product is None or int(wanted.get("quantity", 0)) < 1 or "@" not in wanted.get("email", ""):
            abort(400, "product, quantity and email are needed")
        order = Order(product_id=product.id, quantity=int(wanted["quantity"]), email=wanted["email"])
        session.add(order)
        session.flush()
        number = order.id
    send_confirmation.delay(number)
    return {"id": number}, 201


@api.get("/orders/<int:number>")
def show_order(number: int) -> dict:
    """Show an order."""
    with Session(engine) as session:
        order = session.get(Order, number) or abort(404)
        return {"id": order.id, "product": order.product_id, "quantity": order.quantity, "confirmed": order.confirmed}
