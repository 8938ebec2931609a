internal import FleetCore
internal import JSON
internal import Platforms
internal import Runtime
internal import Synchronization

extension SimulatedService {
    /// Applies a command and says how things stand then.
    func control(_ body: [UInt8], clockFile: String?, at now: Instant) throws(ControlFault) -> [UInt8] {
        let command = try ControlCommand(body, at: now)
        let move = try command.clockMove()
        if move != nil && clockFile == nil {
            throw ControlFault("clock: the simulator has no clock of its own; start it with --clock-file")
        }
        try state.withLock { state throws(ControlFault) in
            var changed = state
            try command.apply(to: &changed)
            state = changed
        }
        if let move, let clockFile {
            let start = (move.set ?? Instant(microseconds: ProcessClock.wallNow)) + (move.advance ?? .zero)
            let rate = move.rate ?? ProcessClock.rate
            guard ClockFile.write(clockFile, now: start.microseconds, rate: rate) else {
                throw ControlFault("clock: the file cannot be written")
            }
        }
        return standing(at: Instant(microseconds: ProcessClock.wallNow))
    }

    /// What is set: time, faults, limits, changes to the world.
    func standing(at now: Instant) -> [UInt8] {
        let state = state.withLock { $0 }
        var writer = JSONWriter(capacity: 2048)
        writer.beginObject()
        writer.field("now", now.text(.microseconds))
        writer.field("rate", FixedPoint.number(ProcessClock.rate, scale: 3))
        writer.field("seed", Int64(bitPattern: options.seed))
        writer.field("accounts", options.accounts)
        writer.array("faults") { writer in
            for rule in state.faults.rules { rule.write(&writer) }
        }
        writer.array("limits") { writer in
            for platform in PlatformName.allCases {
                for rule in state.limits[platform.place].rules { rule.write(&writer, platform) }
            }
        }
        writer.array("retired") { writer in
            for (retired, at) in state.world.changes.retirements.sorted(by: { $0.key.native < $1.key.native }) {
                writer.beginObject()
                writer.field("platform", retired.platform.rawValue)
                writer.field("metric", retired.native)
                writer.field("at", at.text(.seconds))
                writer.endObject()
            }
        }
        writer.field("deleted_accounts", state.world.changes.deletedAccounts.count)
        writer.field("deleted_posts", state.world.changes.deletedPosts.count)
        writer.field("changed_credentials", state.credentials.entries.count)
        writer.endObject()
        return writer.finish()
    }
}

extension FixedPoint {
    static func number(_ value: Int64, scale: Int) -> JSONNumber {
        scale == 0 ? .integer(value) : .decimal(text(value, scale: scale))
    }
}

extension FaultRule {
    fileprivate func write(_ writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("kind", kind.rawValue)
        writer.field("platform", ifPresent: platform?.rawValue)
        writer.field("endpoint", ifPresent: endpoint)
        writer.field("account", ifPresent: account.map { Int64($0) })
        writer.field("share", FixedPoint.number(Int64(millionths), scale: 6))
        writer.field("until", ifPresent: until?.text(.microseconds))
        writer.field("count", ifPresent: left.map { Int64($0) })
        writer.field("seconds", seconds)
        writer.field("bytes", ifPresent: bytes)
        writer.field("text", ifPresent: text)
        writer.endObject()
    }
}

extension BudgetRule {
    func write(_ writer: inout JSONWriter, _ platform: PlatformName) {
        writer.beginObject()
        writer.field("platform", platform.rawValue)
        writer.field("rule", name)
        writer.field("subject", subject.rawValue)
        writer.field("endpoint", ifPresent: endpoint)
        writer.field("unit", unit.rawValue)
        writer.field("limit", ifPresent: limit)
        window.write(&writer)
        writer.endObject()
    }
}
