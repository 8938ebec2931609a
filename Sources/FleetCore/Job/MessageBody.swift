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
            throw Death(cause(of: error), error.description)
        } catch {
            throw Death(.malformedJSON, "the body cannot be read")
        }
    }

    /// The version of a message, which must be the one that this program reads.
    static func version(_ known: Int64, from reader: inout JSONReader) throws -> Int64 {
        let version = try reader.int64()
        guard version == known else {
            throw Death(.unknownVersion, "message version \(version); this program reads \(known)")
        }
        return version
    }

    /// A moment from its text.
    static func moment(_ text: JSONText, _ name: String) throws(Death) -> Instant {
        guard let moment = Instant(rfc3339: text.bytes.span) else {
            throw Death(.badTime, "\"\(name)\" must be a time such as 2026-11-21T09:00:00Z")
        }
        return moment
    }

    /// The number of the metric with a name.
    static func metric(_ name: JSONText) throws(Death) -> MetricID {
        guard let id = MetricCatalogue.id(named: name.bytes.span) else {
            throw Death(.unknownMetric, "there is no metric \"\(shown(name))\"")
        }
        return id
    }

    /// A field that must be there.
    static func required<Value>(_ value: Value?, _ name: String) throws(Death) -> Value {
        guard let value else { throw Death(.missingField, "\"\(name)\" is missing") }
        return value
    }

    /// An id that sorts by time and does not come from the future.
    static func check(_ id: UUID, now: Instant) throws(Death) {
        guard id.isVersion7 else {
            throw Death(.badID, "\"id\" must be a UUID of version 7: the ledger is divided by the time in it")
        }
        guard id.milliseconds <= (now + JobContract.clockTolerance).milliseconds else {
            throw Death(.idInFuture, "the time in \"id\" lies in the future")
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
