/// Header fields of a request: one copied block, looked at only when asked. Names compare without regard to case.
public struct HeaderFields: Sendable {
    struct Line {
        let name: Range<Int>
        let value: Range<Int>
    }

    private(set) var bytes: [UInt8] = []
    private(set) var lines: [Line] = []

    init() {}

    init(bytes: [UInt8], lines: [Line]) {
        self.bytes = bytes
        self.lines = lines
    }

    /// How many fields there are.
    public var count: Int { lines.count }

    /// The first value of the field, surrounding blanks removed.
    public subscript(name: String) -> String? {
        for line in lines where matches(line, name) { return text(line.value) }
        return nil
    }

    /// Every value of the field, in order.
    public func values(_ name: String) -> [String] {
        lines.filter { matches($0, name) }.map { text($0.value) }
    }

    /// Calls `body` with each field, in order, names as they were sent.
    public func forEach(_ body: (_ name: String, _ value: String) -> Void) {
        for line in lines { body(text(line.name), text(line.value)) }
    }

    /// Whether a comma-separated field holds `token`, given in lower case.
    func holdsToken(_ name: String, _ token: String) -> Bool {
        values(name).contains { value in
            value.utf8.split(separator: UInt8(ascii: ",")).contains { part in
                let part = part.drop { $0 == 0x20 || $0 == 0x09 }
                let trimmed = part.reversed().drop { $0 == 0x20 || $0 == 0x09 }.reversed()
                return trimmed.map(lowercased).elementsEqual(token.utf8)
            }
        }
    }

    private func matches(_ line: Line, _ name: String) -> Bool {
        guard line.name.count == name.utf8.count else { return false }
        return zip(bytes[line.name], name.utf8).allSatisfy { lowercased($0) == lowercased($1) }
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}

func lowercased(_ byte: UInt8) -> UInt8 {
    byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") ? byte | 0x20 : byte
}
