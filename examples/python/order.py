#!/usr/bin/env python3
"""Orders one job at the door that answers, and registers a post there: a request with a reply.

    FLOTILLA_AMQP_URL=amqp://localhost/ python3 order.py instagram 12 LANE KEY

The answers say what the door found: new, same or conflict; or why it refuses, with the path of the field.
"""
import datetime
import json
import os
import sys
import uuid

import pika

from enqueue_id import job_id


class Door:
    """Sends one message and waits for its answer, by RabbitMQ's direct reply-to."""

    def __init__(self, url):
        self.connection = pika.BlockingConnection(pika.URLParameters(url))
        self.channel = self.connection.channel()
        self.channel.basic_consume("amq.rabbitmq.reply-to", self.answered, auto_ack=True)
        self.answers = {}

    def answered(self, _channel, _method, properties, body):
        self.answers[properties.correlation_id] = json.loads(body)

    def ask(self, kind, message, patience=30):
        request = str(uuid.uuid4())
        properties = pika.BasicProperties(
            content_type="application/json", type=kind, message_id=request, correlation_id=request,
            reply_to="amq.rabbitmq.reply-to", delivery_mode=2,
        )
        self.channel.basic_publish("ingest", "", json.dumps(message), properties, mandatory=True)
        end = datetime.datetime.now() + datetime.timedelta(seconds=patience)
        while request not in self.answers:
            if datetime.datetime.now() > end:
                raise TimeoutError("no answer came; the same message again is safe")
            self.connection.process_data_events(time_limit=1)
        return self.answers.pop(request)


def main():
    platform, account, lane, key = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
    now = datetime.datetime.now(datetime.timezone.utc)
    door = Door(os.environ["FLOTILLA_AMQP_URL"])
    post = {"account": account, "external_id": f"example-{key}", "reference": key}
    print(json.dumps(door.ask("flotilla.posts.v1", {"version": 1, "posts": [post]})))
    order = {
        "version": 1, "id": job_id(), "platform": platform, "account": account, "collect": "account_daily",
        "date": str(now.date() - datetime.timedelta(days=1)), "lane": lane, "reason": "example",
        "enqueued_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "idempotency_key": key, "unique_for": 3600,
    }
    for change in ({}, {"id": job_id()}, {"metrics": ["views", "karma"]}):
        print(json.dumps(door.ask("flotilla.job.v1", order | change)))
    door.connection.close()


main()
