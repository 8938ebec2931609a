extension PosixZoneRule {
    /// Reads a rule such as `PST8PDT,M3.2.0,M11.1.0` or `<-04>4<-03>,M9.1.6/24,M4.1.6/24`, with the wider hours that
    /// version 3 of the file format allows. Gives nil for anything that does not parse to its end.
    init?(_ text: [UInt8]) {
        var scanner = Scanner(text: text)
        guard scanner.skipName(), let west = scanner.clock(hours: 24) else { return nil }
        standardOffset = -west
        daylight = nil
        if scanner.atEnd { return }
        guard scanner.skipName() else { return nil }
        var summer = standardOffset + 3600
        if scanner.peek != UInt8(ascii: ",") {
            guard let west = scanner.clock(hours: 24) else { return nil }
            summer = -west
        }
        guard let start = scanner.change(), let end = scanner.change(), scanner.atEnd else { return nil }
        daylight = Daylight(offset: summer, start: start, end: end)
    }

    private struct Scanner {
        let text: [UInt8]
        var index = 0

        var peek: UInt8? { index < text.count ? text[index] : nil }
        var atEnd: Bool { index == text.count }

        /// Steps over one byte when it is `byte`.
        mutating func accept(_ byte: Unicode.Scalar) -> Bool {
            guard peek == UInt8(ascii: byte) else { return false }
            index += 1
            return true
        }

        /// An abbreviation: letters, or anything in angle brackets.
        mutating func skipName() -> Bool {
            if accept("<") {
                while let byte = peek, byte != UInt8(ascii: ">") { index += 1 }
                return accept(">")
            }
            let start = index
            while let byte = peek, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) { index += 1 }
            return index - start >= 3
        }

        mutating func number(upTo limit: Int) -> Int? {
            var value = 0
            let start = index
            while let digit = text.span.digits(index, 1), index - start < 4 {
                value = value * 10 + digit
                index += 1
            }
            return index > start && value <= limit ? value : nil
        }

        /// `[+-]hh[:mm[:ss]]` in seconds.
        mutating func clock(hours limit: Int) -> Int? {
            let negative = accept("-")
            if !negative { _ = accept("+") }
            guard var seconds = number(upTo: limit).map({ $0 * 3600 }) else { return nil }
            for unit in [60, 1] where accept(":") {
                guard let part = number(upTo: 59) else { return nil }
                seconds += part * unit
            }
            return negative ? -seconds : seconds
        }

        /// `,day[/time]`; the time is 02:00 when absent.
        mutating func change() -> Change? {
            guard accept(","), let day = day() else { return nil }
            guard accept("/") else { return Change(day: day, time: 7200) }
            return clock(hours: 167).map { Change(day: day, time: $0) }
        }

        private mutating func day() -> Day? {
            if accept("J") { return number(upTo: 365).flatMap { $0 >= 1 ? .julian($0) : nil } }
            guard accept("M") else { return number(upTo: 365).map { .ordinal($0) } }
            guard let month = number(upTo: 12), month >= 1, accept("."), let week = number(upTo: 5), week >= 1,
                accept("."), let weekday = number(upTo: 6)
            else { return nil }
            return .monthWeek(month: month, week: week, weekday: weekday)
        }
    }
}
