internal import Crypto
internal import FleetCore
internal import Platforms

/// The codes that consents gave, with what their exchange must prove.
struct ConsentBook: Sendable {
    private var challenges: [SimulatedToken: String] = [:]
    private var accounts = 0
    private static let most = 10_000

    /// The number of the account that agrees next, when the call names none.
    mutating func nextAccount() -> Int {
        defer { accounts += 1 }
        return accounts
    }

    mutating func remember(_ code: SimulatedToken, challenge: String?) {
        if challenges.count >= ConsentBook.most { challenges.removeAll() }
        challenges[code] = challenge
    }

    /// A code with a challenge needs the verifier that belongs to it (RFC 7636, S256).
    mutating func check(_ code: SimulatedToken, verifier: String?) throws(CredentialBook.Refusal) {
        guard let challenge = challenges[code] else { return }
        guard let verifier, ConsentBook.challenge(verifier) == challenge else { throw .unknown }
        challenges[code] = nil
    }

    static func challenge(_ verifier: String) -> String {
        Base64.encode(sha256(Array(verifier.utf8)), .url, padding: .none)
    }
}
