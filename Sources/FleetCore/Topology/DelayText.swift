/// Delays and sizes as people write them: `5s`, `15m`, `6h`, `2GiB`.
public enum DelayText {
    /// Reads a whole number followed by `s`, `m`, `h` or `d`. Nil for anything else, for zero and for more than 366 days.
    public static func parse(_ text: String) -> Duration? {
        guard let unit = text.last, let number = Int64(text.dropLast()), number > 0, number < 100_000_000,
            text.first!.isNumber
        else { return nil }
        let seconds: Int64
        switch unit {
        case "s": seconds = number
        case "m": seconds = number * 60
        case "h": seconds = number * 3600
        case "d": seconds = number * 86400
        default: return nil
        }
        return seconds <= 366 * 86400 ? .seconds(seconds) : nil
    }

    /// Writes whole seconds with the largest unit that loses nothing: 900 seconds are `15m`.
    public static func format(_ delay: Duration) -> String {
        let seconds = delay.components.seconds
        for (size, unit) in [(86400, "d"), (3600, "h"), (60, "m")] as [(Int64, String)]
        where seconds >= size && seconds % size == 0 {
            return "\(seconds / size)\(unit)"
        }
        return "\(seconds)s"
    }

    /// Reads a number of bytes: `1048576`, `512KiB`, `64MiB`, `2GiB`. Nil for anything else and for zero.
    public static func parseBytes(_ text: String) -> Int64? {
        for (unit, shift) in [("KiB", 10), ("MiB", 20), ("GiB", 30)] where text.hasSuffix(unit) {
            guard let number = Int64(text.dropLast(unit.count)), number > 0, number < 1 << 20 else { return nil }
            return number << Int64(shift)
        }
        guard let number = Int64(text), number > 0 else { return nil }
        return number
    }

    /// Writes bytes with the largest unit that loses nothing.
    public static func formatBytes(_ bytes: Int64) -> String {
        for (unit, shift) in [("GiB", 30), ("MiB", 20), ("KiB", 10)] as [(String, Int64)]
        where bytes > 0 && bytes % (1 << shift) == 0 {
            return "\(bytes >> shift)\(unit)"
        }
        return String(bytes)
    }
}
