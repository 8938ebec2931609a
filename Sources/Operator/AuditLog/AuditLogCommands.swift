import Adapters
import Configuration
import FleetCore
import JSON
import Runtime

/// `flotilla audit log | verify`: what operators did, and whether that record is whole.
enum AuditLogCommands {
    static let all: [Configuration.Command] = [log, verify]

    /// Why an operator does what changes the fleet's work; every such command takes it and writes it down.
    static let reason = Option(
        "reason",
        .text(longest: 1000),
        help: "Why, in your words; it stays in the audit log with your name."
    )

    private static let action = Option(
        "action",
        .text(longest: 60),
        help: "One action only, such as replay.start; replay stands for all that begin with it."
    ).optional
    private static let target = Option("target", .text(longest: 200), help: "Of one target only, as it is listed.")
        .optional
    private static let before = Option("before", ValueKind<Int64>.number, help: "Entries before this one.").optional

    static let log = Configuration.Command(
        "audit log",
        help: "What operators did and why, newest first. Entries are never changed or deleted.",
        example: "flotilla audit log --action replay --limit 20",
        options: [action, target, before, SharedOptions.limit]
    ) { call in
        let entries = try await call.withPool { pool in
            try await AuditLog(pool: pool).entries(
                before: call[before],
                action: call[action],
                target: call[target],
                limit: call[SharedOptions.limit]
            )
        }
        var table = TextTable(">entry", "when", "who", "action", "target", "reason")
        for entry in entries {
            let who = entry.person.isEmpty ? entry.login : entry.person
            table.add(
                String(entry.id),
                Words.relative(entry.at, now: call.now),
                who,
                entry.action,
                entry.target,
                entry.reason
            )
        }
        call.output.list(entries.map(\.document), table: table, empty: "nothing was done yet")
        return .ok
    }

    private static let head = Option(
        "head",
        .text(longest: 100),
        help: "Number and digest that this command printed before: that entry must still be there, as it was."
    ).optional

    static let verify = Configuration.Command(
        "audit verify",
        help:
            "Compute the audit log's chain of digests again, and say what was changed, taken out or cut off. Prints number and "
            + "digest of the last entry: note them elsewhere, and nobody can shorten the log unseen.",
        example: "flotilla audit verify --head 41:9f2c…",
        options: [head]
    ) { call in
        let (chain, faults) = try await call.withPool { pool in
            let log = AuditLog(pool: pool)
            let chain = try await log.verify()
            return (chain, chain.faults + (try await missing(call[head], log)))
        }
        let mark = "\(chain.count):\(chain.head.hexadecimal)"
        call.output.show([
            "entries": .int(chain.count), "head": .string(mark), "faults": .array(faults.map { .string($0) }),
        ]) {
            for fault in faults { call.output.print(call.output.style(.bad, fault)) }
            let verdict = faults.isEmpty ? "whole" : "\(Words.count(Int64(faults.count), "fault"))"
            call.output.print("\(Words.number(chain.count)) entries: \(verdict)")
            call.output.print("head \(mark)")
        }
        return faults.isEmpty ? .ok : .failed
    }

    /// What is wrong with the entry that was noted before.
    private static func missing(_ head: String?, _ log: AuditLog) async throws -> [String] {
        guard let head else { return [] }
        let parts = head.split(separator: ":").map(String.init)
        guard parts.count == 2, let id = Int64(parts[0]), id >= 0 else {
            throw CommandFailure(.usage, "--head expects a number, a colon and a digest, as this command prints them")
        }
        if id == 0 { return [] }
        guard let entry = try await log.entries(before: id + 1, limit: 1).first, entry.id == id else {
            return ["entry \(id), which was noted, is gone"]
        }
        return entry.digest.hexadecimal == parts[1] ? [] : ["entry \(id) is not the one that was noted"]
    }
}

extension AuditEntry {
    var document: JSONValue {
        [
            "id": .int(id), "at": .time(at), "login": .string(login), "person": .string(person),
            "action": .string(action), "target": .string(target), "reason": .string(reason),
            "details": (try? JSONValue(parsing: details)) ?? .null, "digest": .string(digest.hexadecimal),
        ]
    }
}
