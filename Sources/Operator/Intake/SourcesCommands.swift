import Adapters
import Configuration
import FleetCore
import JSON
import Postgres
import Runtime

/// `flotilla sources add | list`.
enum SourcesCommands {
    static let group = CommandGroup("sources", help: "Where figures come from that no worker collects, such as a blog.")
    static let all: [Configuration.Command] = [add, list]

    private static let name = Argument(
        "name",
        ValueKind<String>(
            shape: "a lower-case word",
            parse: { text in
                let isWord = text.utf8.allSatisfy { $0 &- 97 < 26 || $0 &- 48 < 10 || $0 == UInt8(ascii: "_") }
                return isWord && (1...40).contains(text.utf8.count) ? text : nil
            }
        ),
        help: "The source, a lower-case word that stands where platforms do: blog."
    )
    private static let zone = Option(
        "zone",
        ValueKind<String>.text(longest: 64),
        default: "UTC",
        help: "The zone in which the source cuts its days."
    )
    private static let lag = Option(
        "lag",
        .duration(.zero ... .seconds(60 * 86_400)),
        default: .zero,
        help: "How long after a day's end its figures may still change."
    )
    private static let account = Option(
        "account",
        ValueKind<String>.text(longest: 200),
        help: "An account of the source by its own name, such as the blog's host; readings are pushed to its number."
    ).optional

    static let add = Configuration.Command(
        "sources add",
        help: "Register a source for a workspace, and an account of it. The same again changes nothing.",
        example: "flotilla sources add blog --workspace demo --zone Europe/Berlin --account blog.example.com",
        arguments: [name],
        options: [SharedOptions.workspace, zone, lag, account],
        exitCodes: [.refused]
    ) { call in
        let name = call[Self.name]
        do { _ = try Zones.rules(call[zone]) } catch {
            throw CommandFailure(.usage, "--zone: there is no zone \(call[zone])")
        }
        let account = try await call.withPool { pool in
            try await pool.withConnection { connection in
                _ = try await AccountSeeder.workspace(call[SharedOptions.workspace], on: connection)
            }
            let workspace = try await Whose.workspace(call[SharedOptions.workspace], pool)
            return try await SourceDirectory(pool: pool).add(
                name,
                workspace: workspace,
                zone: call[zone],
                lag: call[lag],
                account: call[Self.account]
            )
        }
        call.output.show(["source": .string(name), "account": account.map { .int($0) } ?? .null]) {
            call.output.print(
                account.map { "readings of \(name) may be pushed to account \($0)" } ?? "registered \(name)"
            )
        }
        return .ok
    }

    static let list = Configuration.Command(
        "sources list",
        help: "Registered sources with their accounts.",
        example: "flotilla sources list"
    ) { call in
        let rows = try await call.withPool { pool in
            try await pool.query(
                """
                select w.name, s.name, s.day_zone, (extract(epoch from s.settling_lag) * 1000000)::bigint, a.id, a.external_id
                from flotilla.sources s join flotilla.workspaces w on w.id = s.workspace_id
                left join flotilla.accounts a on a.workspace_id = s.workspace_id and a.platform = s.name
                order by w.name, s.name, a.id
                """
            )
        }
        var table = TextTable("workspace", "source", "zone", ">lag", ">account", "name")
        var items: [JSONValue] = []
        for row in rows {
            let lag = Duration.microseconds(try row.int8(3))
            let (account, external) = (try row.optionalInt8(4), try row.optionalText(5))
            let words = (try row.text(0), try row.text(1), try row.text(2))
            table.add(words.0, words.1, words.2, Words.span(lag), account.map { String($0) } ?? "", external ?? "")
            items.append([
                "workspace": .string(words.0), "source": .string(words.1), "zone": .string(words.2),
                "lag_seconds": .int(lag.components.seconds), "account": account.map { .int($0) } ?? .null,
                "external_id": .text(external),
            ])
        }
        call.output.list(items, table: table, empty: "no sources are registered")
        return .ok
    }
}
