extension RestLiValue {
    /// Reads a value as it was written down, whether its texts are percent-encoded or not; nil when the structure does
    /// not close.
    public init?(_ text: String) {
        var parser = Parser(bytes: Array(text.utf8))
        guard let value = parser.value(depth: 0), parser.isAtEnd else { return nil }
        self = value
    }

    /// A text with `%41` and the like resolved; what is no such sequence stays.
    public static func percentDecoded(_ text: some StringProtocol) -> String {
        let bytes = Array(text.utf8)
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let high = hex(bytes[index + 1]), let low = hex(bytes[index + 2])
            {
                decoded.append(high << 4 | low)
                index += 3
            } else {
                decoded.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - 48
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - 87
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - 55
        default: nil
        }
    }

    private struct Parser {
        let bytes: [UInt8]
        var index = 0

        init(bytes: [UInt8]) { self.bytes = bytes }

        var isAtEnd: Bool { index == bytes.count }

        private mutating func take(_ text: StaticString) -> Bool {
            let wanted = text.withUTF8Buffer { Array($0) }
            guard bytes[index...].starts(with: wanted) else { return false }
            index += wanted.count
            return true
        }

        mutating func value(depth: Int) -> RestLiValue? {
            guard depth < 16 else { return nil }
            if take("List(") { return elements { $0.value(depth: depth + 1) }.map(RestLiValue.list) }
            if take("(") { return elements { $0.member(depth: depth + 1) }.map(RestLiValue.record) }
            let text = RestLiValue.percentDecoded(scalar(inRecord: depth > 0))
            return .text(text == "''" ? "" : text)
        }

        private mutating func member(depth: Int) -> Member? {
            let start = index
            while index < bytes.count, bytes[index] != UInt8(ascii: ":") { index += 1 }
            let name = RestLiValue.percentDecoded(String(decoding: bytes[start..<index], as: UTF8.self))
            guard take(":"), let value = value(depth: depth) else { return nil }
            return Member(name: name, value: value)
        }

        /// What stands between here and the closing parenthesis, with commas between.
        private mutating func elements<Element>(_ next: (inout Parser) -> Element?) -> [Element]? {
            var elements: [Element] = []
            if take(")") { return elements }
            while true {
                guard let element = next(&self) else { return nil }
                elements.append(element)
                if take(")") { return elements }
                guard take(",") else { return nil }
            }
        }

        /// A text up to the comma or parenthesis that ends it; parentheses within, as some URNs have, must close.
        private mutating func scalar(inRecord: Bool) -> String {
            let start = index
            var open = 0
            scan: while index < bytes.count {
                switch bytes[index] {
                case UInt8(ascii: "("): open += 1
                case UInt8(ascii: ")") where open > 0: open -= 1
                case UInt8(ascii: ")"), UInt8(ascii: ","):
                    if inRecord && open == 0 { break scan }
                default: break
                }
                index += 1
            }
            return String(decoding: bytes[start..<index], as: UTF8.self)
        }
    }
}
