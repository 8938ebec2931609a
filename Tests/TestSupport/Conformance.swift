public import FleetCore
public import JSON
public import Platforms

/// One recorded answer with what must be made of it: `<case>.json` and `<case>.expected.json`.
public struct ConformanceCase: Sendable, CustomStringConvertible {
    /// The platform the answer is from.
    public let platform: Platform
    /// The case's name.
    public let name: String
    /// The request as it was written down, recognised by the platform's code; nil when it is not.
    public let request: PlatformRequest?
    /// The recorded answer.
    public let response: PlatformResponse
    /// When it arrived.
    public let collectedAt: Instant
    /// What must be made of it.
    public let expected: JSONValue

    public var description: String { "\(platform.name.rawValue)/\(name)" }

    /// The cases of a folder of fixtures, for the platform the folder is named after. Traps when a file is not of the form.
    public static func all(of platform: PlatformName) -> [ConformanceCase] {
        let folder = "platforms/\(platform.rawValue)"
        let suffix = ".expected.json"
        return Fixtures.names(in: folder).filter { $0.hasSuffix(suffix) }.map { file in
            let name = String(file.dropLast(suffix.count))
            return ConformanceCase(
                name: name,
                recorded: Fixtures.bytes("\(folder)/\(name).json"),
                expected: Fixtures.bytes("\(folder)/\(file)")
            )
        }
    }

    /// The cases of every platform that the registry holds.
    public static let all: [ConformanceCase] = PlatformRegistry.all.flatMap { all(of: $0.name) }

    /// A case from the bytes of its two files.
    public init(name: String, recorded: [UInt8], expected: [UInt8]) {
        guard let file = try? JSONValue(parsing: recorded), let expected = try? JSONValue(parsing: expected),
            let platform = file["platform"]?.string.flatMap(PlatformName.init).flatMap({ PlatformRegistry[$0] }),
            let response = file["response"], let status = response["status"]?.int64,
            let collectedAt = file["collected_at"]?.string.flatMap(Instant.init)
        else { preconditionFailure("\(name) is not a recorded answer") }
        let text = response["body_text"]?.string
        self.name = name
        self.platform = platform
        self.expected = expected
        self.collectedAt = collectedAt
        self.response = PlatformResponse(
            status: Int(status),
            headers: ConformanceCase.fields(response["headers"]),
            body: text.map { Array($0.utf8) } ?? response["body"]?.rendered() ?? []
        )
        request = file["request"].flatMap { request in
            platform.recognise(ConformanceCase.request(request), file["platform_account_id"]?.string)
        }
    }

    private static func request(_ value: JSONValue) -> PlatformRequest {
        PlatformRequest(
            value["method"]?.string.flatMap(PlatformRequest.Method.init) ?? .get,
            origin: "https://" + (value["host"]?.string ?? ""),
            path: value["path"]?.string ?? "",
            query: fields(value["query"]),
            headers: fields(value["headers"]),
            body: value["body"]?.rendered() ?? []
        )
    }

    private static func fields(_ value: JSONValue?) -> [Field] {
        (value?.object ?? []).compactMap { member in member.value.string.map { Field(member.key, $0) } }
    }

    /// The platform's code run over the answer.
    public func run() -> PlatformAnswer? {
        request.map { platform.read($0, response, collectedAt) }
    }

    /// How the result differs from what is expected; empty when it conforms. Contract fields only: `reason` and `skipped`
    /// are advisory.
    public func differences() -> [String] {
        guard let answer = run() else { return ["the request is not recognised"] }
        switch answer {
        case .error(let error):
            guard let expected = expected["error"] else { return ["unexpected error \(error)"] }
            return differences(error, expected)
        case .page(let page):
            guard expected["error"] == nil else { return ["samples where an error is expected"] }
            return differences(page)
        }
    }

    private func differences(_ error: PlatformError, _ expected: JSONValue) -> [String] {
        var found: [String] = []
        func compare<Value: Equatable>(_ what: String, _ actual: Value, _ wanted: Value) {
            if actual != wanted { found.append("\(what): \(actual), expected \(wanted)") }
        }
        compare("class", error.contractClass.rawValue, expected["class"]?.string ?? "")
        compare("retry_after_seconds", error.retryAfter.map(Int64.init), expected["retry_after_seconds"]?.int64)
        compare("metrics", error.metrics, expected["metrics"]?.array?.compactMap(\.string) ?? [])
        return found
    }

    private func differences(_ page: SamplePage) -> [String] {
        var found: [String] = []
        var wanted = expected["samples"]?.array ?? []
        for sample in page.samples {
            let value = ConformanceCase.value(of: sample)
            if let index = wanted.firstIndex(where: { ConformanceCase.matches(value, $0) }) {
                wanted.remove(at: index)
            } else {
                found.append("not expected: \(value)")
            }
        }
        found += wanted.map { "missing: \($0)" }
        let errors = Set(page.itemErrors.map { "\($0.error.contractClass.rawValue) \($0.item)" })
        let wantedErrors = Set(
            (expected["item_errors"]?.array ?? []).map { error in
                let item = error["platform_post_id"] ?? error["platform_account_id"]
                return "\(error["class"]?.string ?? "") \(item?.string ?? "")"
            }
        )
        if errors != wantedErrors { found.append("item errors: \(errors), expected \(wantedErrors)") }
        let next = ConformanceCase.value(of: page.next)
        if next != expected["next"] ?? .null { found.append("next: \(next), expected \(expected["next"] ?? .null)") }
        return found
    }

    /// A sample in the form of the contract.
    public static func value(of sample: Sample) -> JSONValue {
        let scale = MetricCatalogue.scale(of: sample.metric)
        var members: [JSONValue.Member] = [
            .init("metric", .string(sample.metric.name)), .init("kind", .string(sample.kind.rawValue)),
            .init("value", .number(.init(text: FixedPoint.text(sample.value, scale: scale))!)),
            .init("period", .string(sample.period.name)),
        ]
        switch sample.start {
        case .date(let date): members.append(.init("date", .string(date.description)))
        case .moment(let moment): members.append(.init("timestamp", .string(moment.text(.seconds))))
        }
        if let last = sample.lastDay { members.append(.init("date_end", .string(last.description))) }
        members.append(.init("subject", .string(sample.post == nil ? "account" : "post")))
        if let post = sample.post { members.append(.init("platform_post_id", .string(post))) }
        if !sample.dimensions.isEmpty {
            let dimensions = sample.dimensions.map { JSONValue.Member($0.name, .string($0.value)) }
            members.append(.init("dimensions", .object(dimensions)))
        }
        return .object(members)
    }

    private static func value(of next: SamplePage.Next?) -> JSONValue {
        switch next {
        case nil: .null
        case .query(let fields)?:
            .object([.init("query", .object(fields.map { .init($0.name, .string($0.value)) }))])
        case .body(let body)?:
            .object([.init("body", (try? JSONValue(parsing: body)) ?? .null)])
        }
    }

    /// Whether two values are equal with members in any order and numbers equal to nine digits.
    public static func matches(_ left: JSONValue, _ right: JSONValue) -> Bool {
        switch (left, right) {
        case (.number(let left), .number(let right)):
            if let left = left.integralValue, let right = right.integralValue { return left == right }
            guard let left = left.doubleValue, let right = right.doubleValue else { return false }
            return abs(left - right) <= 1e-9 * max(abs(left), abs(right))
        case (.object(let left), .object(let right)):
            return left.count == right.count
                && left.allSatisfy { member in
                    right.contains { $0.key == member.key && matches(member.value, $0.value) }
                }
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { matches($0, $1) }
        default: return left == right
        }
    }
}
