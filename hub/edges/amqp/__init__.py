"""The broker's edge: the only home of kombu, py-amqp and pika (design section 5, Engine)."""
