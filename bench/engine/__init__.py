"""The benchmark of the engine: real RabbitMQ, PostgreSQL and processes, beside a naive pipeline over the same (`python -m bench.engine`)."""
