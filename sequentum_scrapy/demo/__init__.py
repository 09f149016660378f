"""The bundled shop of ``sequentum demo``, and the Agent that reads it."""

from .server import ShopServer, serve
from .shop import AGENT_FILE

__all__ = ["AGENT_FILE", "ShopServer", "serve"]
