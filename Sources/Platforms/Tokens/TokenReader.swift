internal import JSON

/// Reads answers of token endpoints. All platforms answer alike: RFC 6749 with other names for the same things, errors as a
/// word, as Graph's object, or as code and message. Texts of errors are not kept: platforms echo tokens in them.
struct TokenReader {
    private var accessToken: String?
    private var tokenType: String?
    private var expiresIn: Int?
    private var refreshToken: String?
    private var refreshExpiresIn: Int?
    private var scopes: [String]?
    private var subject: String?
    private var error: String?
    private var graph: GraphError?
    private var hasMessage = false
    /// The most seconds believed: ten years.
    private static let longest = 315_360_000

    /// What an answer means.
    static func read(_ response: PlatformResponse, request: PlatformRequest) -> TokenAnswer {
        var reader = TokenReader()
        do throws(JSONError) {
            var json = JSONReader(response.body)
            try json.beginObject()
            try reader.readMembers(&json)
            try json.finish()
        } catch {
            return .error(.unreadable(status: response.status))
        }
        return reader.answer(response, request)
    }

    private mutating func readMembers(_ json: inout JSONReader) throws(JSONError) {
        while let key = try json.nextKey() {
            switch key {
            case "access_token": accessToken = try json.textIfString()?.string
            case "token_type": tokenType = try json.textIfString()?.string
            case "expires_in": expiresIn = try json.smallInteger()
            case "refresh_token": refreshToken = try json.textIfString()?.string
            case "refresh_token_expires_in", "refresh_expires_in": refreshExpiresIn = try json.smallInteger()
            case "scope", "scopes", "permissions": scopes = try TokenReader.scopes(&json)
            case "open_id", "user_id", "id": subject = try TokenReader.identifier(&json)
            case "error": try readError(&json)
            case "message", "code", "error_code": hasMessage = true
            case "data": try readData(&json)
            default: break
            }
        }
    }

    /// Some answers wrap everything in `data`, as an object or as a list of one.
    private mutating func readData(_ json: inout JSONReader) throws(JSONError) {
        if try json.peek() == .array {
            try json.beginArray()
            while try json.nextElement() {
                if try json.enterObject() { try readMembers(&json) }
            }
        } else if try json.enterObject() {
            try readMembers(&json)
        }
    }

    private mutating func readError(_ json: inout JSONReader) throws(JSONError) {
        switch try json.peek() {
        case .string: error = try json.text().string
        case .object: graph = try GraphError(&json)
        case .array, .number, .bool, .null: try json.skip()
        }
    }

    private func answer(_ response: PlatformResponse, _ request: PlatformRequest) -> TokenAnswer {
        if response.status >= 500 {
            return .error(PlatformError(.transient, reason: "http_\(response.status)", retryAfter: response.retryAfter))
        }
        if let found = failure(response, request) { return .error(found) }
        guard let accessToken, !accessToken.isEmpty else {
            return .error(PlatformError(.malformed, reason: "unparseable_body"))
        }
        return .grant(
            TokenGrant(
                accessToken: SecretText(accessToken),
                tokenType: tokenType.flatMap { plain([$0])?.first?.lowercased() } ?? "bearer",
                expiresIn: TokenReader.seconds(expiresIn),
                refreshToken: refreshToken.flatMap { $0.isEmpty ? nil : SecretText($0) },
                refreshExpiresIn: TokenReader.seconds(refreshExpiresIn),
                scopes: scopes.flatMap(plain),
                subject: subject.flatMap { plain([$0])?.first }
            )
        )
    }

    /// Words that are kept in the open: what holds a token of the same answer, or is no word, is left out.
    private func plain(_ words: [String]) -> [String]? {
        let secrets = [accessToken, refreshToken].compactMap(\.self)
        return words.filter { word in
            word.utf8.count <= 200 && word.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
                && !secrets.contains { GraphText.contains($0, in: word) }
        }
    }

    /// The error of an answer: any OAuth error below 500 means that this grant is dead, except for the few that speak of
    /// limits, of passing trouble, or of the application instead of the account.
    private func failure(_ response: PlatformResponse, _ request: PlatformRequest) -> PlatformError? {
        if let graph {
            var found = graph.classified(request, response, isRetired: { _ in false })
            switch found.kind {
            case .rateLimited, .transient: return found
            case .authExpired, .authInvalid, .permission, .creditsExhausted, .notFound, .privacyFloor,
                .deprecatedMetric, .apiVersionSunset, .malformed, .unclassified:
                // 101: the application's id or secret is wrong.
                if found.code == 101 { found.scope = .app }
                found.kind = .authInvalid
                return found
            }
        }
        switch (response.status, error) {
        case (429, _): return PlatformError(.rateLimited, retryAfter: response.retryAfter)
        case (_, "temporarily_unavailable"?), (_, "server_error"?), (408, _):
            return PlatformError(.transient, reason: error ?? "http_408")
        case (_, "rate_limit_exceeded"?), (_, "slow_down"?): return PlatformError(.rateLimited, reason: error)
        case (_, "invalid_client"?), (_, "unauthorized_client"?):
            return PlatformError(.authInvalid, reason: error, scope: .app)
        case (_, let error?) where !error.isEmpty && error != "ok":
            return PlatformError(.authInvalid, reason: TokenReader.word(error))
        case (400...403, _): return PlatformError(.authInvalid, reason: "http_\(response.status)")
        case (404..., _) where hasMessage: return PlatformError(.authInvalid, reason: "http_\(response.status)")
        case (300..., _): return PlatformError(.malformed, reason: "invalid_request")
        default: return nil
        }
    }

    /// An error word as it may be kept: short, and of a word's letters only, since it comes from outside.
    private static func word(_ text: String) -> String {
        let isWord = text.utf8.count <= 40 && text.utf8.allSatisfy { ($0 | 0x20) &- 97 < 26 || $0 == UInt8(ascii: "_") }
        return isWord ? text.lowercased() : "oauth_error"
    }

    private static func seconds(_ value: Int?) -> Int? { value.flatMap { $0 > 0 ? min($0, longest) : nil } }

    /// Scopes as a list, or as a text with blanks, commas or plus signs between them.
    static func scopes(_ json: inout JSONReader) throws(JSONError) -> [String]? {
        switch try json.peek() {
        case .string: return names(in: try json.string())
        case .array:
            var found: [String] = []
            try json.beginArray()
            while try json.nextElement() {
                if let text = try json.textIfString()?.string { found += names(in: text) }
            }
            return found
        case .object, .number, .bool, .null:
            try json.skip()
            return nil
        }
    }

    private static func names(in text: String) -> [String] {
        text.split { $0 == " " || $0 == "," || $0 == "+" }.map(String.init)
    }

    /// An id as text, whether it came as a string or as a number.
    static func identifier(_ json: inout JSONReader) throws(JSONError) -> String? {
        switch try json.peek() {
        case .string: return try json.string()
        case .number:
            guard case .integer(let value) = try json.integerOrDecimal() else { return nil }
            return String(value)
        case .object, .array, .bool, .null:
            try json.skip()
            return nil
        }
    }
}
