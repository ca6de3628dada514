import os

from celery import Celery

app = Celery("mail", broker=os.environ["BROKER_URL"])
