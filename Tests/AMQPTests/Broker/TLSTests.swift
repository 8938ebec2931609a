import AMQP
import Glibc
import TestSupport
import Testing

/// Certificates made for the moment, and a relay that ends TLS in front of the broker.
@Suite("TLS", .enabled(if: TestBroker.isGiven), .timeLimit(.minutes(1)))
struct TLSTests {
    /// A folder with an authority `ca` and leaf certificates it has signed.
    private struct Certificates {
        let folder: String

        init() async throws {
            var template = Array("/tmp/flotilla-tls-XXXXXX".utf8CString)
            let made = template.withUnsafeMutableBufferPointer { mkdtemp($0.baseAddress!) != nil }
            try #require(made)
            folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            try await authority("ca")
        }

        func path(_ name: String) -> String { folder + "/" + name }

        func authority(_ name: String) async throws {
            try await Subprocess.run(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-keyout",
                path(name + ".key"),
                "-out",
                path(name + ".pem"),
                "-days",
                "2",
                "-subj",
                "/CN=test authority"
            )
        }

        func leaf(_ name: String, commonName: String, names: String?, days: Int = 2) async throws {
            try await Subprocess.run(
                "openssl",
                "req",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-keyout",
                path(name + ".key"),
                "-out",
                path(name + ".csr"),
                "-subj",
                "/CN=" + commonName
            )
            let extensions = path(name + ".ext")
            let file = fopen(extensions, "w")
            fputs(names.map { "subjectAltName=" + $0 } ?? "basicConstraints=CA:FALSE", file)
            fclose(file)
            try await Subprocess.run(
                "openssl",
                "x509",
                "-req",
                "-in",
                path(name + ".csr"),
                "-CA",
                path("ca.pem"),
                "-CAkey",
                path("ca.key"),
                "-days",
                "\(days)",
                "-extfile",
                extensions,
                "-out",
                path(name + ".pem")
            )
        }

        func remove() {
            for name in Fixtures.names(inFolder: folder) { unlink(path(name)) }
            rmdir(folder)
        }
    }

    /// Lends an endpoint at a relay that shows the certificate `leaf`.
    private func withRelay<R>(
        _ certificates: Certificates,
        leaf: String,
        host: String = "localhost",
        authorities: String = "ca",
        clients: String? = nil,
        _ body: (Endpoint) async throws -> R
    ) async throws -> R {
        let plain = try TestBroker.endpoint()
        let chain = (certificates.path(leaf + ".pem"), certificates.path(leaf + ".key"))
        var words = ["python3", Fixtures.root + "/tls/relay.py", chain.0, chain.1, "\(plain.port)"]
        if let clients { words.append(certificates.path(clients + ".pem")) }
        let relay = try Subprocess(words)
        defer { relay.stop() }
        let port = try #require(Int(relay.readLine()))
        var endpoint = plain
        (endpoint.host, endpoint.port) = (host, port)
        endpoint.tls = Endpoint.TLS(authorities: certificates.path(authorities + ".pem"))
        return try await body(endpoint)
    }

    private func refusal(_ endpoint: Endpoint) async -> AMQPError? {
        do {
            _ = try await withAdministration(endpoint) { try await $0.inspectQueue("x") }
            return nil
        } catch {
            return error as? AMQPError
        }
    }

    @Test func `a certificate for the host's name carries messages of any size`() async throws {
        let certificates = try await Certificates()
        defer { certificates.remove() }
        try await certificates.leaf("good", commonName: "x", names: "DNS:localhost")
        try await withRelay(certificates, leaf: "good") { endpoint in
            try await TestBroker.withQueue("tls") { queue in
                var messages = TestBroker.messages(500, to: queue, size: 3000)
                messages[7].message.body = Array(repeating: UInt8(ascii: "7"), count: 900_000)
                let outcomes = try await TestBroker.withPublisher(endpoint) { await $0.publish(messages) }
                #expect(outcomes.allSatisfy { $0 == .accepted })
                let queues = [ConsumerQueue(name: queue, prefetch: 50)]
                let taken = try await TestBroker.withConsumer(queues, endpoint: endpoint) { await $0.take(500) }
                #expect(taken.map(\.body) == messages.map(\.message.body))
            }
        }
    }

    @Test func `a certificate for the address is accepted by address`() async throws {
        let certificates = try await Certificates()
        defer { certificates.remove() }
        try await certificates.leaf("address", commonName: "x", names: "IP:127.0.0.1")
        try await withRelay(certificates, leaf: "address", host: "127.0.0.1") { #expect(await refusal($0) == nil) }
    }

    @Test func `another name, an unknown authority, an expired certificate and a bare common name are refused`()
        async throws
    {
        let certificates = try await Certificates()
        defer { certificates.remove() }
        try await certificates.leaf("good", commonName: "x", names: "DNS:localhost")
        try await certificates.leaf("other", commonName: "localhost", names: "DNS:other.example")
        try await certificates.leaf("expired", commonName: "x", names: "DNS:localhost", days: -1)
        try await certificates.leaf("bare", commonName: "localhost", names: nil)
        try await certificates.authority("stranger")
        let cases: [(leaf: String, authorities: String, reason: String)] = [
            ("other", "ca", "hostname mismatch"), ("good", "stranger", "certificate"), ("expired", "ca", "expired"),
            ("bare", "ca", "hostname mismatch"),
        ]
        for (leaf, authorities, reason) in cases {
            try await withRelay(certificates, leaf: leaf, authorities: authorities) { endpoint in
                let error = await refusal(endpoint)
                #expect(error?.code == .untrusted, "\(leaf): \(String(describing: error))")
                #expect(error?.message.contains(reason) == true, "\(leaf): \(String(describing: error))")
            }
        }
    }

    @Test func `a client certificate is shown when the broker asks for one`() async throws {
        let certificates = try await Certificates()
        defer { certificates.remove() }
        try await certificates.leaf("good", commonName: "x", names: "DNS:localhost")
        try await certificates.leaf("client", commonName: "client", names: nil)
        try await withRelay(certificates, leaf: "good", clients: "ca") { endpoint in
            #expect(await refusal(endpoint) != nil)
            var known = endpoint
            known.tls?.certificate = certificates.path("client.pem")
            known.tls?.key = certificates.path("client.key")
            #expect(await refusal(known) == nil)
        }
    }

    @Test func `a file of authorities that is not there is said as such`() async throws {
        var endpoint = try TestBroker.endpoint()
        endpoint.tls = Endpoint.TLS(authorities: "/nonexistent/ca.pem")
        let error = await refusal(endpoint)
        #expect(error?.code == .untrusted)
        #expect(error?.message.contains("/nonexistent/ca.pem") == true)
    }
}
