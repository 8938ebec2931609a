import Testing

@testable import Crypto

private func failure(_ body: () throws(CryptoError) -> Fernet.Opened) -> CryptoError? {
    do throws(CryptoError) {
        _ = try body()
        return nil
    } catch { return error }
}

@Suite("Fernet")
struct FernetTests {
    private let key = fernetVectors[0].key
    private let token = fernetVectors[0].token

    @Test(arguments: fernetVectors)
    func `tokens of other implementations are read`(key: String, plaintext: String, madeAt: Int64, token: String) throws
    {
        let opened = try Fernet(keys: [key]).open(token)
        #expect(opened == Fernet.Opened(plaintext: hex(plaintext), madeAt: madeAt))
        let unpadded = String(token.prefix { $0 != "=" })
        #expect(try Fernet(keys: [key]).open(unpadded) == opened)
    }

    @Test func `any of several keys may vouch`() throws {
        let fernet = try Fernet(keys: fernetVectors.map(\.key))
        for vector in fernetVectors { #expect(try fernet.open(vector.token).plaintext == hex(vector.plaintext)) }
        let others = try Fernet(keys: Array(fernetVectors.map(\.key).dropFirst()))
        #expect(failure { () throws(CryptoError) in try others.open(token) } == .authenticationFailed)
    }

    @Test func `a wrong padding looks like a wrong code`() throws {
        let fernet = try Fernet(keys: [key])
        for token in fernetBadPadding {
            #expect(failure { () throws(CryptoError) in try fernet.open(token) } == .authenticationFailed)
        }
    }

    @Test func `no flipped bit and no cut goes unnoticed`() throws {
        let fernet = try Fernet(keys: [key])
        let bytes = try #require(Base64.decode(token, .url))
        for index in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[index] ^= 1 << UInt8(bit)
                let text = Base64.encode(changed, .url)
                #expect(failure { () throws(CryptoError) in try fernet.open(text) } == .authenticationFailed)
            }
        }
        for length in 0..<token.utf8.count {
            let text = String(token.prefix(length))
            // Without its padding a token is whole.
            if token.dropFirst(length).allSatisfy({ $0 == "=" }), length % 4 != 3 { continue }
            #expect(failure { () throws(CryptoError) in try fernet.open(text) } == .authenticationFailed, "\(length)")
        }
        for text in [token + "=", " " + token, token + "\n", "A" + token] {
            #expect(failure { () throws(CryptoError) in try fernet.open(text) } == .authenticationFailed)
        }
    }

    @Test func `a genuine token outside its time is expired`() throws {
        let fernet = try Fernet(keys: [key])
        let made: Int64 = 499_162_800
        let open = { (now: Int64) throws(CryptoError) in
            try fernet.open(token, timeToLive: .seconds(60), now: now)
        }
        #expect(failure { () throws(CryptoError) in try open(made) } == nil)
        #expect(failure { () throws(CryptoError) in try open(made + 60) } == nil)
        #expect(failure { () throws(CryptoError) in try open(made + 61) } == .expired)
        #expect(failure { () throws(CryptoError) in try open(made - 60) } == nil)
        #expect(failure { () throws(CryptoError) in try open(made - 61) } == .expired)
        let forged = failure { () throws(CryptoError) in
            try fernet.open(fernetVectors[1].token, timeToLive: .seconds(60), now: made)
        }
        #expect(forged == .authenticationFailed)
    }

    @Test(arguments: [
        "", "short", "cw_0x689RpI+jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=", "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e5=",
    ])
    func `a malformed key is refused without being quoted`(key: String) {
        #expect(throws: CryptoError.malformedKey("Fernet key 1 is not URL-safe base64 of 32 bytes")) {
            try Fernet(keys: [key])
        }
    }
}
