internal import FleetCore
internal import Platforms

/// Who called how often: per platform, endpoint, account and token.
struct CallLedger: Sendable {
    /// What was counted for one account. Small, since there may be millions.
    struct Account: Sendable, Equatable {
        /// All calls.
        var calls: UInt32 = 0
        /// Calls that were refused for being too many.
        var refused: UInt32 = 0
        /// Calls that were refused for their token.
        var denied: UInt32 = 0
    }

    /// What was counted for a family of calls.
    struct Endpoint: Sendable, Equatable {
        var calls: UInt64 = 0
        /// Refused because a window was full.
        var refused: UInt64 = 0
        /// Refused for the token.
        var denied: UInt64 = 0
        /// Answered with an injected fault.
        var failed: UInt64 = 0
        /// What was used of the platform's own units.
        var units: Int64 = 0
        /// What was billed, in millionths of a US dollar.
        var microDollars: Int64 = 0
    }

    /// What was counted at one platform.
    struct PlatformCounts: Sendable {
        /// By number, as far as any was called.
        var accounts: [Account] = []
        var endpoints: [String: Endpoint] = [:]
        /// Calls with tokens beyond those that are good from the start.
        var tokens: [SimulatedToken: UInt32] = [:]
        /// Calls of nobody in particular.
        var strangers: UInt64 = 0

        func account(_ number: Int) -> Account { accounts.indices.contains(number) ? accounts[number] : Account() }

        /// The counts of all endpoints together.
        var total: Endpoint {
            endpoints.values.reduce(into: Endpoint()) { sum, endpoint in
                sum.calls += endpoint.calls
                sum.refused += endpoint.refused
                sum.denied += endpoint.denied
                sum.failed += endpoint.failed
                sum.units += endpoint.units
                sum.microDollars += endpoint.microDollars
            }
        }
    }

    /// What became of a call.
    enum Fate: Sendable {
        case answered
        case refused
        case denied
        case failed
    }

    /// By place of the platform.
    private(set) var platforms = PlatformName.allCases.map { _ in PlatformCounts() }
    /// All calls ever, which numbers them for the faults that the seed decides.
    private(set) var total: UInt64 = 0
    /// Calls that were answered with a fault that the seed decided.
    private(set) var failed: UInt64 = 0

    /// Counts what became of a call.
    mutating func count(
        _ platform: PlatformName,
        _ endpoint: String,
        _ account: SimulatedAccount?,
        _ token: SimulatedToken?,
        _ fate: Fate,
        units: Int64 = 0
    ) {
        total += 1
        let place = platform.place
        CallLedger.add(&platforms[place].endpoints[endpoint, default: Endpoint()], fate, units)
        if let account {
            platforms[place].count(account.number, fate)
        } else {
            platforms[place].strangers += 1
        }
        if let token, token.generation > 0 { platforms[place].tokens[token, default: 0] += 1 }
    }

    private static func add(_ entry: inout Endpoint, _ fate: Fate, _ units: Int64) {
        entry.calls += 1
        entry.units += units
        switch fate {
        case .answered: break
        case .refused: entry.refused += 1
        case .denied: entry.denied += 1
        case .failed: entry.failed += 1
        }
    }

    /// Counts a fault that the seed decided.
    mutating func fail() { failed += 1 }

    /// Adds what a call was billed.
    mutating func bill(_ platform: PlatformName, _ endpoint: String, _ microDollars: Int64) {
        platforms[platform.place].endpoints[endpoint, default: Endpoint()].microDollars += microDollars
    }

    /// Forgets everything that was counted.
    mutating func reset() { self = CallLedger() }

    subscript(platform: PlatformName) -> PlatformCounts { platforms[platform.place] }
}

extension CallLedger.PlatformCounts {
    fileprivate mutating func count(_ number: Int, _ fate: CallLedger.Fate) {
        if number >= accounts.count {
            accounts.append(contentsOf: repeatElement(CallLedger.Account(), count: number + 1 - accounts.count))
        }
        accounts[number].calls += 1
        switch fate {
        case .answered, .failed: break
        case .refused: accounts[number].refused += 1
        case .denied: accounts[number].denied += 1
        }
    }
}
