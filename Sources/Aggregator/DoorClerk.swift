import AMQP
import Adapters
import FleetCore
import JSON

/// Takes orders for jobs and registrations of posts that came by message, and answers whoever asked for an answer.
struct DoorClerk: Sendable {
    /// What a message of the door is about, by its type property; what has none holds readings.
    enum Subject: Equatable {
        case job, posts, readings

        init(_ type: String?) {
            if type?.hasPrefix("flotilla.job.") == true {
                self = .job
            } else if type?.hasPrefix("flotilla.posts.") == true {
                self = .posts
            } else {
                self = .readings
            }
        }
    }

    /// The type property of answers.
    static let answerType = "flotilla.answer.v1"

    let door: JobDoor
    let messages: JobMessages

    /// What to publish before the message is acknowledged: the answer, or a dead letter when nobody would hear of a refusal.
    /// Throws when the database does not answer; the message must come again then, and changes nothing twice.
    func settle(_ delivery: Delivery, now: Instant) async throws -> Outgoing? {
        do {
            let answer = try await accept(delivery, now: now)
            return reply(answer, to: delivery)
        } catch let death as Death {
            let answer: JSONValue = [
                "version": 1, "outcome": "refused", "cause": .string(death.cause.rawValue),
                "path": death.path.map { .string($0) } ?? .null, "reason": .string(death.detail),
            ]
            return reply(answer, to: delivery) ?? messages.outgoing(.deadLetter(death), delivery)
        }
    }

    private func accept(_ delivery: Delivery, now: Instant) async throws -> JSONValue {
        do {
            switch Subject(delivery.properties.type) {
            case .job:
                _ = try JobContract().read(delivery.body, now: now)
                let answer = try await door.submit([delivery.body])[0]
                return [
                    "version": 1, "outcome": "accepted", "verdict": .string(answer.verdict.rawValue),
                    "id": .string(answer.job.description),
                ]
            case .posts, .readings:
                let posts = try PostsContract().read(delivery.body, now: now)
                return [
                    "version": 1, "outcome": "accepted",
                    "posts": .array(try await door.register(posts).map(Self.document)),
                ]
            }
        } catch {
            guard let refusal = JobDoor.Refusal(error) else { throw error }
            throw Death(refusal)
        }
    }

    private static func document(_ registration: JobDoor.Registration) -> JSONValue {
        [
            "post": .number(.integer(registration.post)), "verdict": .string(registration.verdict.rawValue),
            "job": registration.job.map { .string($0.description) } ?? .null,
        ]
    }

    /// Nil when nobody asked.
    private func reply(_ answer: JSONValue, to delivery: Delivery) -> Outgoing? {
        guard let queue = delivery.properties.replyTo, !queue.isEmpty else { return nil }
        var properties = Properties(contentType: "application/json", type: Self.answerType)
        properties.correlationID = delivery.properties.correlationID ?? delivery.properties.messageID
        properties.appID = "flotilla"
        return Outgoing(
            exchange: "",
            routingKey: queue,
            message: Message(body: answer.rendered(), properties: properties)
        )
    }
}

extension Death {
    /// What the database's door refused, by the field that it names.
    fileprivate init(_ refusal: JobDoor.Refusal) {
        let fields: [(String, DeadCause)] = [
            ("account", .unknownAccount), ("metrics", .unknownMetric), ("date", .badDate), ("id", .badID),
            ("version", .unknownVersion), ("posts", refusal.isUnknown ? .unknownPost : .badPosts),
        ]
        let field = refusal.path.split(separator: "/").last { !$0.allSatisfy(\.isNumber) } ?? ""
        self.init(fields.first { $0.0 == field }?.1 ?? .badPosts, refusal.reason)
        path = refusal.path
    }
}
