import Adapters
import FleetCore
import HTTPClient
import HTTPServer
import JSON
import Postgres
import Runtime
import Testing

@testable import Gateway

/// A gateway over a database of its own, that acts as the gateway's role, and a caller.
struct GatewayLab {
    let world: FigureWorld
    let pool: Pool
    let port: UInt16
    private let client: HTTPClient

    static func run(perMinute: Int = 100_000, _ body: (GatewayLab) async throws -> Void) async throws {
        try await FigureWorld.run { world in
            var address = try PostgresAddress(url: world.lab.url)
            address.settings["role"] = "flotilla_gateway"
            let logger = Logger(label: "gateway-tests")
            let pool = Pool(address: address, size: 2, name: "gateway-tests", logger: logger)
            let gateway = Gateway(pool: pool, secret: "test", perMinute: perMinute, logger: logger)
            let server = try HTTPServer(router: gateway.router)
            var options = HTTPClientOptions()
            options.allowedOrigins = ["http://127.0.0.1:\(server.port)"]
            let lab = GatewayLab(world: world, pool: pool, port: server.port, client: HTTPClient(options))
            let result: Result<Void, any Error>
            do { result = .success(try await body(lab)) } catch { result = .failure(error) }
            await server.stop()
            await pool.close()
            try result.get()
        }
    }

    /// A key of a workspace.
    func key(
        workspace: Int64? = nil,
        role: AccessRole = .viewer,
        expiresAt: Instant? = nil
    ) async throws -> (id: Int64, key: APIKey) {
        try await KeyStore(pool: world.lab.pool).create(
            workspace: workspace ?? world.workspace,
            name: "test",
            role: role,
            expiresAt: expiresAt,
            reason: "test"
        )
    }

    func get(_ path: String, _ key: APIKey?, headers: [(String, String)] = []) async throws -> HTTPResponse {
        var fields = headers.map { (name: $0.0, value: $0.1) }
        if let key { fields.append((name: "authorization", value: "Bearer \(key.text)")) }
        return try await client.send(
            HTTPRequest(url: "http://127.0.0.1:\(port)\(path)", headers: RequestHeaders(fields))
        )
    }

    /// The document of an answer that must be one.
    func read(_ path: String, _ key: APIKey) async throws -> JSONValue {
        let response = try await get(path, key)
        try #require(response.status == 200, "\(path): \(String(decoding: response.body, as: UTF8.self))")
        return try JSONValue(parsing: response.body)
    }
}

/// Holds a document against a schema, as far as the gateway's schemas go.
struct SchemaCheck {
    let components: JSONValue

    /// What does not fit, each with its place.
    func faults(_ value: JSONValue, _ schema: JSONValue, at place: String = "") -> [String] {
        if let name = schema["$ref"]?.string?.split(separator: "/").last {
            guard let named = components[String(name)] else { return ["\(place): \(name) is not described"] }
            return faults(value, named, at: place)
        }
        if let choices = schema["oneOf"]?.array {
            let all = choices.map { faults(value, $0, at: place) }
            return all.contains([]) ? [] : all.first ?? []
        }
        var found: [String] = []
        let types = schema["type"]?.array?.compactMap(\.string) ?? schema["type"]?.string.map { [$0] } ?? []
        if !types.contains(where: { Self.fits(value, $0) }) { found.append("\(place): is no \(types)") }
        if let words = schema["enum"]?.array, !words.contains(value) {
            found.append("\(place): \(value) is not listed")
        }
        if let item = schema["items"], let items = value.array {
            for (index, element) in items.enumerated() { found += faults(element, item, at: "\(place)/\(index)") }
        }
        if let properties = schema["properties"], let members = value.object {
            for name in schema["required"]?.array?.compactMap(\.string) ?? [] where value[name] == nil {
                found.append("\(place)/\(name): is missing")
            }
            for member in members {
                if let inner = properties[member.key] {
                    found += faults(member.value, inner, at: "\(place)/\(member.key)")
                } else {
                    found.append("\(place)/\(member.key): is not described")
                }
            }
        }
        return found
    }

    private static func fits(_ value: JSONValue, _ type: String) -> Bool {
        switch type {
        case "string": value.string != nil
        case "boolean": value.bool != nil
        case "integer": value.int64 != nil
        case "number": value.number != nil
        case "array": value.array != nil
        case "object": value.object != nil
        default: value.isNull
        }
    }
}
