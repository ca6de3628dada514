"""Our own reader of Dockerfiles: text to stages and instructions, and what the image built from them would run."""

from artifacts.dockerfile.image import Command, Image, Port, image_of
from artifacts.dockerfile.model import Dockerfile, Fault, Heredoc, Instruction, Stage
from artifacts.dockerfile.reader import read_dockerfile

__all__ = ["Command", "Dockerfile", "Fault", "Heredoc", "Image", "Instruction", "Port", "Stage", "image_of", "read_dockerfile"]
