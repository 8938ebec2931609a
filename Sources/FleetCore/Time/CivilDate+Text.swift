extension CivilDate: CustomStringConvertible, LosslessStringConvertible {
    /// The date written as `YYYY-MM-DD`, or nil for anything else: no other order, no missing zero, no white space.
    public init?(_ text: String) {
        self.init(iso: text.utf8.span)
    }

    /// The date written as the ten bytes `YYYY-MM-DD`, or nil for anything else.
    public init?(iso bytes: Span<UInt8>) {
        guard bytes.count == 10, let date = CivilDate(isoPrefix: bytes) else { return nil }
        self = date
    }

    /// Reads the first ten bytes.
    init?(isoPrefix bytes: Span<UInt8>) {
        guard bytes.count >= 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            let year = bytes.digits(0, 4), let month = bytes.digits(5, 2), let day = bytes.digits(8, 2)
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    /// `YYYY-MM-DD`.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(10)
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Appends `YYYY-MM-DD`.
    public func append(to bytes: inout [UInt8]) {
        let (year, month, day) = components
        bytes.appendDigits(year, width: 4)
        bytes.append(UInt8(ascii: "-"))
        bytes.appendDigits(month, width: 2)
        bytes.append(UInt8(ascii: "-"))
        bytes.appendDigits(day, width: 2)
    }
}

extension Span<UInt8> {
    /// The number in `count` decimal digits from `offset`, or nil when one of them is not a digit or lies past the end.
    func digits(_ offset: Int, _ count: Int) -> Int? {
        guard offset + count <= self.count else { return nil }
        var value = 0
        for index in offset..<offset + count {
            let digit = self[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }
}

extension [UInt8] {
    /// Appends a number with at least `width` digits, and a minus sign when it is negative.
    mutating func appendDigits(_ value: Int, width: Int) {
        if value < 0 { append(UInt8(ascii: "-")) }
        var rest = value.magnitude
        let start = count
        repeat {
            append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        while count - start < width { append(UInt8(ascii: "0")) }
        self[start...].reverse()
    }
}
