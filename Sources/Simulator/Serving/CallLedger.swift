internal import FleetCore
internal import Platforms

/// Who was called how often: the judge of budgets, counted outside of the fleet.
struct CallLedger: Sendable {
    /// One account's calls. Windows are fixed: a new one begins with the first call after the last one ended.
    struct Account: Sendable, Equatable {
        /// All calls.
        var calls: UInt32 = 0
        /// Calls that were refused for being too many.
        var refused: UInt32 = 0
        /// Seconds since 1970 at which the current window began.
        var windowStart: UInt32 = 0
        /// Calls in the current window.
        var windowCalls: UInt32 = 0
        /// The most calls of any window.
        var busiestWindow: UInt32 = 0
    }

    /// What a call is told about its budget.
    struct Verdict: Equatable {
        /// Whether it is answered.
        var isAllowed: Bool
        /// The share of the window's budget that is used, in percent; zero without a limit.
        var percent: Int
        /// Whole minutes until the window ends, at least one.
        var minutesLeft: Int
    }

    /// Calls allowed per account and window; zero allows all.
    let limit: Int
    /// How long a window is, in seconds.
    let window: Int
    /// By number, as far as any was called.
    private(set) var accounts: [Account] = []
    private(set) var total: UInt64 = 0
    private(set) var refused: UInt64 = 0
    private(set) var failed: UInt64 = 0

    init(limit: Int, window: Duration) {
        self.limit = limit
        self.window = max(1, Int(window.components.seconds))
    }

    /// Counts a call and says whether the account may make it.
    mutating func call(_ account: Int, at now: Instant) -> Verdict {
        total += 1
        let second = UInt32(clamping: now.seconds)
        if account >= accounts.count {
            accounts.append(contentsOf: repeatElement(Account(), count: account + 1 - accounts.count))
        }
        var entry = accounts[account]
        entry.calls += 1
        if entry.windowCalls == 0 || second >= entry.windowStart + UInt32(window) || second < entry.windowStart {
            entry.windowStart = second
            entry.windowCalls = 0
        }
        entry.windowCalls += 1
        entry.busiestWindow = max(entry.busiestWindow, entry.windowCalls)
        let allowed = limit == 0 || entry.windowCalls <= limit
        if !allowed {
            entry.refused += 1
            refused += 1
        }
        accounts[account] = entry
        let left = Int(entry.windowStart) + window - Int(second)
        return Verdict(
            isAllowed: allowed,
            percent: limit == 0 ? 0 : min(100, Int(entry.windowCalls) * 100 / limit),
            minutesLeft: max(1, (left + 59) / 60)
        )
    }

    /// Counts a call to nobody in particular.
    mutating func callOfStranger() { total += 1 }

    /// Counts a call that was answered with an injected fault.
    mutating func fail() { failed += 1 }

    /// Forgets everything that was counted.
    mutating func reset() {
        self = CallLedger(limit: limit, window: .seconds(window))
    }

    /// What was counted for an account.
    func account(_ number: Int) -> Account { accounts.indices.contains(number) ? accounts[number] : Account() }
}
