internal import FleetCore
internal import JSON

/// Several requests in one: `POST /` with a form field `batch`, a JSON array of `{method, relative_url}`. The answer is an
/// array in the same order of `{code, headers, body}`, where the body is JSON text, or null for a part that timed out.
enum GraphBatch {
    /// The most parts of one call.
    static let maximumParts = 50

    /// One call for several requests, which must be reads of the same origin. `include_headers` lets each part say how long
    /// to wait.
    static func request(_ parts: [PlatformRequest]) -> PlatformRequest {
        precondition((1...maximumParts).contains(parts.count), "a batch holds 1 to \(maximumParts) requests")
        var writer = JSONWriter(capacity: parts.count * 256)
        writer.beginArray()
        for part in parts {
            writer.beginObject()
            writer.field("method", "GET")
            let query = String(decoding: part.query.formEncoded, as: UTF8.self)
            writer.field("relative_url", part.path.dropFirst() + (query.isEmpty ? "" : "?" + query))
            writer.endObject()
        }
        writer.endArray()
        let list = String(decoding: writer.bytes, as: UTF8.self)
        return PlatformRequest(
            .post,
            origin: parts[0].origin,
            path: "/",
            headers: [Field("Content-Type", "application/x-www-form-urlencoded")],
            body: [Field("include_headers", "true"), Field("batch", list)].formEncoded,
            purpose: GraphForm.batch.rawValue,
            items: parts.compactMap(\.post).uniqued,
            metrics: parts.flatMap(\.metrics).uniqued,
            endpoint: GraphForm.batch.endpoint,
            units: parts.count
        )
    }

    /// Whether a request to the root of the interface is a batch.
    static func isBatch(_ request: PlatformRequest) -> Bool {
        request.method == .post && list(of: request) != nil
    }

    /// Fills in what a written-down batch asks for.
    static func recognise(
        _ request: PlatformRequest,
        _ dialect: GraphDialect,
        isAccount: (String) -> Bool
    ) -> PlatformRequest? {
        var request = request
        let parts = parts(of: request, dialect, isAccount: isAccount)
        request.purpose = GraphForm.batch.rawValue
        request.endpoint = GraphForm.batch.endpoint
        request.items = parts.flatMap { $0.post.map { [$0] } ?? $0.items }.uniqued
        request.metrics = parts.flatMap(\.metrics).uniqued
        request.units = max(parts.reduce(0) { $0 + $1.units }, 1)
        return request
    }

    /// The requests in a batch, each recognised for itself; what is no read of the interface stands as one that says nothing.
    static func parts(
        of request: PlatformRequest,
        _ dialect: GraphDialect,
        isAccount: (String) -> Bool
    ) -> [PlatformRequest] {
        (list(of: request)?.array ?? []).map { part in
            let url = (part["relative_url"]?.string ?? "").split(
                separator: "?",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let read = PlatformRequest(
                origin: request.origin,
                path: "/" + url[0],
                query: url.count == 2 ? [Field](form: url[1]) : [],
                purpose: GraphForm.other.rawValue
            )
            guard part["method"]?.string ?? "GET" == "GET" else { return read }
            return GraphForm.recognise(read, dialect, isAccount: isAccount) ?? read
        }
    }

    /// The array of a batch, out of a form, of the query, or of a body that was written down as JSON.
    private static func list(of request: PlatformRequest) -> JSONValue? {
        if let text = request.queryValue("batch") { return array(text) }
        guard request.body.first == UInt8(ascii: "{") else {
            return [Field](form: String(decoding: request.body, as: UTF8.self))["batch"].flatMap(array)
        }
        let batch = (try? JSONValue(parsing: request.body))?["batch"]
        return batch?.string.flatMap(array) ?? (batch?.array == nil ? nil : batch)
    }

    private static func array(_ text: String) -> JSONValue? {
        guard let value = try? JSONValue(parsing: text), value.array != nil else { return nil }
        return value
    }
}
