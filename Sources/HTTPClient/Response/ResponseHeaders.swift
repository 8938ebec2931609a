/// Header fields as they came: one buffer, looked at only when asked. Names compare without regard to case.
public struct ResponseHeaders: Sendable {
    private var bytes: [UInt8] = []
    /// Offsets in `bytes`: the name ends at `colon`, the value is `value..<end`.
    private var lines: [(name: Int, colon: Int, value: Int, end: Int)] = []

    /// How many fields there are.
    public var count: Int { lines.count }

    var byteCount: Int { bytes.count }

    /// The first value of the field, surrounding blanks removed.
    public subscript(name: String) -> String? {
        for line in lines where matches(line, name) { return text(line.value..<line.end) }
        return nil
    }

    /// Every value of the field, in order.
    public func values(_ name: String) -> [String] {
        lines.filter { matches($0, name) }.map { text($0.value..<$0.end) }
    }

    /// Calls `body` with each field, in order, names as they were sent: with those whose name begins in one of some ways,
    /// compared without regard to case, or with all.
    public func forEach(_ prefixes: [String]? = nil, _ body: (_ name: String, _ value: String) -> Void) {
        for line in lines where prefixes.map({ prefixes in prefixes.contains { begins(line, $0) } }) ?? true {
            body(text(line.name..<line.colon), text(line.value..<line.end))
        }
    }

    /// Takes one line with its line end. A status line starts over, so that interim responses leave nothing.
    mutating func take(_ line: UnsafeBufferPointer<UInt8>) {
        if line.count >= 5, unsafe line.prefix(5).elementsEqual("HTTP/".utf8) {
            bytes.removeAll(keepingCapacity: true)
            lines.removeAll(keepingCapacity: true)
            return
        }
        guard let separator = unsafe line.firstIndex(of: UInt8(ascii: ":")), separator > 0 else { return }
        if bytes.isEmpty {
            bytes.reserveCapacity(512)
            lines.reserveCapacity(12)
        }
        var end = line.count
        while end > separator + 1, unsafe line[end - 1] <= 0x20 { end -= 1 }
        var value = separator + 1
        while value < end, unsafe line[value] <= 0x20 { value += 1 }
        let base = bytes.count
        unsafe bytes.append(contentsOf: line.prefix(end))
        lines.append((name: base, colon: base + separator, value: base + value, end: base + end))
    }

    private func matches(_ line: (name: Int, colon: Int, value: Int, end: Int), _ name: String) -> Bool {
        line.colon - line.name == name.utf8.count && begins(line, name)
    }

    private func begins(_ line: (name: Int, colon: Int, value: Int, end: Int), _ prefix: String) -> Bool {
        guard line.colon - line.name >= prefix.utf8.count else { return false }
        var index = line.name
        for byte in prefix.utf8 {
            if lowercased(bytes[index]) != lowercased(byte) { return false }
            index += 1
        }
        return true
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}
