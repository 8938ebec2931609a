/// What a key ring file says. Key texts stay bytes: a `String` could not be wiped.
struct KeyringText {
    static let keySize = 32
    private(set) var keys: [String: KeyBytes] = [:]
    private(set) var primary = ""
    private let file: String

    init(_ text: [UInt8], file: String) throws(CryptoError) {
        self.file = file
        var primaryLine: (id: String, line: Int)?
        var number = 0
        for line in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let line = trimmed(line)
            if line.isEmpty || line.first == UInt8(ascii: "#") { continue }
            let (id, value) = try parts(line, number)
            if id == "primary" {
                guard primaryLine == nil else { throw fault(number, "`primary` is set already; keep one such line") }
                guard Self.isID(value) else { throw fault(number, "`primary:` must be followed by the id of a key") }
                primaryLine = (String(decoding: value, as: UTF8.self), number)
            } else {
                try add(id, value, number)
            }
        }
        primary = try choosePrimary(primaryLine)
    }

    /// Letters, digits, `-`, `_` and `.`, 1 to 255 of them.
    static func isID(_ bytes: ArraySlice<UInt8>) -> Bool {
        (1...255).contains(bytes.count)
            && bytes.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }

    private func parts(_ line: ArraySlice<UInt8>, _ number: Int) throws(CryptoError) -> (String, ArraySlice<UInt8>) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            throw fault(number, "write `id: key`, the key as base64 of \(Self.keySize) bytes")
        }
        let id = trimmed(line[..<colon])
        guard Self.isID(id) else {
            throw fault(number, "the key's id must be 1 to 255 letters, digits, `-`, `_` or `.`")
        }
        return (String(decoding: id, as: UTF8.self), trimmed(line[line.index(after: colon)...]))
    }

    private mutating func add(_ id: String, _ value: ArraySlice<UInt8>, _ number: Int) throws(CryptoError) {
        guard keys[id] == nil else { throw fault(number, "key `\(id)` is there already; keep one of the two") }
        var key = Base64.decode(value) ?? []
        defer { wipe(&key) }
        guard key.count == Self.keySize else {
            throw fault(
                number,
                "key `\(id)` is not base64 of \(Self.keySize) bytes; make one with openssl rand -base64 32"
            )
        }
        guard key.contains(where: { $0 != 0 }) else { throw fault(number, "key `\(id)` is all zeros") }
        keys[id] = KeyBytes(key[...])
    }

    private func choosePrimary(_ line: (id: String, line: Int)?) throws(CryptoError) -> String {
        if let line {
            guard keys[line.id] != nil else {
                throw fault(line.line, "`primary` names `\(line.id)`, which is not in this file")
            }
            return line.id
        }
        guard let only = keys.keys.first else { throw fault(1, "there is no key; add a line `id: key`") }
        guard keys.count == 1 else { throw fault(1, "there are \(keys.count) keys; add a line `primary: id`") }
        return only
    }

    private func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D }
        var rest = bytes.drop(while: isBlank)
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return rest
    }

    private func fault(_ line: Int, _ message: String) -> CryptoError { .malformedKey("\(file):\(line): \(message)") }
}
