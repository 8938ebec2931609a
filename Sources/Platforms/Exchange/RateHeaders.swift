internal import FleetCore

/// A limit as three headers state it: how many calls a window allows, how many are left, when it ends.
///
/// The headers may be structured, as in `60, 100;w=1;name="a", 60;w=60;name="b"`: the first number is what holds now. The
/// end is given in seconds, from 1970 or from now; the size of the number tells which.
struct RateHeaders: Equatable {
    var limit: Int64?
    var remaining: Int64?
    var resetsAt: Instant?

    /// Reads `<prefix>-limit`, `<prefix>-remaining` and `<prefix>-reset`. The prefix must be in lower case.
    init(_ response: PlatformResponse, prefix: String, at now: Instant) {
        func number(_ name: String) -> Int64? {
            response.header("\(prefix)-\(name)").flatMap(RateHeaders.firstNumber)
        }
        limit = number("limit")
        remaining = number("remaining")
        resetsAt = number("reset").flatMap { seconds in
            switch seconds {
            case ..<1_000_000_000: now + .seconds(seconds)
            case ...253_402_300_799: Instant(seconds: seconds)
            default: nil
            }
        }
    }

    /// Whole seconds from now to the end of the window, rounded up; negative once it has ended.
    func wait(from now: Instant) -> Int? {
        resetsAt.map { Int((($0 - now).wholeMicroseconds + 999_999) / 1_000_000) }
    }

    /// What the headers say about the limit of a rule; nothing when they say nothing.
    func signals(rule: String, endpoint: String? = nil) -> [LimitSignal] {
        guard limit != nil || remaining != nil else { return [] }
        return [LimitSignal(rule: rule, endpoint: endpoint, limit: limit, remaining: remaining, resetsAt: resetsAt)]
    }

    /// The digits that a text starts with.
    private static func firstNumber(_ text: String) -> Int64? {
        let digits = text.utf8.drop { $0 == UInt8(ascii: " ") }.prefix { $0 &- 48 < 10 }
        return digits.isEmpty ? nil : Int64(String(decoding: digits, as: UTF8.self))
    }
}
