import Adapters
import FleetCore
import HTTPClient
import Platforms
import Runtime

/// The one place where a request to a platform is sent.
struct PlatformCaller: Sendable {
    let client: HTTPClient
    let directory: AccountDirectory
    /// The longest that one request may take.
    let deadline: Duration

    /// What came of a request.
    enum Outcome {
        /// The platform answered, at this instant.
        case answered(PlatformAnswer, at: Instant)
        /// No whole answer came.
        case failed(HTTPError)
    }

    /// Sends a request on behalf of an attempt and reads the answer.
    func send(_ request: PlatformRequest, for attempt: Attempt) async -> Outcome {
        let desk = attempt.desk
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await client.send(
                HTTPRequest(
                    method: request.method == .get ? .get : .post,
                    url: request.url,
                    headers: headers(of: request, token: attempt.token),
                    body: request.method == .get ? nil : request.body,
                    deadline: deadline
                )
            )
        } catch {
            return .failed(error)
        }
        let arrived = directory.now
        desk.metrics.answered(status: response.status, in: response.timings.total)
        let answer = PlatformResponse(
            status: response.status,
            headers: Self.fields(of: response),
            body: response.body
        )
        return .answered(desk.platform.read(request, answer, arrived), at: arrived)
    }

    private func headers(of request: PlatformRequest, token: String) -> RequestHeaders {
        var fields: [(name: String, value: String)] = []
        fields.reserveCapacity(2 + request.headers.count)
        fields.append(request.tokenHeader.map { ($0, token) } ?? ("authorization", "Bearer " + token))
        fields.append(("accept", "application/json"))
        for field in request.headers { fields.append((field.name, field.value)) }
        return RequestHeaders(fields)
    }

    /// The headers that platforms' code reads: limits and waits always, everything when the answer is no plain success.
    private static func fields(of response: HTTPResponse) -> [Platforms.Field] {
        var fields: [Platforms.Field] = []
        response.headers.forEach(response.status == 200 ? Self.limitHeaders : nil) { name, value in
            fields.append(Platforms.Field(name, value))
        }
        // A wait may come as a date; platforms' code reads seconds.
        if let wait = response.retryAfter, let index = fields.firstIndex(where: Self.isRetryAfter) {
            fields[index] = Platforms.Field("retry-after", String(wait.components.seconds))
        }
        return fields
    }

    private static func isRetryAfter(_ field: Platforms.Field) -> Bool {
        field.name.utf8.count == 11 && field.name.lowercased() == "retry-after"
    }

    /// How the names of headers begin that speak of limits.
    private static let limitHeaders = ["x-", "ratelimit", "retry-after"]
}
