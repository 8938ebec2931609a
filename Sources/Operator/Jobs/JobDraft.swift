import FleetCore
import JSON

/// What a job is made of when its line of a file, or the command line, leaves something out.
struct JobDraft {
    var platform: PlatformName?
    var collect: CollectionKind
    var day: NamedDay
    var lane: Lane
    var metrics: [String]
    var key: String?
    var uniqueFor: Duration?
    var now: Instant

    /// The job that a line describes: a whole job message, or a shorthand such as `{"account":12,"date":"2026-11-19"}`.
    /// What comes out has passed the contract.
    func job(line: ArraySlice<UInt8>) throws(Death) -> Job {
        let document: JSONValue
        do throws(JSONError) {
            document = try JSONValue(
                parsing: Array(line),
                limits: JSONReader.Limits(depth: 8, refusesDuplicateKeys: true)
            )
        } catch {
            throw Death(.malformedJSON, error.description)
        }
        guard case .object(var members) = document else { throw Death(.notAnObject, "the line is not a JSON object") }
        func complete(_ key: String, _ value: @autoclosure () -> JSONValue?) {
            guard !members.contains(where: { $0.key == key }), let value = value() else { return }
            members.append(.init(key, value))
        }
        complete("version", .int(Job.versions.upperBound))
        complete("id", .string(Self.makeID(now).description))
        complete("platform", platform.map { .string($0.rawValue) })
        complete("collect", .string(collect.rawValue))
        complete("date", date(document).map { .string($0.description) })
        complete("lane", .string(lane.rawValue))
        complete("metrics", metrics.isEmpty ? nil : .array(metrics.map { .string($0) }))
        complete("reason", "operator")
        complete("idempotency_key", key.map { .string($0) })
        complete("unique_for", uniqueFor.map { .int($0.components.seconds) })
        complete("enqueued_at", .string(now.text(.milliseconds)))
        return try JobContract().read(JSONValue.object(members).rendered(), now: now)
    }

    /// The day depends on the platform, which the line itself may name.
    private func date(_ document: JSONValue) -> CivilDate? {
        let named = document["platform"]?.string.flatMap { PlatformName(rawValue: $0) }
        return (named ?? platform).map { day.date(on: $0, now: now) }
    }

    /// A new id of this moment.
    static func makeID(_ now: Instant) -> FleetCore.UUID {
        var generator = SystemRandomNumberGenerator()
        return .version7(milliseconds: now.milliseconds, using: &generator)
    }
}
