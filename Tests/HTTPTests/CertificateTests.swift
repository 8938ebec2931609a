import Glibc
import HTTPClient
import Testing

/// A TLS peer out of the openssl command, with certificates made for the occasion.
@Suite("Certificates", .serialized, .enabled(if: access("/usr/bin/openssl", X_OK) == 0))
struct CertificateTests {
    private let folder: String

    init() async throws {
        var template = Array("/tmp/flotilla-tls-XXXXXX\0".utf8).map { CChar(bitPattern: $0) }
        folder = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
    }

    private func makeCertificate(name: String) async {
        let made = await run([
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
            "-keyout", "\(folder)/key.pem", "-out", "\(folder)/cert.pem", "-days", "2", "-subj", "/CN=\(name)",
            "-addext", "subjectAltName=DNS:\(name)",
        ])
        #expect(made == 0)
    }

    /// Runs `body` against an openssl server and ends it.
    private func outcome(_ extra: [String] = [], trusted: Bool) async throws -> Result<HTTPResponse, HTTPError> {
        // A free port: taken for a moment, then left to openssl.
        let free = ScriptedServer(answer: [])
        let port = free.port
        free.stop()
        let server = spawn(
            [
                "openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-key", "\(folder)/key.pem", "-cert",
                "\(folder)/cert.pem",
            ]
                + ["-www", "-quiet"] + extra
        )
        defer {
            if let server {
                kill(server, SIGKILL)
                waitpid(server, nil, 0)
            }
            for file in ["key.pem", "cert.pem"] { unlink("\(folder)/\(file)") }
            rmdir(folder)
        }
        var options = HTTPClientOptions()
        options.allowedOrigins = ["https://localhost:\(port)"]
        if trusted { options.certificateAuthorityFile = "\(folder)/cert.pem" }
        let client = HTTPClient(options)
        let request = HTTPRequest(url: "https://localhost:\(port)/", deadline: .seconds(5))
        // Until openssl listens, connecting fails at once.
        while true {
            do throws(HTTPError) { return .success(try await client.send(request)) } catch {
                if error.code != .connect { return .failure(error) }
            }
            await Task.yield()
        }
    }

    private func code(_ outcome: Result<HTTPResponse, HTTPError>) -> HTTPError.Code? {
        if case .failure(let error) = outcome { error.code } else { nil }
    }

    @Test func `a trusted certificate of the right name is accepted`() async throws {
        await makeCertificate(name: "localhost")
        #expect(try await outcome(trusted: true).get().status == 200)
    }

    @Test func `an unknown authority is refused`() async throws {
        await makeCertificate(name: "localhost")
        #expect(code(try await outcome(trusted: false)) == .tls)
    }

    @Test func `a certificate of another name is refused`() async throws {
        await makeCertificate(name: "other.example")
        #expect(code(try await outcome(trusted: true)) == .tls)
    }

    @Test func `an expired certificate is refused`() async throws {
        await makeCertificate(name: "localhost")
        let request = "\(folder)/cert.csr"
        let made = await run([
            "openssl", "req", "-new", "-key", "\(folder)/key.pem", "-subj", "/CN=localhost", "-out", request,
        ])
        let signed = await run([
            "openssl", "x509", "-req", "-in", request, "-signkey", "\(folder)/key.pem", "-days", "-1",
            "-out", "\(folder)/cert.pem",
        ])
        unlink(request)
        #expect(made == 0 && signed == 0)
        #expect(code(try await outcome(trusted: true)) == .tls)
    }

    @Test func `TLS 1.1 is refused`() async throws {
        await makeCertificate(name: "localhost")
        #expect(code(try await outcome(["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], trusted: true)) == .tls)
    }
}
