import Glibc
import Postgres
import Testing

/// What changes or stops the whole server; runs apart from the other suites.
@Suite("Postgres faults", .serialized, .enabled(if: Server.isAvailable && Server.control != nil))
struct PostgresFaults {
    @Test(arguments: ["fast", "immediate"])
    func `after a restart of the server the same pool works again`(mode: String) async throws {
        try await Server.withSchema { schema in
            try await Server.withPool(size: 3) { pool in
                try await pool.query(Statement(dynamic: "CREATE TABLE \(schema).kept (n int PRIMARY KEY)"))
                let insert = Statement(dynamic: "INSERT INTO \(schema).kept VALUES ($1) ON CONFLICT DO NOTHING")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try Server.runControl("restart", mode) }
                    for worker in 0..<3 as Range<Int32> {
                        group.addTask {
                            for number in 0..<200 as Range<Int32> {
                                try await keepTrying {
                                    try await pool.withTransaction(whenDown: .retry) {
                                        _ = try await $0.query(insert, [.int4(worker * 1000 + number)])
                                    }
                                }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let count = try await pool.query(Statement(dynamic: "SELECT count(*) FROM \(schema).kept"))
                #expect(try count.only().int8(0) == 600)
            }
        }
    }

    @Test func `a caller that wants to waits until the server is back`() async throws {
        try await Server.withPool(size: 1) { pool in
            try await pool.query("SELECT 1")
            try Server.runControl("stop", "fast")
            let refused = try await failure { try await pool.query("SELECT 1") }
            #expect(refused.code == .connectFailed || refused.isConnectionLost)
            async let answer = pool.withConnection(whenDown: .retry) { try await $0.query("SELECT 5") }
            try Server.runControl("start")
            #expect(try await answer.only().int4(0) == 5)
        }
    }

    @Test func `verify-full takes the right name and refuses a wrong name and an unknown authority`() async throws {
        try await Server.withConnection { connection in
            let certificates = try await Certificates.install(on: connection)
            func open(host: String, authority: String) async throws -> Bool {
                var address = try Server.address
                address.keywords["host"] = host
                address.keywords["hostaddr"] = "127.0.0.1"
                address.keywords["sslmode"] = "verify-full"
                address.keywords["sslrootcert"] = authority
                return try await Server.withConnection(address) { await $0.usesTLS }
            }
            do {
                #expect(try await open(host: "db.flotilla.test", authority: certificates.authority))
                let name = try await failure { try await open(host: "other.test", authority: certificates.authority) }
                #expect(name.code == .connectFailed && name.message.contains("does not match host name"))
                let authority = try await failure {
                    try await open(host: "db.flotilla.test", authority: certificates.stranger)
                }
                #expect(authority.code == .connectFailed && authority.message.contains("certificate verify failed"))
            } catch {
                try await Certificates.uninstall(from: connection, certificates)
                throw error
            }
            try await Certificates.uninstall(from: connection, certificates)
        }
    }

    /// An outcome in doubt is harmless here: the insert may be repeated.
    private func keepTrying(_ work: () async throws -> Void) async throws {
        for _ in 0..<200 {
            do { return try await work() } catch let error as TransactionError {
                guard error.isCommitUnknown || error.isRetryable else { throw error }
            } catch let error as PostgresError {
                guard error.isRetryable else { throw error }
            }
        }
        throw NothingThrown()
    }
}

/// A certificate for `db.flotilla.test`, made and served by the server itself.
struct Certificates {
    /// Path of the authority that signed it.
    let authority: String
    /// Path of an authority that did not.
    let stranger: String

    static func install(on connection: Connection) async throws -> Certificates {
        let script = """
            umask 077; rm -rf tls; mkdir tls; cd tls;
            for who in ca stranger; do openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=$who \
            -keyout $who.key -out $who.crt; done;
            openssl req -newkey rsa:2048 -nodes -subj /CN=db.flotilla.test -keyout server.key -out server.csr;
            printf subjectAltName=DNS:db.flotilla.test > names;
            openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names \
            -out server.crt
            """.split(separator: "\n").joined(separator: " ")
        try await connection.execute(script: "COPY (SELECT 1) TO PROGRAM '{ \(script); } 2>tls.log'")
        let row = try await connection.query(
            "SELECT pg_read_file('tls/ca.crt'), pg_read_file('tls/stranger.crt')"
        ).only()
        let certificates = Certificates(
            authority: try write(row.text(0)),
            stranger: try write(row.text(1))
        )
        try await connection.execute(script: "ALTER SYSTEM SET ssl_cert_file = 'tls/server.crt'")
        try await connection.execute(script: "ALTER SYSTEM SET ssl_key_file = 'tls/server.key'")
        try await connection.execute(script: "ALTER SYSTEM SET ssl = on")
        try await reload(connection, "on")
        return certificates
    }

    static func uninstall(from connection: Connection, _ certificates: Certificates) async throws {
        for name in ["ssl", "ssl_cert_file", "ssl_key_file"] {
            try await connection.execute(script: "ALTER SYSTEM RESET \(name)")
        }
        try await reload(connection, "off")
        unlink(certificates.authority)
        unlink(certificates.stranger)
    }

    private static func reload(_ connection: Connection, _ expected: String) async throws {
        try await connection.query("SELECT pg_reload_conf()")
        while try await connection.query("SHOW ssl").only().text(0) != expected {}
    }

    private static func write(_ text: String) throws -> String {
        let path = "/tmp/flotilla-\(Server.uniqueName()).crt"
        let file = try #require(fopen(path, "w"))
        defer { fclose(file) }
        fputs(text, file)
        return path
    }
}
