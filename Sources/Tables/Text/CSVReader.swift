/// Reads comma-separated values by RFC 4180, and what spreadsheets and platforms make of it: a byte order mark, UTF-16, bare
/// line feeds, a first line `sep=;`, another separator.
public struct CSVReader: Sendable {
    /// What is wrong with a file, and in which line.
    public struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        /// From one; zero when the whole file is meant.
        public var line: Int
        public var reason: String

        public var description: String { line > 0 ? "line \(line): \(reason)" : reason }
    }

    /// One record.
    public struct Record: Hashable, Sendable {
        /// Where it begins, from one.
        public var line: Int
        public var fields: [String]
    }

    /// The longest field in bytes: a quote that is never closed is noticed before it has eaten the file.
    public static let longestField = 1 << 20

    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private let separator: UInt8

    /// - Parameter separator: nil finds it: the first of comma, semicolon and tab that stands in the first line.
    public init(_ file: [UInt8], separator: Character? = nil) throws(Fault) {
        let text = try Self.decoded(file)
        bytes = text
        if let separator = separator?.asciiValue {
            self.separator = separator
            return
        }
        let first = text.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        if first.count == 5, first.starts(with: "sep=".utf8) {
            self.separator = first[first.startIndex + 4]
            skipLine()
        } else {
            let candidates = [UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: "\t")]
            self.separator = candidates.first(where: first.contains) ?? candidates[0]
        }
    }

    /// The next record that is not an empty line; nil at the end.
    public mutating func next() throws(Fault) -> Record? {
        while position < bytes.count, isLineEnd(bytes[position]) { skipLineEnd() }
        guard position < bytes.count else { return nil }
        var record = Record(line: line, fields: [])
        while true {
            record.fields.append(try field())
            guard position < bytes.count, bytes[position] == separator else { break }
            position += 1
        }
        skipLineEnd()
        return record
    }

    private mutating func field() throws(Fault) -> String {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return try plainField() }
        let start = line
        position += 1
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") {
                guard position < bytes.count, bytes[position] == byte else {
                    guard position == bytes.count || isEnd(bytes[position]) else {
                        throw Fault(line: line, reason: "something follows a closing quotation mark")
                    }
                    return String(decoding: text, as: UTF8.self)
                }
                position += 1
            } else if byte == UInt8(ascii: "\n") {
                line += 1
            }
            text.append(byte)
            guard text.count <= Self.longestField else { break }
        }
        throw Fault(line: start, reason: "a quotation mark is opened and not closed")
    }

    private mutating func plainField() throws(Fault) -> String {
        let start = position
        while position < bytes.count, !isEnd(bytes[position]) {
            guard bytes[position] != UInt8(ascii: "\"") else {
                throw Fault(line: line, reason: "a quotation mark stands inside a field that does not begin with one")
            }
            position += 1
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private func isLineEnd(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
    private func isEnd(_ byte: UInt8) -> Bool { byte == separator || isLineEnd(byte) }

    private mutating func skipLineEnd() {
        guard position < bytes.count else { return }
        let isPair =
            bytes[position] == UInt8(ascii: "\r") && position + 1 < bytes.count
            && bytes[position + 1] == UInt8(ascii: "\n")
        position += isPair ? 2 : 1
        line += 1
    }

    private mutating func skipLine() {
        while position < bytes.count, !isLineEnd(bytes[position]) { position += 1 }
        skipLineEnd()
    }

    /// The file as UTF-8 without a byte order mark.
    private static func decoded(_ file: [UInt8]) throws(Fault) -> [UInt8] {
        if file.starts(with: [0xFF, 0xFE]) { return try utf16(file.dropFirst(2)) { UInt16($0) | UInt16($1) << 8 } }
        if file.starts(with: [0xFE, 0xFF]) { return try utf16(file.dropFirst(2)) { UInt16($0) << 8 | UInt16($1) } }
        let text = file.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(file.dropFirst(3)) : file
        guard !text.contains(0) else {
            throw Fault(line: 0, reason: "the file holds zero bytes: it is not a text file")
        }
        guard String(validating: text, as: UTF8.self) != nil else {
            throw Fault(line: 0, reason: "the file is neither UTF-8 nor UTF-16")
        }
        return text
    }

    private static func utf16(
        _ bytes: ArraySlice<UInt8>,
        _ unit: (UInt8, UInt8) -> UInt16
    ) throws(Fault) -> [UInt8] {
        guard bytes.count % 2 == 0 else { throw Fault(line: 0, reason: "the file is cut in the middle of a character") }
        let units = stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map { unit(bytes[$0], bytes[$0 + 1]) }
        guard let text = String(validating: units, as: UTF16.self) else {
            throw Fault(line: 0, reason: "the file is no valid UTF-16")
        }
        return Array(text.utf8)
    }
}
