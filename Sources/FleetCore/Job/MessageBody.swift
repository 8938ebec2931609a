internal import JSON

/// The body of a message that others write: one JSON object, read field by field. What is wrong with it is a death with a
/// named cause.
enum MessageBody {
    /// Hands each field to `take`, which reads its value.
    static func read(
        _ body: [UInt8],
        maximumBytes: Int,
        _ take: (JSONText, inout JSONReader) throws -> Void
    ) throws(Death) {
        if body.isEmpty { throw Death(.emptyBody, "the message has no body") }
        if body.count > maximumBytes {
            throw Death(.bodyTooLarge, "the body has \(body.count) bytes, the limit is \(maximumBytes)")
        }
        do {
            var reader = JSONReader(
                body,
                limits: JSONReader.Limits(depth: 8, refusesDuplicateKeys: true, refusesNUL: true)
            )
            guard try reader.peek() == .object else { throw Death(.notAnObject, "the body is not a JSON object") }
            try reader.beginObject()
            while let key = try reader.nextKey() { try take(key, &reader) }
            try reader.finish()
        } catch let death as Death {
            throw death
        } catch let error as JSONError {
            throw Death(cause(of: error), error.kind.sentence + " at byte \(error.offset)", at: pointer(error.path))
        } catch {
            throw Death(.malformedJSON, "the body cannot be read")
        }
    }

    /// The version of a message, which must be one that this program reads.
    static func version(_ known: ClosedRange<Int64>, from reader: inout JSONReader) throws -> Int64 {
        let version = try reader.int64()
        guard known.contains(version) else { throw unknown(version, known) }
        return version
    }

    private static func unknown(_ version: Int64, _ known: ClosedRange<Int64>) -> Death {
        let range = known.count == 1 ? "\(known.lowerBound)" : "\(known.lowerBound) to \(known.upperBound)"
        return Death(.unknownVersion, "the message has version \(version); this program reads \(range)", at: "/version")
    }

    /// What is wrong with a message that could not be read: that its version is newer, whatever else may look wrong.
    static func blame(_ death: Death, _ body: [UInt8], known: ClosedRange<Int64>) -> Death {
        guard death.cause != .unknownVersion, let version = statedVersion(body), version > known.upperBound else {
            return death
        }
        return unknown(version, known)
    }

    /// The version that a body states, if it is an object that states one anywhere.
    static func statedVersion(_ body: [UInt8]) -> Int64? {
        var reader = JSONReader(body, limits: JSONReader.Limits(depth: 64, bytes: 1 << 20))
        do {
            guard try reader.peek() == .object else { return nil }
            try reader.beginObject()
            while let key = try reader.nextKey() {
                if key == "version" { return try reader.peek() == .number ? try reader.int64() : nil }
            }
        } catch {
            // What cannot be read states nothing.
        }
        return nil
    }

    /// `$.metrics[1]` as `/metrics/1`; nil for the whole document.
    private static func pointer(_ path: String) -> String? {
        let text = path.dropFirst().reduce(into: "") { text, character in
            switch character {
            case ".", "[": text.append("/")
            case "]": break
            default: text.append(character)
            }
        }
        return text.isEmpty ? nil : text
    }

    /// A moment from its text.
    static func moment(_ text: JSONText, _ name: String) throws(Death) -> Instant {
        guard let moment = Instant(rfc3339: text.bytes.span) else {
            throw Death(.badTime, "must be a time such as 2026-11-21T09:00:00Z", at: "/\(name)")
        }
        return moment
    }

    /// The number of the metric with a name.
    static func metric(_ name: JSONText, at path: String? = nil) throws(Death) -> MetricID {
        guard let id = MetricCatalogue.id(named: name.bytes.span) else {
            throw Death(.unknownMetric, "there is no metric \"\(shown(name))\"", at: path)
        }
        return id
    }

    /// A field that must be there.
    static func required<Value>(_ value: Value?, _ name: String) throws(Death) -> Value {
        guard let value else { throw Death(.missingField, "is missing", at: "/\(name)") }
        return value
    }

    /// An id that sorts by time and does not come from the future.
    static func check(_ id: UUID, now: Instant) throws(Death) {
        guard id.isVersion7 else {
            throw Death(.badID, "must be a UUID of version 7: the ledger is divided by the time in it", at: "/id")
        }
        guard id.milliseconds <= (now + JobContract.clockTolerance).milliseconds else {
            throw Death(.idInFuture, "the time in it lies in the future", at: "/id")
        }
    }

    /// The last day that has begun anywhere: the first zone on earth is 14 hours ahead.
    static func lastDay(at now: Instant) -> CivilDate { (now + .seconds(14 * 3600)).utcDate }

    /// A foreign text for a message: short and printable.
    static func shown(_ text: JSONText) -> String {
        String(text.string.prefix(40).map { $0.isASCII && !$0.isNewline && $0.asciiValue! >= 32 ? $0 : "?" })
    }

    private static func cause(of error: JSONError) -> DeadCause {
        switch error.kind {
        case .invalidUTF8: .invalidUTF8
        case .tooDeep: .tooDeep
        case .tooLarge: .bodyTooLarge
        case .duplicateKey: .duplicateField
        case .wrongType, .notAnInteger: .wrongType
        case .numberOutOfRange: .numberOutOfRange
        case .unexpectedEnd, .unexpectedByte, .trailingBytes, .missingKey, .invalidValue, .invalidNumber,
            .invalidEscape,
            .loneSurrogate, .escapedNUL, .controlCharacter, .noValueHere:
            .malformedJSON
        }
    }
}
