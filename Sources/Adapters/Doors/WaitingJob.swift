public import AMQP
public import FleetCore

/// A job that a worker put aside because its message is newer than what it reads.
public struct WaitingJob: Sendable, Equatable {
    /// The header with the routing key under which a message lay in its work queue.
    public static let routeHeader = "x-flotilla-route"

    public var job: FleetCore.UUID
    public var version: Int64
    public var account: Int64?
    public var platform: String
    /// Where it came from and goes back to.
    public var routingKey: String
    public var body: String

    /// Nil when the dead letter is none of these: of another cause, of a version that nobody will ever read, or without
    /// what is needed to publish it again.
    public init?(_ delivery: Delivery) {
        let headers = delivery.properties.headers
        guard headers[DeadLetter.Header.cause]?.string == DeadCause.unknownVersion.rawValue,
            let route = headers[Self.routeHeader]?.string,
            let version = JobContract.newerVersion(delivery.body),
            let body = String(validating: delivery.body, as: UTF8.self), !body.utf8.contains(0)
        else { return nil }
        let letter = DeadLetter(delivery)
        guard let job = letter.job, job.isVersion7, letter.platform != DeadLetter.pushed else { return nil }
        (self.job, self.version, account, platform) = (job, version, letter.account, letter.platform)
        (routingKey, self.body) = (route, body)
    }
}
