/// Exact paths, paths with `{name}` segments, and prefixes, each with a handler per method.
///
/// A path like `/v1/accounts/{id}` matches one segment per name; a last segment `*` matches any rest. The first match in
/// the order of adding wins. No match is answered 404, another method 405, both as problem details; HEAD falls back to GET.
public struct Router: Sendable {
    /// Answers a request.
    public typealias Handler = @Sendable (ServerRequest) async -> ServerResponse

    private enum Segment: Sendable {
        case exact(String)
        case parameter(String)
        case rest
    }
    private struct Route: Sendable {
        let method: ServerRequest.Method
        let segments: [Segment]
        let maximumBodyBytes: Int?
        let handler: Handler
    }

    private var routes: [Route] = []

    public init() {}

    /// Adds a route. `maximumBodyBytes` replaces the server's limit.
    public mutating func on(
        _ method: ServerRequest.Method,
        _ path: String,
        maximumBodyBytes: Int? = nil,
        handler: @escaping Handler
    ) {
        let segments = path.utf8.split(separator: UInt8(ascii: "/")).map { part -> Segment in
            if part.first == UInt8(ascii: "{"), part.last == UInt8(ascii: "}") {
                return .parameter(String(Substring(part.dropFirst().dropLast())))
            }
            return part.elementsEqual("*".utf8) ? .rest : .exact(String(Substring(part)))
        }
        routes.append(Route(method: method, segments: segments, maximumBodyBytes: maximumBodyBytes, handler: handler))
    }

    /// Adds a GET route.
    public mutating func get(_ path: String, handler: @escaping Handler) { on(.get, path, handler: handler) }

    /// Calls the first matching handler.
    public func respond(to request: ServerRequest) async -> ServerResponse {
        let parts = split(request.path)
        var allowed: [String] = []
        for route in routes {
            guard let parameters = match(route.segments, parts) else { continue }
            guard answers(route.method, request.method) else {
                if !allowed.contains(route.method.rawValue) { allowed.append(route.method.rawValue) }
                continue
            }
            var request = request
            request.parameters = parameters
            return await route.handler(request)
        }
        if allowed.isEmpty { return .problem(404, "There is nothing here.") }
        if allowed.contains("GET") { allowed.append("HEAD") }
        var response = ServerResponse.problem(405, "The method is not allowed here.")
        response.headers.append((name: "Allow", value: allowed.joined(separator: ", ")))
        return response
    }

    /// The body limit of the route that will answer; nil for the server's own.
    func bodyLimit(for request: ServerRequest) -> Int? {
        let parts = split(request.path)
        return routes.first { answers($0.method, request.method) && match($0.segments, parts) != nil }?.maximumBodyBytes
    }

    private func answers(_ method: ServerRequest.Method, _ asked: ServerRequest.Method) -> Bool {
        method == asked || (asked == .head && method == .get)
    }

    private func split(_ path: String) -> [Substring.UTF8View] {
        path.utf8.split(separator: UInt8(ascii: "/"))
    }

    private func match(_ segments: [Segment], _ parts: [Substring.UTF8View]) -> [String: String]? {
        var parameters: [String: String] = [:]
        for (index, segment) in segments.enumerated() {
            if case .rest = segment { return parameters }
            guard index < parts.count else { return nil }
            switch segment {
            case .exact(let text): if !parts[index].elementsEqual(text.utf8) { return nil }
            case .parameter(let name): parameters[name] = percentDecoded(parts[index])
            case .rest: break
            }
        }
        return parts.count == segments.count ? parameters : nil
    }
}
