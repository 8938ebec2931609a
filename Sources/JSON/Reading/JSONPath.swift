/// Finds the path of a byte by walking the document again from its start.
///
/// Only errors need a path, so the reader carries none and pays nothing for it. The walk is tolerant: it runs on
/// documents known to be broken, and stops at the offset.
enum JSONPath {
    private static let longestKey = 32
    private static let longestPath = 200

    private enum Step {
        case element(Int)
        case member(Range<Int>?)
    }

    static func locate(_ offset: Int, in bytes: [UInt8], from start: Int) -> String {
        let end = min(offset, bytes.count)
        var steps: [Step] = []
        var index = start
        var lastString: Range<Int>?
        while index < end {
            switch bytes[index] {
            case UInt8(ascii: "{"): steps.append(.member(nil))
            case UInt8(ascii: "["): steps.append(.element(0))
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = steps.popLast()
            case UInt8(ascii: ","):
                switch steps.last {
                case .element(let position): steps[steps.count - 1] = .element(position + 1)
                case .member: steps[steps.count - 1] = .member(nil)
                case nil: break
                }
            case UInt8(ascii: ":"):
                if case .member = steps.last { steps[steps.count - 1] = .member(lastString) }
            case UInt8(ascii: "\""):
                let begin = index + 1
                index = endOfString(from: begin, to: end, in: bytes)
                lastString = begin..<index
            default: break
            }
            index += 1
        }
        return render(steps, bytes)
    }

    /// Offset of the closing quote, or `end` when the string does not close before it.
    private static func endOfString(from start: Int, to end: Int, in bytes: [UInt8]) -> Int {
        var index = start
        while index < end {
            switch bytes[index] {
            case UInt8(ascii: "\""): return index
            case UInt8(ascii: "\\"): index += 2
            default: index += 1
            }
        }
        return end
    }

    private static func render(_ steps: [Step], _ bytes: [UInt8]) -> String {
        var path = "$"
        for step in steps {
            guard path.utf8.count < longestPath else { return path + "…" }
            switch step {
            case .element(let index): path += "[\(index)]"
            case .member(nil): break
            case .member(let range?): path += "." + printable(bytes[range])
            }
        }
        return path
    }

    /// Bytes outside letters, digits and a few marks become `?`, so a path can go into any log or header.
    private static func printable(_ key: ArraySlice<UInt8>) -> String {
        let shown = key.prefix(longestKey).map {
            (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") ? $0 : UInt8(ascii: "?")
        }
        return String(decoding: shown, as: UTF8.self) + (key.count > longestKey ? "…" : "")
    }
}
