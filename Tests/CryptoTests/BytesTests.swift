import Crypto
import Testing

@Suite("Digests and bytes")
struct BytesTests {
    @Test func `digests match their published vectors`() {
        #expect(sha256([]) == hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"))
        #expect(sha256(Array("abc".utf8)) == hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"))
        // RFC 6455 §1.3: the answer to the sample handshake.
        let handshake = "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        #expect(Base64.encode(sha1(Array(handshake.utf8))) == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    }

    @Test func `codes match RFC 4231, and an empty key works`() {
        #expect(
            hmacSHA256(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
                == hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        )
        #expect(
            hmacSHA256(Array("abc".utf8), key: [])
                == hex("fd7adb152c05ef80dccf50a1fa4c05d5a3ec6da95575fc312ae7c5d091836351")
        )
        #expect(
            hmacSHA256([], key: [UInt8](repeating: 0xAA, count: 131)).count == 32
        )
    }

    @Test func `equality looks at every byte`() {
        let bytes = randomBytes(32)
        #expect(constantTimeEquals(bytes, bytes))
        #expect(constantTimeEquals([], []))
        #expect(!constantTimeEquals(bytes, Array(bytes.dropLast())))
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 0x80
            #expect(!constantTimeEquals(bytes, other))
        }
    }

    @Test func `random bytes differ`() {
        #expect(randomBytes(0) == [])
        #expect(randomBytes(16) != randomBytes(16))
    }

    @Test func `a wiped array is empty`() {
        var bytes = randomBytes(32)
        wipe(&bytes)
        #expect(bytes.isEmpty)
    }
}

@Suite("Base64")
struct Base64Tests {
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `RFC 4648 vectors`(plain: String, text: String) {
        #expect(Base64.encode(Array(plain.utf8)) == text)
        #expect(Base64.decode(text) == Array(plain.utf8))
        let bare = String(text.prefix { $0 != "=" })
        #expect(Base64.encode(Array(plain.utf8), .url, padding: .none) == bare)
        #expect(Base64.decode(bare, .url, padding: .none) == Array(plain.utf8))
        #expect(Base64.decode(bare, .url, padding: .either) == Array(plain.utf8))
        #expect(Base64.decode(text, .url, padding: .either) == Array(plain.utf8))
    }

    @Test(arguments: [
        "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z", "Zm 9v", "Zm9v\n", "Zm9-", "====", "=Zg=", "Zg==Zg==", "Zm9vé",
    ])
    func `other spellings are refused`(text: String) { #expect(Base64.decode(text) == nil) }

    @Test func `the two alphabets are kept apart`() {
        #expect(Base64.encode([0xFB, 0xFF]) == "+/8=")
        #expect(Base64.encode([0xFB, 0xFF], .url, padding: .none) == "-_8")
        #expect(Base64.decode("+/8=", .url) == nil)
        #expect(Base64.decode("-_8=") == nil)
    }

    @Test func `every length comes back`() {
        for count in 0..<200 {
            let bytes = randomBytes(count)
            for alphabet in [Base64.Alphabet.standard, .url] {
                #expect(Base64.decode(Base64.encode(bytes, alphabet), alphabet) == bytes)
            }
        }
    }
}
