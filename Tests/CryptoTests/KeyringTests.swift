import Runtime
import Testing

@testable import Crypto

private let oldLine = "2026-05: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
private let newLine = "2026-11: ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\n"

private func makeKeyring(_ text: String = oldLine + newLine + "primary: 2026-11\n") throws -> Keyring {
    try Keyring(parsing: Array(text.utf8), file: "ring.keys")
}

private func failure<Value>(_ body: () throws(CryptoError) -> Value) -> CryptoError? {
    do throws(CryptoError) {
        _ = try body()
        return nil
    } catch { return error }
}

private let owner = Array("account:12".utf8)

@Suite("Sealed envelopes")
struct EnvelopeTests {
    @Test(arguments: [0, 1, 15, 16, 17, 255, 4096, 1 << 20])
    func `what is sealed opens again`(count: Int) throws {
        let keyring = try makeKeyring()
        let plaintext = randomBytes(count)
        let envelope = try keyring.seal(plaintext, associatedData: owner)
        #expect(envelope.count == 2 + 7 + 12 + count + 16)
        #expect(try keyring.open(envelope, associatedData: owner) == plaintext)
        #expect(try keyring.open(keyring.seal(plaintext, associatedData: []), associatedData: []) == plaintext)
    }

    @Test func `an envelope of another implementation opens`() throws {
        // Python's cryptography: AESGCM(bytes(range(32))), nonce 100…111, associated data header + "account:12".
        let envelope = hex("0107323032362d31316465666768696a6b6c6d6e6f293baa09128c38b80c2aefaefbfbf8a27180e2c6027c91")
        let keyring = try makeKeyring("2026-11: AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n")
        #expect(try keyring.open(envelope, associatedData: owner) == Array("a token".utf8))
    }

    @Test func `another owner's envelope does not open`() throws {
        let keyring = try makeKeyring()
        let envelope = try keyring.seal(Array("token".utf8), associatedData: owner)
        for other in ["account:13", "account:1", "", "account:12 "] {
            let found = failure { () throws(CryptoError) in
                try keyring.open(envelope, associatedData: Array(other.utf8))
            }
            #expect(found == .authenticationFailed)
        }
    }

    @Test func `no flipped bit goes unnoticed`() throws {
        let keyring = try makeKeyring()
        let envelope = try keyring.seal(Array("a secret token".utf8), associatedData: owner)
        for index in envelope.indices {
            for bit in 0..<8 {
                var changed = envelope
                changed[index] ^= 1 << UInt8(bit)
                let found = failure { () throws(CryptoError) in try keyring.open(changed, associatedData: owner) }
                switch index {
                case 0: #expect(found == .unknownVersion(changed[0]))
                case 1: #expect(found != nil)
                case 2..<9: if case .unknownKey = found {} else { Issue.record("byte \(index): \(found as Any)") }
                default: #expect(found == .authenticationFailed, "byte \(index)")
                }
            }
        }
    }

    @Test func `no cut goes unnoticed`() throws {
        let keyring = try makeKeyring()
        let envelope = try keyring.seal(Array("a secret token".utf8), associatedData: owner)
        for length in 0..<envelope.count {
            let cut = Array(envelope[..<length])
            let found = failure { () throws(CryptoError) in try keyring.open(cut, associatedData: owner) }
            #expect(found == (length < 2 + 7 + 12 + 16 ? .truncated : .authenticationFailed), "\(length) bytes")
        }
        let longer = failure { () throws(CryptoError) in try keyring.open(envelope + [0], associatedData: owner) }
        #expect(longer == .authenticationFailed)
    }

    @Test func `a key id cannot be exchanged for another key's`() throws {
        // Two ids, one key: the tag covers the id.
        let same = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
        let keyring = try makeKeyring("a: \(same)\nb: \(same)\nprimary: a\n")
        var envelope = try keyring.seal([1, 2, 3], associatedData: owner)
        envelope[2] = UInt8(ascii: "b")
        let found = failure { () throws(CryptoError) in try keyring.open(envelope, associatedData: owner) }
        #expect(found == .authenticationFailed)
    }

    @Test func `older keys open, the primary seals, and old envelopes ask to be sealed again`() throws {
        let old = try makeKeyring(oldLine)
        let both = try makeKeyring()
        let new = try makeKeyring(newLine)
        let envelope = try old.seal([7], associatedData: owner)
        #expect(try both.open(envelope, associatedData: owner) == [7])
        #expect(try both.needsRewrap(envelope))
        #expect(try !both.needsRewrap(both.seal([7], associatedData: owner)))
        #expect(
            failure { () throws(CryptoError) in try new.open(envelope, associatedData: owner) }
                == .unknownKey("2026-05")
        )
        #expect(both.ids == ["2026-05", "2026-11"])
    }

    @Test func `no nonce comes twice in 100,000 envelopes`() throws {
        let keyring = try makeKeyring()
        var nonces: Set<[UInt8]> = []
        for _ in 0..<100_000 {
            nonces.insert(Array(try keyring.seal([], associatedData: [])[9..<21]))
        }
        #expect(nonces.count == 100_000)
    }

    @Test func `a key that sealed 2^32 envelopes seals no more, and still opens`() throws {
        let ring = Array(oldLine.utf8)
        let keyring = try Keyring(parsing: ring, file: "ring.keys", sealedBefore: 1 << 32 - 1)
        let envelope = try keyring.seal([9], associatedData: owner)
        let found = failure { () throws(CryptoError) in try keyring.seal([9], associatedData: owner) }
        #expect(found == .keyWornOut("2026-05"))
        #expect(try keyring.open(envelope, associatedData: owner) == [9])
    }

    @Test func `more than a mebibyte is refused`() throws {
        let keyring = try makeKeyring()
        let found = failure { () throws(CryptoError) in
            try keyring.seal([UInt8](repeating: 0, count: 1 << 20 + 1), associatedData: owner)
        }
        #expect(found == .tooLarge(limit: 1 << 20))
    }

    @Test func `many tasks share one key ring`() async throws {
        let keyring = try makeKeyring()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    for _ in 0..<200 {
                        let envelope = try keyring.seal([UInt8(number)], associatedData: owner)
                        #expect(try keyring.open(envelope, associatedData: owner) == [UInt8(number)])
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

@Suite("Key ring files")
struct KeyringFileTests {
    @Test(arguments: [
        ("", "ring.keys:1: there is no key; add a line `id: key`"),
        (oldLine + newLine, "ring.keys:1: there are 2 keys; add a line `primary: id`"),
        (oldLine + oldLine, "ring.keys:2: key `2026-05` is there already; keep one of the two"),
        ("# keys\n" + oldLine + "primary: 2027\n", "ring.keys:3: `primary` names `2027`, which is not in this file"),
        ("primary: a\nprimary: b\n", "ring.keys:2: `primary` is set already; keep one such line"),
        ("nonsense\n", "ring.keys:1: write `id: key`, the key as base64 of 32 bytes"),
        ("a b: x\n", "ring.keys:1: the key's id must be 1 to 255 letters, digits, `-`, `_` or `.`"),
        (": x\n", "ring.keys:1: the key's id must be 1 to 255 letters, digits, `-`, `_` or `.`"),
        ("a: aHVzaA==\n", "ring.keys:1: key `a` is not base64 of 32 bytes; make one with openssl rand -base64 32"),
        ("a: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", "ring.keys:1: key `a` is all zeros"),
    ])
    func `what is wrong is named with its line, and no key is quoted`(text: String, expected: String) {
        #expect(
            failure { () throws(CryptoError) in try Keyring(parsing: Array(text.utf8), file: "ring.keys") }?.description
                == expected
        )
    }

    @Test func `blank lines, comments, spaces and carriage returns are fine`() throws {
        let text = "# ring\r\n\r\n  " + oldLine.dropLast() + "  \r\n"
        #expect(try makeKeyring(text).primaryID == "2026-05")
    }

    @Test func `an id of 255 bytes works and one of 256 does not`() throws {
        let key = oldLine.dropFirst(7)
        let id = String(repeating: "k", count: 255)
        let keyring = try makeKeyring(id + key)
        #expect(try keyring.open(keyring.seal([5], associatedData: []), associatedData: []) == [5])
        #expect(
            failure { () throws(CryptoError) in try Keyring(parsing: Array((id + "k" + key).utf8), file: "f") } != nil
        )
    }

    @Test func `a made line is a key ring, different each time`() throws {
        let line = try Keyring.makeKeyLine(id: "2027-01")
        #expect(try makeKeyring(line).primaryID == "2027-01")
        #expect(try Keyring.makeKeyLine(id: "2027-01") != line)
        #expect(failure { () throws(CryptoError) in try Keyring.makeKeyLine(id: "a b") } != nil)
    }

    @Test func `a missing file is named`() {
        let found = failure { () throws(CryptoError) in try Keyring(contentsOf: "/nonexistent/ring") }
        #expect(found == .file("/nonexistent/ring", .missing))
    }
}

func hex(_ text: String) -> [UInt8] {
    let digits = text.utf8.map { $0 < 0x3A ? $0 - 0x30 : $0 - 0x57 }
    return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
