"""The tables: products and orders, in PostgreSQL."""

from datetime import datetime

from sqlalchemy import ForeignKey, create_engine, func
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from shop.settings import DATABASE_URL

engine = create_engine(DATABASE_URL, pool_pre_ping=True)


class Base(DeclarativeBase):
    """The base of all tables."""


class Product(Base):
    """Something to buy; the price is in cents."""

    __tablename__ = "products"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    price: Mapped[int]


class Order(Base):
    """Somebody bought something."""

    __tablename__ = "orders"
    id: Mapped[int] = mapped_column(primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id"))
    quantity: Mapped[int]
    email: Mapped[str]
    confirmed: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


def create_tables() -> None:
    """Create what is missing and put two products on the shelf of an empty shop."""
    Base.metadata.create_all(engine)
    with Session(engine) as session, session.begin():
        if session.query(Product).count() == 0:
            session.add_all([Product(name="Notebook", price=450), Product(name="Pencil", price=120)])
