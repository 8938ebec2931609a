import JSON
import TestSupport

/// Random documents that follow from a seed.
struct RandomDocuments {
    var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func value(depth: Int = 0) -> JSONValue {
        switch Int.random(in: 0..<(depth < 5 ? 8 : 6), using: &generator) {
        case 0: .null
        case 1: .bool(Bool.random(using: &generator))
        case 2:
            .number(
                .integer(
                    Int64.random(in: .min ... .max, using: &generator) >> Int64.random(in: 0..<63, using: &generator)
                )
            )
        case 3: .number(.decimal(decimal()))
        case 4, 5: .string(string())
        case 6: .array((0..<Int.random(in: 0..<6, using: &generator)).map { _ in value(depth: depth + 1) })
        default:
            // Numbered keys, because other parsers keep only one of two equal ones.
            .object(
                (0..<Int.random(in: 0..<6, using: &generator)).map {
                    .init("\($0)" + string(), value(depth: depth + 1))
                }
            )
        }
    }

    mutating func string() -> String {
        let pool: [Unicode.Scalar] = [
            "a", "Z", "9", " ", "\"", "\\", "/", "\n", "\u{1}", "\u{7f}", "é", "€", "😀", "\u{2028}", "\u{FFFF}",
        ]
        let plain = Bool.random(using: &generator)
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0..<24, using: &generator) {
            text.append(plain ? "p" : pool.randomElement(using: &generator)!)
        }
        return String(text)
    }

    private mutating func decimal() -> String {
        let sign = Bool.random(using: &generator) ? "-" : ""
        let whole = String(UInt32.random(in: 0 ... .max, using: &generator))
        let fraction = String(UInt32.random(in: 0 ... .max, using: &generator))
        let exponent = Bool.random(using: &generator) ? "e\(Int.random(in: -30...30, using: &generator))" : ""
        return "\(sign)\(whole).\(fraction)\(exponent)"
    }

    /// The document with one to three bytes changed, put in or taken out.
    mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
        let telling = Array("{}[],:\"\\0123456789-+.eEtfnu \n\u{1}x'/".utf8)
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
            let index = Int.random(in: bytes.indices, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[index] = telling.randomElement(using: &generator)!
            case 1: bytes.insert(telling.randomElement(using: &generator)!, at: index)
            case 2: bytes.remove(at: index)
            default: bytes.removeLast(min(bytes.count, Int.random(in: 1...4, using: &generator)))
            }
        }
        return bytes
    }
}
