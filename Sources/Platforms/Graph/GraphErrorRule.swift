/// One row of the table of Graph errors: which it fits and what it means.
struct GraphErrorRule: Sendable {
    /// What must hold for a rule to fit, besides code and subcode.
    enum Condition: Sendable {
        case always
        /// All of these stand in the message, which is compared in lower case.
        case says([String])
        /// The answer says that the trouble passes, or its status is 5xx.
        case passing
    }

    /// Codes it fits; empty fits every code.
    var codes: [ClosedRange<Int>]
    /// Subcodes it fits; empty fits every one and none.
    var subcodes: [Int]
    var condition: Condition
    var kind: PlatformError.Class
    var reason: String?
    var scope: PlatformError.Scope

    init(
        codes: [ClosedRange<Int>] = [],
        subcodes: [Int] = [],
        when condition: Condition = .always,
        is kind: PlatformError.Class,
        _ reason: String? = nil,
        scope: PlatformError.Scope = .account
    ) {
        self.codes = codes
        self.subcodes = subcodes
        self.condition = condition
        self.kind = kind
        self.reason = reason
        self.scope = scope
    }

    func fits(_ error: GraphError, _ text: String, status: Int) -> Bool {
        guard codes.isEmpty || codes.contains(where: { $0.contains(error.code) }) else { return false }
        guard subcodes.isEmpty || error.subcode.map(subcodes.contains) ?? false else { return false }
        return switch condition {
        case .always: true
        case .says(let phrases): phrases.allSatisfy { GraphText.contains($0, in: text) }
        case .passing: error.isTransient || status >= 500
        }
    }

    /// The rules in their order: the first that fits decides. Limits win over everything, a dead token over passing trouble.
    static let all: [GraphErrorRule] = [
        .init(codes: [4...4], is: .rateLimited, "app_limit", scope: .app),
        .init(codes: [17...17, 32...32, 341...341, 613...613, 80_000...80_014], is: .rateLimited),

        .init(codes: [190...190, 102...102], subcodes: [463], is: .authExpired),
        .init(codes: [190...190, 102...102], subcodes: [458], is: .authInvalid, "app_removed"),
        .init(codes: [190...190, 102...102], subcodes: [459, 464], is: .authInvalid, "checkpoint"),
        .init(codes: [190...190, 102...102], subcodes: [460], is: .authInvalid, "password_changed"),
        .init(codes: [190...190, 102...102], subcodes: [467, 492], is: .authInvalid, "session_invalid"),
        .init(codes: [190...190, 102...102], when: .says(["expired"]), is: .authExpired),
        .init(codes: [190...190, 102...102], is: .authInvalid),

        .init(subcodes: [2_207_086], is: .deprecatedMetric, "not_crossposted"),
        .init(codes: [10...10], when: .says(["not enough viewers"]), is: .privacyFloor, "insufficient_data"),
        .init(codes: [100...100], subcodes: [2_108_006], is: .notFound, "insights_unavailable"),
        .init(codes: [1...1], when: .says(["reduce the amount of data"]), is: .transient, "page_too_large"),
        .init(when: .passing, is: .transient),

        .init(codes: [3...3, 10...10, 200...299], is: .permission),
        .init(codes: [100...100], subcodes: [33], is: .notFound),
        .init(codes: [100...100], subcodes: [1_504_016], is: .malformed, "invalid_request"),
        .init(
            codes: [100...100],
            when: .says(["must be a valid insights metric"]),
            is: .deprecatedMetric,
            "unsupported_metric"
        ),
        .init(
            codes: [100...100],
            when: .says(["metric[", "must be one of"]),
            is: .deprecatedMetric,
            "unsupported_metric"
        ),
        .init(
            codes: [100...100],
            when: .says(["metric is no longer supported"]),
            is: .deprecatedMetric,
            "unsupported_metric"
        ),
        .init(
            codes: [100...100],
            when: .says(["does not support the ", " metric"]),
            is: .deprecatedMetric,
            "unsupported_metric"
        ),
        .init(codes: [3001...3001], is: .malformed, "invalid_request"),
        .init(subcodes: [1_504_028], is: .malformed, "invalid_request"),
        .init(codes: [100...100], is: .malformed, "invalid_request"),
        .init(codes: [803...803], is: .notFound),
        .init(codes: [2635...2635], is: .apiVersionSunset, "api_version_sunset"),
        .init(codes: [1...2], is: .transient),
    ]
}

/// Searching in messages, which are compared in lower case.
enum GraphText {
    /// Whether a phrase stands in a text.
    static func contains(_ phrase: String, in text: String) -> Bool { end(of: phrase, in: Array(text.utf8)) != nil }

    /// Whether a name stands in a text as a word of its own.
    static func contains(word: String, in text: String) -> Bool {
        let bytes = Array(text.utf8)
        var from = 0
        while let end = end(of: word, in: bytes, from: from) {
            let start = end - word.utf8.count
            let before = start > 0 && isNamePart(bytes[start - 1])
            let after = end < bytes.count && isNamePart(bytes[end])
            if !before && !after { return true }
            from = start + 1
        }
        return false
    }

    /// The number that follows a phrase directly.
    static func number(after phrase: String, in text: String) -> Int? {
        let bytes = Array(text.utf8)
        guard let end = end(of: phrase, in: bytes) else { return nil }
        let digits = bytes[end...].prefix { $0 &- 48 < 10 }
        return Int(String(decoding: digits.prefix(6), as: UTF8.self))
    }

    private static func end(of phrase: String, in text: [UInt8], from start: Int = 0) -> Int? {
        let wanted = Array(phrase.utf8)
        guard !wanted.isEmpty, text.count - start >= wanted.count else { return nil }
        for index in start...text.count - wanted.count where text[index..<index + wanted.count].elementsEqual(wanted) {
            return index + wanted.count
        }
        return nil
    }

    private static func isNamePart(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || byte &- 48 < 10 || (byte | 0x20) &- 97 < 26
    }
}
