import FleetCore
import JSON

/// Figures and times as people read them.
enum Words {
    /// With a comma after every three digits: `1,234,567.5`.
    static func number(_ decimal: String) -> String {
        let sign = decimal.hasPrefix("-") ? "-" : ""
        let digits = decimal.dropFirst(sign.count)
        let whole = Array(digits.prefix { $0 != "." })
        var text = ""
        for (index, digit) in whole.enumerated() {
            if index > 0, (whole.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return sign + text + digits.dropFirst(whole.count)
    }

    static func number(_ value: some BinaryInteger) -> String { number(String(value)) }

    /// `3 min ago`, `in 2 h`; nothing for nil.
    static func relative(_ moment: Instant?, now: Instant) -> String {
        guard let moment else { return "" }
        let microseconds = now.microseconds - moment.microseconds
        if abs(microseconds) < 1_000_000 { return "now" }
        let span = span(seconds: abs(microseconds) / 1_000_000)
        return microseconds > 0 ? "\(span) ago" : "in \(span)"
    }

    /// In the two largest units, as far as they matter: `45 s`, `3 min`, `2 h 10 min`, `3 d 4 h`.
    static func span(seconds: Int64) -> String {
        switch seconds {
        case ..<60: "\(seconds) s"
        case ..<600: "\(seconds / 60) min" + (seconds % 60 == 0 ? "" : " \(seconds % 60) s")
        case ..<3600: "\(seconds / 60) min"
        case ..<86_400: "\(seconds / 3600) h" + (seconds / 60 % 60 == 0 ? "" : " \(seconds / 60 % 60) min")
        default: "\(seconds / 86_400) d" + (seconds / 3600 % 24 == 0 ? "" : " \(seconds / 3600 % 24) h")
        }
    }

    /// `1 job`, `1,200 jobs`.
    static func count(_ value: Int64, _ singular: String) -> String {
        "\(number(value)) \(singular)\(value == 1 ? "" : "s")"
    }
}

extension JSONValue {
    /// This object with further members.
    func adding(_ members: KeyValuePairs<String, JSONValue>) -> JSONValue {
        .object((object ?? []) + members.map { .init($0.key, $0.value) })
    }
}

extension Words {
    static func span(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        return seconds > 0 ? span(seconds: seconds) : "\(duration.components.attoseconds / 1_000_000_000_000_000) ms"
    }
}
