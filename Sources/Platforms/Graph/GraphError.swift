internal import FleetCore
internal import JSON

/// The error object of a Graph answer.
struct GraphError: Sendable {
    var code = 0
    var subcode: Int?
    var message = ""
    var userMessage = ""
    var isTransient = false

    /// Reads the object at which the reader stands; fields of a wrong type count as absent.
    init(_ reader: inout JSONReader) throws(JSONError) {
        try reader.beginObject()
        while let key = try reader.nextKey() {
            switch key {
            case "code": code = try reader.smallInteger() ?? 0
            case "error_subcode": subcode = try reader.smallInteger()
            case "message": message = try reader.textIfString()?.string ?? ""
            case "error_user_msg": userMessage = try reader.textIfString()?.string ?? ""
            case "is_transient":
                if try reader.peek() == .bool { isTransient = try reader.bool() }
            default: break
            }
        }
    }

    /// Classifies the error of an answer to a request.
    ///
    /// Code, subcode and message decide together, by the first rule that fits; the type says `OAuthException` for almost
    /// everything and is not looked at.
    func classified(
        _ request: PlatformRequest,
        _ response: PlatformResponse,
        isRetired: (String) -> Bool
    ) -> PlatformError {
        let text = "\(message) \(userMessage)".lowercased()
        var error = PlatformError(.unclassified)
        if let rule = GraphErrorRule.all.first(where: { $0.fits(self, text, status: response.status) }) {
            error = PlatformError(rule.kind, reason: rule.reason, scope: rule.scope)
        } else if code == 0 || response.status == 429 {
            // Without a code of its own only the status speaks.
            error = PlatformError(status: response.status)
        }
        error.code = code
        error.subcode = subcode
        if error.kind == .rateLimited {
            error.retryAfter = GraphUsage(response).regainSeconds ?? response.retryAfter
        }
        if error.kind == .deprecatedMetric {
            error.metrics = metrics(in: text, asked: request.metrics, isRetired)
        }
        return error
    }

    /// The metrics at fault: the one a message names by position, those it names by name, or those that are known to be
    /// retired. Empty when nothing is known, so that the fleet bisects.
    private func metrics(in text: String, asked: [String], _ isRetired: (String) -> Bool) -> [String] {
        if subcode == 2_207_086 { return asked.filter { $0 == "facebook_views" } }
        if let position = GraphText.number(after: "metric[", in: text) {
            return asked.indices.contains(position) ? [asked[position]] : []
        }
        let named = asked.filter { GraphText.contains(word: $0.lowercased(), in: text) }
        if !named.isEmpty { return named }
        return asked.filter(isRetired)
    }
}
