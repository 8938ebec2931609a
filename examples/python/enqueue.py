#!/usr/bin/env python3
"""Orders one collection job by AMQP: persistent, mandatory, confirmed.

    apt-get install python3-pika            # or: pip install pika
    FLOTILLA_AMQP_URL=amqp://localhost/ python3 enqueue.py instagram 12 [LANE] [KEY]

Prints one of three answers: accepted, refused (no queue takes it, or the queue is full), unknown (no answer came; the same
id again is safe). With a key the id follows from key and day, so that running this twice orders one job.
"""
import datetime
import json
import os
import sys

import pika

from enqueue_id import job_id


def main():
    platform, account = sys.argv[1], int(sys.argv[2])
    lane = sys.argv[3] if len(sys.argv) > 3 else "normal"
    job = {
        "version": 1,
        "id": job_id(sys.argv[4] if len(sys.argv) > 4 else None),
        "platform": platform,
        "account": account,
        "collect": "account_daily",
        "date": str(datetime.datetime.now(datetime.timezone.utc).date() - datetime.timedelta(days=1)),
        "lane": lane,
        "reason": "example",
        "enqueued_at": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["FLOTILLA_AMQP_URL"]))
    channel = connection.channel()
    channel.confirm_delivery()
    try:
        channel.basic_publish(
            exchange="jobs",
            routing_key=f"{platform}.{lane}",
            body=json.dumps(job),
            mandatory=True,
            properties=pika.BasicProperties(
                content_type="application/json", type="flotilla.job.v1", message_id=job["id"], delivery_mode=2, app_id="example"
            ),
        )
        print("accepted", job["id"])
    except (pika.exceptions.UnroutableError, pika.exceptions.NackError) as error:
        print("refused", job["id"], type(error).__name__)
        return 4
    except pika.exceptions.AMQPError as error:
        print("unknown", job["id"], type(error).__name__)
        return 1
    finally:
        if connection.is_open:
            connection.close()
    return 0


sys.exit(main())
