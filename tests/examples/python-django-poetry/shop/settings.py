import os

SECRET_KEY = os.environ["SECRET_KEY"]
INSTALLED_APPS = ["django.contrib.staticfiles"]
STATIC_ROOT = "static_collected"
ROOT_URLCONF = "shop.urls"
