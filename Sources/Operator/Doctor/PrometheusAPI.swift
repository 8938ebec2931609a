import Configuration
import HTTPClient
import JSON
import Monitoring

/// Asks a Prometheus whether the rules of alerts hold.
struct PrometheusAPI {
    private let client: HTTPClient
    private let base: String

    init(_ url: ServiceURL) throws {
        var text = url.reveal()
        while text.hasSuffix("/") { text.removeLast() }
        guard HTTPClient.isOrigin(text) else {
            throw CommandFailure(
                .usage,
                "--prometheus: expects an address such as http://prometheus:9090, without a path"
            )
        }
        base = text
        var options = HTTPClientOptions(userAgent: "flotilla-doctor")
        options.allowedOrigins = [text]
        client = HTTPClient(options)
    }

    /// The alerts whose rules hold now, each with the first value.
    func holding() async throws -> [Alert: String] {
        var found: [Alert: String] = [:]
        for rule in RuleTable.alerts {
            if let value = try await first(rule.expression) { found[rule.alert] = value }
        }
        return found
    }

    private func first(_ expression: String) async throws -> String? {
        let url = HTTPURL.make(origin: base, path: ["api", "v1", "query"], query: [("query", expression)])
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await client.send(HTTPRequest(url: url, deadline: .seconds(10)))
        } catch {
            throw CommandFailure(.failed, "\(base) does not answer: \(error)")
        }
        guard let answer = try? JSONValue(parsing: response.body), let results = answer["data"]?["result"]?.array else {
            throw CommandFailure(.failed, "\(base) answers with status \(response.status) and no result")
        }
        return results.first.map { result in
            let labels = (result["metric"]?.object ?? []).filter { $0.key != "__name__" }
                .map { "\($0.key) \($0.value.string ?? "")" }
            return (labels + [result["value"]?[1]?.string ?? ""]).joined(separator: ", ")
        }
    }
}
