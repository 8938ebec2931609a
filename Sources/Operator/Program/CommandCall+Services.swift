import AMQP
import Adapters
import Configuration
import Crypto
import FleetCore
import Postgres
import Runtime

extension CommandCall {
    /// A logger at the level that the settings say.
    var logger: Logger {
        LogPipeline.standard.configure(level: settings[OperatorSettings.logLevel])
        return Logger(label: "operator")
    }

    /// Whether a database is configured, for commands that do more with one.
    var hasDatabase: Bool { settings[OperatorSettings.postgres] != nil }

    /// The database's address, as the login itself unless the settings name a role.
    func database() throws -> PostgresAddress {
        try FleetProcess.database(at: try settings.required(OperatorSettings.postgres), settings, role: nil)
    }

    /// Lends connections to the database, ends them afterwards, and puts errors into one line.
    func withPool<Value>(
        size: Int = 1,
        silence: Duration? = .seconds(120),
        _ body: (Pool) async throws -> Value
    ) async throws -> Value {
        var address = try database()
        address.silenceLimit = silence
        let pool = Pool(address: address, size: size, name: "flotilla", logger: logger)
        do {
            try await Self.introduceSources(pool)
            let value = try await body(pool)
            await pool.close()
            return value
        } catch {
            await pool.close()
            throw DatabaseFailure.explained(error)
        }
    }

    /// Whatever is named after a registered source must be known. A schema of before has none.
    private static func introduceSources(_ pool: Pool) async throws {
        do { try await SourceDirectory(pool: pool).introduceAll() } catch let error as PostgresError
            where error.code == .connectFailed
        { throw error } catch {}
    }

    /// The broker's address.
    func endpoint() throws -> Endpoint {
        do {
            var endpoint = try Endpoint(url: try settings.required(OperatorSettings.amqp).reveal())
            if let authorities = settings[CommonSettings.amqpCertificates] { endpoint.tls?.authorities = authorities }
            return endpoint
        } catch let error as AMQPError {
            throw CommandFailure(.usage, error.description)
        }
    }

    /// The key ring that seals credentials.
    func keyring() throws -> Keyring {
        let path = try settings.required(CommonSettings.keyringFile)
        do { return try Keyring(contentsOf: path) } catch { throw CommandFailure(.usage, "\(error)") }
    }

    /// Now, by this machine's clock.
    var now: Instant { Instant(microseconds: ProcessClock.wallNow) }
}

/// Makes errors of the database into one line that says what to do.
enum DatabaseFailure {
    static func explained(_ error: any Error) -> any Error {
        let found = (error as? TransactionError)
        // A transaction's own error says more than its wrapping; a failure of ours passes as it is.
        if let failure = found?.body as? CommandFailure { return failure }
        if found?.body is CancellationError { return CancellationError() }
        guard let postgres = found?.postgres ?? error as? PostgresError else { return found?.body ?? error }
        if postgres.code == .cancelled { return CancellationError() }
        if postgres.code == .connectFailed {
            return CommandFailure(.failed, "the database is not reachable: \(postgres.message)")
        }
        switch postgres.sqlState {
        case "42P01", "3F000", "42883":
            return CommandFailure(
                .failed,
                "the database lacks a part of the fleet's schema (\(postgres.message)); run `flotilla migrate`"
            )
        case "42501":
            return CommandFailure(
                .refused,
                "the database refuses: \(postgres.message); log in as the owner of the schema `flotilla`, or as its auditor"
            )
        default:
            return CommandFailure(.failed, "the database refuses: \(postgres.message)\(detail(postgres))")
        }
    }

    private static func detail(_ error: PostgresError) -> String {
        error.detail.map { " (\($0))" } ?? ""
    }
}
