internal import FleetCore
public import JSON
public import Platforms

// What counts is the contract: samples in any order, next, item errors, and of an error its class, wait and metrics.
// Skipped metrics and reasons are advice.
extension ConformanceCase {
    /// How the result differs from what is expected, a line each; empty when it conforms.
    public func differences() -> [String] {
        guard let answer = run() else { return ["the platform's code does not recognise the request"] }
        switch answer {
        case .error(let error):
            guard let wanted = expected["error"] else { return ["an error where samples are expected: \(error)"] }
            return differences(error, wanted)
        case .page(let page):
            guard let wanted = expected["samples"]?.array else {
                let count = page.samples.count
                return ["a page of \(count) samples where an error is expected: \(expected["error"] ?? .null)"]
            }
            return differences(page.samples, wanted) + differences(page)
        }
    }

    private func differences(_ error: PlatformError, _ wanted: JSONValue) -> [String] {
        let metrics = (wanted["metrics"]?.array ?? []).compactMap(\.string)
        return [
            difference("error.class", error.contractClass.rawValue, wanted["class"]?.string),
            difference(
                "error.retry_after_seconds",
                error.retryAfter.map(Int64.init),
                wanted["retry_after_seconds"]?.int64
            ),
            difference("error.metrics", error.metrics.sorted(), metrics.sorted()),
        ].compactMap { $0 }
    }

    private func differences(_ samples: [Sample], _ wanted: [JSONValue]) -> [String] {
        var missing = wanted.map(JSONValue.withoutEmpties)
        var surplus: [JSONValue] = []
        for sample in samples {
            let value = ConformanceCase.value(of: sample)
            if let index = missing.firstIndex(where: { ConformanceCase.matches(value, $0) }) {
                missing.remove(at: index)
            } else {
                surplus.append(value)
            }
        }
        var lines: [String] = []
        for value in surplus {
            // The same sample with another value is one difference, not two.
            let index = missing.firstIndex { ConformanceCase.matches(value.without("value"), $0.without("value")) }
            if let index {
                lines.append("value \(value["value"] ?? .null), expected \(missing.remove(at: index))")
            } else {
                lines.append("not expected: \(value)")
            }
        }
        return lines + missing.map { "missing: \($0)" }
    }

    private func differences(_ page: SamplePage) -> [String] {
        let failed = page.itemErrors.map { "\($0.error.contractClass.rawValue) \($0.item)" }
        let wanted = (expected["item_errors"]?.array ?? []).map { error in
            let item = error["platform_post_id"] ?? error["platform_account_id"]
            return "\(error["class"]?.string ?? "") \(item?.string ?? "")"
        }
        let next = ConformanceCase.value(of: page.next)
        let wantedNext = expected["next"] ?? .null
        return [
            difference("item_errors", failed.sorted(), wanted.sorted()),
            ConformanceCase.matches(next, wantedNext) ? nil : "next: \(next), expected \(wantedNext)",
        ].compactMap { $0 }
    }

    private func difference<Value: Equatable>(_ what: String, _ found: Value?, _ wanted: Value?) -> String? {
        if found == wanted { return nil }
        var line = what + ": "
        if let found { line += "\(found)" } else { line += "none" }
        line += ", expected "
        if let wanted { line += "\(wanted)" } else { line += "none" }
        return line
    }

    /// What differs in skipped metrics and reasons, which nobody is held to.
    public func remarks() -> [String] {
        switch run() {
        case nil: return []
        case .error(let error)?:
            return [difference("reason", error.reason, expected["error"]?["reason"]?.string)].compactMap { $0 }
        case .page(let page)?:
            let skipped = page.skipped.map { "\($0.metric) \($0.reason)" }
            let wanted = (expected["skipped"]?.array ?? []).map {
                "\($0["metric"]?.string ?? "") \($0["reason"]?.string ?? "")"
            }
            let reasons = page.itemErrors.map { "\($0.item) \($0.error.reason ?? "")" }
            let wantedReasons = (expected["item_errors"]?.array ?? []).map {
                "\(($0["platform_post_id"] ?? $0["platform_account_id"])?.string ?? "") \($0["reason"]?.string ?? "")"
            }
            return [
                difference("skipped", skipped.sorted(), wanted.sorted()),
                difference("item_errors.reason", reasons.sorted(), wantedReasons.sorted()),
            ].compactMap { $0 }
        }
    }
}

// Values in the form of the contract.
extension ConformanceCase {
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

    static func value(of next: SamplePage.Next?) -> JSONValue {
        switch next {
        case nil: .null
        case .query(let fields)?:
            .object([.init("query", .object(fields.map { .init($0.name, .string($0.value)) }))])
        case .body(let body)?:
            .object([.init("body", (try? JSONValue(parsing: body)) ?? .null)])
        }
    }

    /// Whether two values are equal with members in any order, whole numbers to the digit, others to nine digits, and times
    /// however they are written.
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
        case (.string(let left), .string(let right)):
            return left == right || Instant(left).map { $0 == Instant(right) } ?? false
        default: return left == right
        }
    }
}

extension JSONValue {
    /// An object without one of its members.
    fileprivate func without(_ key: String) -> JSONValue {
        guard case .object(let members) = self else { return self }
        return .object(members.filter { $0.key != key })
    }

    /// An object without members that say nothing.
    fileprivate static func withoutEmpties(_ value: JSONValue) -> JSONValue {
        guard case .object(let members) = value else { return value }
        return .object(members.filter { $0.value != .null && $0.value != .object([]) })
    }
}
