import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime

/// `flotilla dead list | groups | show`.
enum DeadCommands {
    static let group = CommandGroup("dead", help: "Jobs that were given up, and why.")
    static let all: [Configuration.Command] = [list, groups, show]

    private static let cause = Option("cause", ValueKind<DeadCause>.choice, help: "One cause only.").optional
    private static let letter = Argument("letter", .number, help: "The dead letter's number.")

    static let list = Configuration.Command(
        "dead list",
        help: "The newest dead letters.",
        example: "flotilla dead list --cause auth_expired --limit 20",
        options: [cause, SharedOptions.anyPlatform, SharedOptions.limit]
    ) { call in
        let rows = try await call.withPool { pool in
            try await pool.query(
                """
                select id, dead_at, platform, account_id, cause, detail, attempt, job_id from flotilla.dead_letters
                where ($1::text is null or cause = $1) and ($2::text is null or platform = $2)
                order by dead_at desc, id desc limit $3
                """,
                [
                    call[cause].map { .text($0.rawValue) } ?? .null,
                    call[SharedOptions.anyPlatform].map { .text($0.rawValue) } ?? .null,
                    .int8(Int64(call[SharedOptions.limit])),
                ]
            )
        }
        var table = TextTable(">letter", "died", "platform", ">account", "cause", ">attempt", "detail")
        var items: [JSONValue] = []
        for row in rows {
            let (id, at) = (try row.int8(0), Instant(microseconds: try row.timestamp(1)))
            let (platform, account) = (try row.text(2), try row.optionalInt8(3))
            let (cause, detail, attempt) = (try row.text(4), try row.text(5), try row.int4(6))
            let short = detail.count > 60 ? detail.prefix(59) + "…" : detail[...]
            table.add(
                String(id),
                Words.relative(at, now: call.now),
                platform,
                account.map { String($0) } ?? "",
                cause,
                String(attempt),
                String(short)
            )
            items.append([
                "id": .int(id), "dead_at": .time(at), "platform": .string(platform),
                "account": account.map { .int($0) } ?? .null, "cause": .string(cause), "detail": .string(detail),
                "attempt": .int(attempt), "job": .text(try row.optionalUUID(7).map { FleetCore.UUID($0).description }),
            ])
        }
        call.output.list(items, table: table, empty: "no dead letters")
        return .ok
    }

    static let groups = Configuration.Command(
        "dead groups",
        help: "Dead letters by cause, with what to do about each.",
        example: "flotilla dead groups",
        options: [SharedOptions.anyPlatform]
    ) { call in
        let rows = try await call.withPool { pool in
            try await pool.query(
                """
                select cause, count(*), min(dead_at), max(dead_at), count(distinct account_id) from flotilla.dead_letters
                where $1::text is null or platform = $1 group by cause order by count(*) desc, cause
                """,
                [call[SharedOptions.anyPlatform].map { .text($0.rawValue) } ?? .null]
            )
        }
        var table = TextTable("cause", ">letters", ">accounts", "first", "last", "advice")
        var items: [JSONValue] = []
        for row in rows {
            let (cause, count, accounts) = (try row.text(0), try row.int8(1), try row.int8(4))
            let first = Instant(microseconds: try row.timestamp(2))
            let last = Instant(microseconds: try row.timestamp(3))
            let advice = DeadCause(rawValue: cause)?.advice ?? "This version does not know the cause; upgrade it."
            table.add(
                cause,
                Words.number(count),
                Words.number(accounts),
                Words.relative(first, now: call.now),
                Words.relative(last, now: call.now),
                advice
            )
            items.append([
                "cause": .string(cause), "count": .int(count), "accounts": .int(accounts), "first": .time(first),
                "last": .time(last), "advice": .string(advice),
            ])
        }
        call.output.list(items, table: table, empty: "no dead letters")
        return .ok
    }

    static let show = Configuration.Command(
        "dead show",
        help: "One dead letter with its headers and its body.",
        example: "flotilla dead show 17",
        arguments: [letter],
        exitCodes: [.notFound]
    ) { call in
        let rows = try await call.withPool { pool in
            try await pool.query(
                """
                select dead_at, platform, account_id, job_id, run_id, cause, detail, attempt, routing_key, headers, body
                from flotilla.dead_letters where id = $1
                """,
                [.int8(call[letter])]
            )
        }
        guard let row = rows.first else {
            throw CommandFailure(.notFound, "there is no dead letter \(call[letter]); see `flotilla dead list`")
        }
        let cause = try row.text(5)
        let at = Instant(microseconds: try row.timestamp(0))
        let body = String(decoding: try row.bytes(10), as: UTF8.self)
        let headers = (try? JSONValue(parsing: try row.text(9))) ?? .null
        let members: [JSONValue.Member] = [
            .init("id", .int(call[letter])), .init("dead_at", .time(at)), .init("platform", .string(try row.text(1))),
            .init("account", try row.optionalInt8(2).map { .int($0) } ?? .null),
            .init("job", .text(try row.optionalUUID(3).map { FleetCore.UUID($0).description })),
            .init("run", .text(try row.optionalUUID(4).map { FleetCore.UUID($0).description })),
            .init("cause", .string(cause)), .init("detail", .string(try row.text(6))),
            .init("attempt", .int(try row.int4(7))), .init("routing_key", .string(try row.text(8))),
        ]
        let more: [JSONValue.Member] = [.init("headers", headers), .init("body", .string(body))]
        call.output.show(.object(members + more)) {
            call.output.facts(
                members.map { ($0.key, $0.value.string ?? $0.value.int64.map { String($0) } ?? "") }
                    + [("advice", DeadCause(rawValue: cause)?.advice ?? "")]
                    + (headers.object ?? []).map { ($0.key, $0.value.string ?? $0.value.description) }
            )
            call.output.print("")
            for line in body.split(separator: "\n", omittingEmptySubsequences: false) {
                call.output.print(Terminal.visible(String(line)))
            }
        }
        return .ok
    }
}
