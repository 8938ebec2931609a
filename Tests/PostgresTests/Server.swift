import Glibc
import Postgres
import Runtime
import Testing

/// The private server that the integration tests use.
enum Server {
    static let url = environment("FLOTILLA_TEST_POSTGRES")
    static let isRequired = environment("FLOTILLA_TEST_REQUIRE") == "1"
    /// True also when it is required but missing, so that the tests fail then.
    static var isAvailable: Bool { url != nil || isRequired }

    static var address: PostgresAddress {
        get throws { try PostgresAddress(url: #require(url, "FLOTILLA_TEST_POSTGRES is not set")) }
    }

    /// A program that takes `start`, `stop MODE` and `restart MODE`.
    static let control = environment("FLOTILLA_TEST_POSTGRES_CONTROL")

    /// Blocks until the server did as told.
    static func runControl(_ words: String...) throws {
        let program = try #require(control)
        var arguments: [UnsafeMutablePointer<CChar>?] = ([program] + words).map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process = pid_t()
        try #require(posix_spawn(&process, program, nil, nil, &arguments, environ) == 0)
        var status: CInt = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        try #require(status == 0, "\(words) failed")
    }

    /// The address of a port that belongs to us and refuses connections, for as long as `body` runs.
    static func withNowhere<Value>(_ body: (PostgresAddress) async throws -> Value) async throws -> Value {
        let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        try #require(bound)
        // Bound and not listening: the kernel refuses.
        let port = UInt16(bigEndian: name.sin_port)
        return try await body(PostgresAddress(url: "postgresql://nobody:hidden@127.0.0.1:\(port)/x"))
    }

    static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    static func withConnection<Value>(
        _ address: PostgresAddress? = nil,
        _ body: (Connection) async throws -> Value
    ) async throws -> Value {
        let connection = try await Connection.open(address ?? Self.address, name: "postgres-tests")
        do {
            let value = try await body(connection)
            await connection.close()
            return value
        } catch {
            await connection.close()
            throw error
        }
    }

    static func withPool<Value>(
        size: Int = 2,
        name: String = "postgres-tests",
        _ address: PostgresAddress? = nil,
        _ body: (Pool) async throws -> Value
    ) async throws -> Value {
        let pool = Pool(
            address: try address ?? Self.address,
            size: size,
            name: name,
            logger: Logger(label: "tests")
        )
        do {
            let value = try await body(pool)
            await pool.close()
            return value
        } catch {
            await pool.close()
            throw error
        }
    }

    /// A schema of its own, removed afterwards.
    static func withSchema<Value>(_ body: (String) async throws -> Value) async throws -> Value {
        let name = "test_\(UInt32.random(in: 0 ... .max))"
        try await withConnection { try await $0.execute(script: "CREATE SCHEMA \(name)") }
        do {
            let value = try await body(name)
            try await drop(name)
            return value
        } catch {
            try? await drop(name)
            throw error
        }
    }

    /// A session name that nobody else has.
    static func uniqueName() -> String { "pg-\(UInt32.random(in: 0 ... .max))" }

    /// Ends the sessions of that name once one of them runs a statement like `query`; waits for that moment.
    static func terminate(name: String, query: String = "%") async throws {
        try await withConnection { watcher in
            while true {
                let ended = try await watcher.query(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE application_name = $1 AND query LIKE $2
                    """,
                    [.text(name), .text(query)]
                )
                if !ended.isEmpty { return }
            }
        }
    }

    private static func drop(_ schema: String) async throws {
        try await withConnection { try await $0.execute(script: "DROP SCHEMA IF EXISTS \(schema) CASCADE") }
    }
}

/// Runs `body`, which must throw a `PostgresError`, possibly inside a `TransactionError`.
func failure<Value>(_ body: () async throws -> Value) async throws -> PostgresError {
    do { _ = try await body() } catch let error as PostgresError { return error } catch let error as TransactionError {
        return try #require(error.postgres)
    }
    throw NothingThrown()
}

struct NothingThrown: Error {}
