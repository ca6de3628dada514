"""Work done outside the request: order confirmations, queued in Redis."""

from celery import Celery
from celery.utils.log import get_task_logger
from sqlalchemy.orm import Session

from shop.models import Order, engine
from shop.settings import MAIL_FROM, REDIS_URL

celery = Celery("shop", broker=REDIS_URL)
log = get_task_logger(__name__)


@celery.task(autoretry_for=(OSError,), retry_backoff=True, max_retries=5)
def send_confirmation(number: int) -> None:
    """Confirm an order once; a second delivery of the same task does nothing."""
    with Session(engine) as session, session.begin():
        order = session.get(Order, number, with_for_update=True)
        if order is None or order.confirmed:
            return
        log.info("confirmation of order %s from %s to %s", order.id, MAIL_FROM, order.email)
        order.confirmed = True
