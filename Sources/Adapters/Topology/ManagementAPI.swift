internal import HTTPClient
package import JSON
internal import Runtime

/// RabbitMQ's management HTTP API, as far as the topology needs it.
public struct ManagementAPI: Sendable {
    public let address: ManagementAddress
    private let client: HTTPClient
    /// A virtual host with some ten thousand queues.
    private static let largestAnswer = 64 << 20

    /// - Parameter certificateAuthorityFile: A PEM file that replaces the system's authorities, for https.
    public init(_ address: ManagementAddress, certificateAuthorityFile: String? = nil) throws(ManagementError) {
        guard HTTPClient.isOrigin(address.origin) else {
            throw .badAddress("the address of the management API is not of the form http://host:15672")
        }
        var options = HTTPClientOptions(userAgent: "flotilla-topology")
        options.allowedOrigins = [address.origin]
        options.certificateAuthorityFile = certificateAuthorityFile
        options.connectionsPerHost = 4
        client = HTTPClient(options)
        self.address = address
    }

    /// The document at a path below `/api`.
    package func get(_ path: [String], columns: String? = nil) async throws(ManagementError) -> JSONValue {
        let query = columns.map { [(name: "columns", value: $0)] } ?? []
        var patience = 3
        while true {
            do throws(ManagementError) {
                let response = try await send(.get, path, query: query, user: address.user, password: address.password)
                return try parsed(response)
            } catch  where error.code == .refused && patience > 1 {
                // The broker answers 500 when a queue ends while its figures are gathered.
                patience -= 1
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// What the API answers to a document that is sent to it.
    package func postForAnswer(_ path: [String], _ body: JSONValue) async throws(ManagementError) -> JSONValue {
        try parsed(try await send(.post, path, body: body, user: address.user, password: address.password))
    }

    /// The document at a path, or nil when this user may not see it or this version does not have it.
    func getIfAllowed(_ path: [String], columns: String? = nil) async throws(ManagementError) -> JSONValue? {
        do throws(ManagementError) { return try await get(path, columns: columns) } catch {
            switch error.code {
            case .forbidden, .unauthorised, .notFound: return nil
            case .badAddress, .unreachable, .refused, .malformed: throw error
            }
        }
    }

    package func put(_ path: [String], _ body: JSONValue) async throws(ManagementError) {
        _ = try await send(.put, path, body: body, user: address.user, password: address.password)
    }

    package func post(_ path: [String], _ body: JSONValue) async throws(ManagementError) {
        _ = try await send(.post, path, body: body, user: address.user, password: address.password)
    }

    /// Deletes what is at a path; if it is gone already, that is as good.
    package func delete(_ path: [String]) async throws(ManagementError) {
        do throws(ManagementError) {
            _ = try await send(.delete, path, user: address.user, password: address.password)
        } catch  where error.code == .notFound {}
    }

    /// Whether these credentials log in.
    func logsIn(user: String, password: String) async throws(ManagementError) -> Bool {
        do throws(ManagementError) {
            _ = try await send(.get, ["whoami"], user: user, password: password)
            return true
        } catch {
            switch error.code {
            case .unauthorised, .forbidden: return false
            case .badAddress, .unreachable, .notFound, .refused, .malformed: throw error
            }
        }
    }

    private func parsed(_ response: HTTPResponse) throws(ManagementError) -> JSONValue {
        do throws(JSONError) {
            return try JSONValue(parsing: response.body, limits: JSONReader.Limits(bytes: Self.largestAnswer))
        } catch {
            throw ManagementError(.malformed, "\(address.origin) is not a RabbitMQ management API: \(error)")
        }
    }

    private func send(
        _ method: HTTPRequest.Method,
        _ path: [String],
        query: [(name: String, value: String)] = [],
        body: JSONValue? = nil,
        user: String,
        password: String
    ) async throws(ManagementError) -> HTTPResponse {
        let credentials = base64Encoded(Array("\(user):\(password)".utf8))
        let request = HTTPRequest(
            method: method,
            url: HTTPURL.make(origin: address.origin, path: address.path + ["api"] + path, query: query),
            headers: ["authorization": "Basic \(credentials)", "content-type": "application/json"],
            body: body?.rendered(),
            deadline: .seconds(30),
            maximumBodyBytes: Self.largestAnswer
        )
        let response: HTTPResponse
        do throws(HTTPError) { response = try await client.send(request) } catch {
            throw ManagementError(
                .unreachable,
                "no answer from the broker's management API at \(address.origin): \(error); is the broker running, and its "
                    + "plugin enabled (rabbitmq-plugins enable rabbitmq_management)?"
            )
        }
        guard !(200..<300).contains(response.status) else { return response }
        throw failure(response, "\(method.rawValue) /\(path.joined(separator: "/"))", user: user)
    }

    private func failure(_ response: HTTPResponse, _ what: String, user: String) -> ManagementError {
        let document = try? JSONValue(parsing: response.body)
        let reason = document?["reason"]?.string ?? document?["error"]?.string ?? "status \(response.status)"
        switch response.status {
        case 401 where reason.contains("Login failed"):
            return ManagementError(
                .unauthorised,
                "the broker at \(address.origin) refuses user \(user): wrong name or password"
            )
        case 401, 403:
            return ManagementError(.forbidden, "user \(user) may not \(what) at \(address.origin): \(reason)")
        case 404: return ManagementError(.notFound, "not found at \(address.origin): \(what)")
        default: return ManagementError(.refused, "the broker refuses \(what): \(reason)")
        }
    }
}
