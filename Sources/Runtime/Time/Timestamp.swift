/// A moment as RFC 3339 text in UTC with microseconds, for log lines: `2026-11-21T09:00:00.000000Z`.
enum Timestamp {
    /// Appends the text of a moment given in microseconds since 1970.
    static func append(_ microseconds: Int64, to bytes: inout [UInt8]) {
        let (year, month, day) = civil(days: floorDivide(microseconds, 86_400_000_000))
        let ofDay = microseconds - floorDivide(microseconds, 86_400_000_000) * 86_400_000_000
        let second = ofDay / 1_000_000
        digits(year, 4, &bytes)
        bytes.append(UInt8(ascii: "-"))
        digits(month, 2, &bytes)
        bytes.append(UInt8(ascii: "-"))
        digits(day, 2, &bytes)
        bytes.append(UInt8(ascii: "T"))
        time(ofDay: second, &bytes)
        bytes.append(UInt8(ascii: "."))
        digits(ofDay % 1_000_000, 6, &bytes)
        bytes.append(UInt8(ascii: "Z"))
    }

    /// Appends the time of day to the millisecond, for people: `09:00:00.000`.
    static func appendTimeOfDay(_ microseconds: Int64, to bytes: inout [UInt8]) {
        let ofDay = microseconds - floorDivide(microseconds, 86_400_000_000) * 86_400_000_000
        time(ofDay: ofDay / 1_000_000, &bytes)
        bytes.append(UInt8(ascii: "."))
        digits(ofDay % 1_000_000 / 1000, 3, &bytes)
    }

    /// Year, month and day of a count of days since 1970, in the Gregorian calendar.
    ///
    /// Years are counted from March, so the leap day is the last of its year and every month has a fixed start.
    static func civil(days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * ofYear + 2) / 153
        let day = ofYear - (153 * monthFromMarch + 2) / 5 + 1
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func time(ofDay second: Int64, _ bytes: inout [UInt8]) {
        digits(second / 3600, 2, &bytes)
        bytes.append(UInt8(ascii: ":"))
        digits(second / 60 % 60, 2, &bytes)
        bytes.append(UInt8(ascii: ":"))
        digits(second % 60, 2, &bytes)
    }

    private static func digits(_ value: Int64, _ width: Int, _ bytes: inout [UInt8]) {
        let first = bytes.count
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: width))
        var rest = value
        for index in (first..<first + width).reversed() {
            bytes[index] += UInt8(rest % 10)
            rest /= 10
        }
    }

    private static func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : -((divisor - 1 - value) / divisor)
    }
}
