public import AMQP
internal import Crypto
internal import HTTPClient
internal import HTTPServer
internal import Postgres
internal import Runtime

extension FleetProcess {
    /// Shows how publishing and consuming go.
    public func show(publisher: Publisher, consumer: Consumer? = nil) {
        metrics.gauge("flotilla_publish_unconfirmed", "Messages written and not yet confirmed by the broker.") {
            Double(publisher.measurements.outstanding)
        }
        metrics.gauge("flotilla_publish_waiting", "Messages that wait to be written.") {
            Double(publisher.measurements.queued)
        }
        metrics.counters(
            "flotilla_publish_blocked_seconds_total",
            "How long the broker has refused to take messages."
        ) { [.init(publisher.measurements.blocked.inSeconds)] }
        metrics.counters(
            "flotilla_publish_returned_total",
            "Messages that no queue took, or that a full queue refused."
        ) { [.init(Double(publisher.measurements.returned + publisher.measurements.refused))] }
        metrics.counters("messaging_client_sent_messages_total", "Messages that the broker confirmed.") {
            [.init(Double(publisher.measurements.accepted))]
        }
        metrics.counters(
            "flotilla_broker_reconnects_total",
            "Logins at the broker after the first.",
            labels: ["role"]
        ) {
            [.init(Double(publisher.measurements.reconnects), labels: ["publishing"])]
                + (consumer.map { [.init(Double($0.measurements.reconnects), labels: ["consuming"])] } ?? [])
        }
        guard let consumer else { return }
        metrics.gauge("flotilla_queues_consuming", "Queues that this process has an active consumer at.") {
            Double(consumer.measurements.consuming)
        }
        metrics.counters("messaging_client_consumed_messages_total", "Messages that the broker delivered.") {
            [.init(Double(consumer.measurements.deliveries))]
        }
    }

    /// Shows the C libraries that this process runs with, so that a patched machine can be told from one that is not.
    static func showLibraries(_ metrics: MetricsRegistry) {
        let libraries = [
            ("librabbitmq", AMQPLibrary.version), ("libpq", PostgresLibrary.version),
            ("libcurl", HTTPClientLibrary.version),
            ("openssl", CryptoLibrary.version), ("libmicrohttpd", HTTPServerLibrary.version),
        ]
        metrics.gauges(
            "flotilla_library_info",
            "The C libraries that this process runs with; always 1.",
            labels: ["library", "version"]
        ) { libraries.map { .init(1, labels: [$0.0, $0.1]) } }
    }
}
