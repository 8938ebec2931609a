extension Instant: CustomStringConvertible, LosslessStringConvertible {
    /// How many digits follow the seconds in text.
    public enum Precision: Int, Sendable {
        case seconds = 0
        case milliseconds = 3
        case microseconds = 6
    }

    /// The instant written by RFC 3339, or nil when the text is something else.
    public init?(_ text: String) {
        self.init(rfc3339: text.utf8.span)
    }

    /// The instant written by RFC 3339: `2026-11-21T09:00:01.5Z`, or with an offset `+01:00`, `-0800` or `+00`.
    ///
    /// The colon in the offset may be absent, as Graph writes it; an offset must be there. Digits beyond microseconds are
    /// dropped; the second 60 of a leap second is the first of the next minute. Anything else gives nil.
    public init?(rfc3339 bytes: Span<UInt8>) {
        guard bytes.count >= 20, let date = CivilDate(isoPrefix: bytes),
            bytes[10] | 0x20 == UInt8(ascii: "t"), bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let hour = bytes.digits(11, 2), let minute = bytes.digits(14, 2), let second = bytes.digits(17, 2),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        var index = 19
        var fraction: Int64 = 0
        if bytes[index] == UInt8(ascii: ".") {
            index += 1
            let start = index
            var weight: Int64 = 100_000
            while let digit = bytes.digits(index, 1) {
                fraction += Int64(digit) * weight
                weight /= 10
                index += 1
            }
            guard index > start else { return nil }
        }
        guard let offset = Instant.offset(bytes, from: index) else { return nil }
        let local = Int64(date.daysSinceEpoch) * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        self.init(microseconds: (local - Int64(offset)) * 1_000_000 + fraction)
    }

    /// Seconds east of UTC in `Z`, `+hh:mm`, `+hhmm` or `+hh`, which must end the text.
    private static func offset(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        guard start < bytes.count else { return nil }
        let rest = bytes.count - start - 1
        switch bytes[start] {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"):
            return rest == 0 ? 0 : nil
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            guard let hours = bytes.digits(start + 1, 2), hours < 24 else { return nil }
            var minutes: Int? = 0
            switch rest {
            case 2: break
            case 4: minutes = bytes.digits(start + 3, 2)
            case 5 where bytes[start + 3] == UInt8(ascii: ":"): minutes = bytes.digits(start + 4, 2)
            default: return nil
            }
            guard let minutes, minutes < 60 else { return nil }
            let seconds = hours * 3600 + minutes * 60
            return bytes[start] == UInt8(ascii: "-") ? -seconds : seconds
        default:
            return nil
        }
    }

    /// RFC 3339 in UTC with microseconds: `2026-11-21T09:00:01.000000Z`.
    public var description: String { text(.microseconds) }

    /// RFC 3339 in UTC with the digits asked for; further digits are dropped, never rounded.
    public func text(_ precision: Precision) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(27)
        append(to: &bytes, precision)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends RFC 3339 in UTC.
    public func append(to bytes: inout [UInt8], _ precision: Precision = .microseconds) {
        let whole = seconds
        utcDate.append(to: &bytes)
        let ofDay = Int(whole - Instant.floor(whole, 86_400) * 86_400)
        bytes.append(UInt8(ascii: "T"))
        bytes.appendDigits(ofDay / 3600, width: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDigits(ofDay / 60 % 60, width: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDigits(ofDay % 60, width: 2)
        let fraction = Int(microseconds - whole * 1_000_000)
        switch precision {
        case .seconds: break
        case .milliseconds:
            bytes.append(UInt8(ascii: "."))
            bytes.appendDigits(fraction / 1000, width: 3)
        case .microseconds:
            bytes.append(UInt8(ascii: "."))
            bytes.appendDigits(fraction, width: 6)
        }
        bytes.append(UInt8(ascii: "Z"))
    }
}
