"""The demo and other long runs on real servers: RabbitMQ and PostgreSQL are started for them and stopped afterwards."""
