extension SamplePage {
    /// The error that concerns the whole call although its parts report it: a token that is refused, whichever part says so,
    /// and a limit when no part was answered. Nil when the parts failed for themselves.
    public var errorOfCall: PlatformError? {
        var limit: PlatformError?
        for failure in itemErrors {
            switch failure.error.consequence {
            case .refresh, .reconnect, .alarm: return failure.error
            case .snooze, .suspend: limit = PlatformError.longer(limit, failure.error)
            case .retry, .retrySlowly, .retryOnce, .confirm, .partial, .quarantine, .dead: break
            }
        }
        return samples.isEmpty && posts.isEmpty ? limit : nil
    }
}

extension PlatformError {
    /// Of two limits the one that asks to wait longer.
    fileprivate static func longer(_ first: PlatformError?, _ second: PlatformError) -> PlatformError {
        guard let first, first.retryAfter ?? 0 >= second.retryAfter ?? 0 else { return second }
        return first
    }
}
