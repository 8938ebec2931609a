internal import FleetCore
internal import Platforms

/// A fault that is injected by command: which calls it hits, how often, until when.
struct FaultRule: Sendable, Equatable {
    /// What goes wrong.
    enum Kind: String, Sendable, CaseIterable {
        /// Too many calls, in the platform's own words; `seconds` is the wait it speaks of, `text` replaces `Retry-After`.
        case rateLimited = "rate_limited"
        /// A limit that pretends to be something else, as the platform is known to do.
        case disguised
        /// Passing trouble in the platform's own words, status 500 or 503.
        case serverError = "server_error"
        /// A server in front of the platform that answers 503 for it.
        case down
        /// The answer comes after `seconds`.
        case latency
        /// The body comes with `bytes` a second.
        case slowBody = "slow_body"
        /// The connection is cut after `bytes` of the body.
        case reset
        /// The body ends after half of it.
        case truncated
        /// A body that unpacks to `bytes` of white space.
        case gzipBomb = "gzip_bomb"
        /// A body of `bytes`.
        case hugeBody = "huge_body"
        /// Arrays in arrays, `bytes` deep.
        case deepJSON = "deep_json"
        /// A redirection to `text`.
        case redirect
        /// A page of HTML with status 200.
        case html
        /// Nothing, with status 200.
        case empty
        /// Plain text that claims to be packed.
        case wrongEncoding = "wrong_encoding"
    }

    var kind: Kind
    /// The platform hit; nil hits all.
    var platform: PlatformName?
    /// The family of calls hit; nil hits all.
    var endpoint: String?
    /// The number of the account hit; nil hits all.
    var account: Int?
    /// The share of the calls hit, in millionths.
    var millionths: UInt64 = 1_000_000
    /// When it ends.
    var until: Instant?
    /// How many calls it still hits; nil any number.
    var left: Int?
    var seconds: Int64 = 60
    var bytes: Int64?
    var text: String?

    func hits(_ platform: PlatformName, _ endpoint: String, _ account: Int?, at now: Instant) -> Bool {
        (self.platform == nil || self.platform == platform) && (self.endpoint == nil || self.endpoint == endpoint)
            && (self.account == nil || self.account == account) && (until.map { now < $0 } ?? true)
            && (left.map { $0 > 0 } ?? true)
    }
}

/// The faults that are on.
struct FaultBook: Sendable {
    var rules: [FaultRule] = []

    /// The faults that hit a call, decided by the seed and the call's number. Latency adds up; of the others the first wins.
    mutating func pick(
        _ platform: PlatformName,
        _ endpoint: String,
        _ account: Int?,
        chance: UInt64,
        at now: Instant
    ) -> (fault: FaultRule?, delay: Duration) {
        var fault: FaultRule?
        var delay = Duration.zero
        for index in rules.indices where rules[index].hits(platform, endpoint, account, at: now) {
            let isLatency = rules[index].kind == .latency
            guard isLatency || fault == nil else { continue }
            let draw = SimulatedAccount.mix(chance, UInt64(index)) % 1_000_000
            guard draw < rules[index].millionths else { continue }
            rules[index].left = rules[index].left.map { $0 - 1 }
            if isLatency { delay += .seconds(rules[index].seconds) } else { fault = rules[index] }
        }
        return (fault, delay)
    }
}
