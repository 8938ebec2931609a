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

    /// A case from the bytes of its two files. Throws when one of them has not the form of such a file.
    public init(
        name: String,
        recorded: [UInt8],
        expected: [UInt8],
        registry: [Platform] = PlatformRegistry.all
    ) throws(ConformanceFault) {
        let file = try ConformanceCase.object(recorded, "the recorded answer")
        let word = try file.text("platform")
        guard let platform = registry.first(where: { $0.name.rawValue == word }) else {
            let known = registry.map(\.name.rawValue).joined(separator: ", ")
            throw ConformanceFault("the platform \"\(word)\" is not known; known: \(known)")
        }
        let moment = try file.text("collected_at")
        guard let collectedAt = Instant(moment) else {
            throw ConformanceFault("collected_at is no time: \"\(moment)\"")
        }
        guard let request = file["request"], request.object != nil else {
            throw ConformanceFault("request is missing")
        }
        self.name = name
        self.platform = platform
        self.collectedAt = collectedAt
        self.expected = try ConformanceCase.object(expected, "what is expected")
        guard (self.expected["error"]?.object == nil) != (self.expected["samples"]?.array == nil) else {
            throw ConformanceFault("what is expected must hold either samples or an error")
        }
        self.response = try ConformanceCase.response(file["response"])
        self.request = platform.recognise(
            try ConformanceCase.request(request),
            file["platform_account_id"]?.string
        )
    }

    /// The platform's code run over the answer; nil when the request is not recognised.
    public func run() -> PlatformAnswer? {
        request.map { platform.read($0, response, collectedAt) }
    }
}

/// Why a file is no case.
public struct ConformanceFault: Error, Equatable, Sendable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

// How the files are read.
extension ConformanceCase {
    private static func object(_ bytes: [UInt8], _ what: String) throws(ConformanceFault) -> JSONValue {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: bytes)
        } catch {
            throw ConformanceFault("\(what) cannot be read: \(error)")
        }
        guard value.object != nil else { throw ConformanceFault("\(what) is no JSON object") }
        return value
    }

    private static func response(_ value: JSONValue?) throws(ConformanceFault) -> PlatformResponse {
        guard let value, let status = value["status"]?.int64, let status = Int(exactly: status) else {
            throw ConformanceFault("response.status is missing")
        }
        let text = value["body_text"]?.string.map { Array($0.utf8) }
        return PlatformResponse(
            status: status,
            headers: fields(value["headers"]),
            body: text ?? body(value["body"])
        )
    }

    private static func request(_ value: JSONValue) throws(ConformanceFault) -> PlatformRequest {
        let word = try value.text("method")
        guard let method = PlatformRequest.Method(rawValue: word) else {
            throw ConformanceFault("request.method is \"\(word)\"")
        }
        return PlatformRequest(
            method,
            origin: "https://" + (try value.text("host")),
            path: try value.text("path"),
            query: fields(value["query"]),
            headers: fields(value["headers"]),
            body: value["body_text"]?.string.map { Array($0.utf8) } ?? body(value["body"])
        )
    }

    private static func body(_ value: JSONValue?) -> [UInt8] {
        switch value {
        case nil, .null?: []
        case .string(let text)?: Array(text.utf8)
        case let value?: value.rendered()
        }
    }

    /// Fields of an object: a list stands for the same name several times, anything but text for its JSON.
    private static func fields(_ value: JSONValue?) -> [Field] {
        (value?.object ?? []).flatMap { member -> [Field] in
            switch member.value {
            case .string(let text): [Field(member.key, text)]
            case .array(let values): values.map { Field(member.key, $0.string ?? $0.description) }
            case .null: []
            case let value: [Field(member.key, value.description)]
            }
        }
    }
}

extension JSONValue {
    fileprivate func text(_ key: String) throws(ConformanceFault) -> String {
        guard let text = self[key]?.string else { throw ConformanceFault("\(key) is missing") }
        return text
    }
}
