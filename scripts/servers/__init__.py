"""Real servers for tests, demonstrations and measurements: RabbitMQ and PostgreSQL of Debian, on loopback, without systemd.

Nothing here is part of the product. Each server runs under a watcher of its own (`watch.py`), so none outlives the process
that asked for it, however that process ends. docs/servers.md tells how to use them by hand.
"""

from scripts.servers.errors import ServerError
from scripts.servers.pki import Authority, Certificate
from scripts.servers.postgres import Database, Postgres
from scripts.servers.rabbit import RabbitCluster
from scripts.servers.root import Root

__all__ = ["Authority", "Certificate", "Database", "Postgres", "RabbitCluster", "Root", "ServerError"]
