"""How fast each Python stack itself can enqueue jobs durably (confirms on): dispatch.py celery|dramatiq|aiopika COUNT"""
import asyncio
import json
import os
import sys
import time

from common import AMQP_URL, JOBS_QUEUE

METRICS = ["views", "reach", "profile_views", "website_clicks", "accounts_engaged", "total_interactions", "likes", "comments", "saves", "shares"]


def job(i):
    return {"job_id": f"0193457a-0000-7000-8000-{i:012d}", "account_id": f"17841400{i % 2000:06d}", "platform": "instagram", "date": "2026-01-01",
            "metrics": METRICS, "attempt": 1, "priority": "normal", "reason": "daily", "enqueued_at": "2026-11-21T09:00:00.000Z"}


def main(kind, n):
    if kind == "celery":
        from celery_peer import app, collect
        with app.producer_pool.acquire(block=True) as producer:
            collect.apply_async((job(0),), producer=producer, queue=JOBS_QUEUE)
            c0, t0 = time.process_time(), time.time()
            for i in range(n):
                collect.apply_async((job(i),), producer=producer, queue=JOBS_QUEUE)
    elif kind == "dramatiq":
        from dramatiq_peer import collect
        collect.send(job(0))
        c0, t0 = time.process_time(), time.time()
        for i in range(n):
            collect.send(job(i))
    else:
        import aio_pika
        import orjson
        import uvloop

        async def run():
            con = await aio_pika.connect(AMQP_URL)
            ch = await con.channel(publisher_confirms=True)
            await ch.declare_queue(JOBS_QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
            sem = asyncio.Semaphore(1000)

            async def one(i):
                try:
                    await ch.default_exchange.publish(aio_pika.Message(orjson.dumps(job(i)), delivery_mode=2, content_type="application/json"), routing_key=JOBS_QUEUE, mandatory=True)
                finally:
                    sem.release()
            await sem.acquire()
            await one(0)
            c, t = time.process_time(), time.time()
            tasks = []
            for i in range(n):
                await sem.acquire()
                tasks.append(asyncio.ensure_future(one(i)))
            await asyncio.gather(*tasks)
            return c, t
        c0, t0 = uvloop.run(run())
    print(json.dumps({"stack": kind, "count": n, "rate": round(n / (time.time() - t0)), "cpu_per_1k": round((time.process_time() - c0) / n * 1000, 4)}))


main(sys.argv[1], int(sys.argv[2]))
os._exit(0)
