/// The contract of the job message: what every door writes and what every worker checks before it does anything.
///
/// A message that breaks it dies with a named cause and the path of the field. Unknown fields are passed over, so that older
/// workers read newer messages of the same version; older versions are raised to the newest as they are read.
public struct JobContract: Sendable {
    /// The largest body in bytes. A job is about 300; anything near the limit is a mistake.
    public static let maximumBytes = 64 << 10
    /// The most metrics one job may name.
    public static let maximumMetrics = 64
    /// The most posts one job may name.
    public static let maximumPosts = 500
    /// The most days one job may cover.
    public static let maximumDays = 90
    /// The longest reason in bytes.
    public static let maximumReason = 128
    /// The longest id of a post at its platform, in bytes.
    public static let maximumPostID = 200
    /// The longest idempotency key in bytes.
    public static let maximumKey = 200
    /// The longest time for which a job may be unique, in seconds.
    public static let maximumUniqueFor = 30 * 86_400
    /// How long a key is kept when the message does not say it, in seconds.
    public static let usualUniqueFor = 86_400
    /// How far back a job may ask, in days: no platform keeps daily figures longer.
    public static let maximumAgeInDays = 2 * 366
    /// How far ahead of this machine's clock an id's time may lie.
    public static let clockTolerance = Duration.seconds(24 * 3600)
    /// The highest version that is believed; what states a higher one is a mistake and does not wait for anybody.
    public static let highestVersion: Int64 = 1000

    public init() {}

    /// Reads and checks one message body.
    public func read(_ body: [UInt8], now: Instant) throws(Death) -> Job {
        var fields = JobFields()
        do throws(Death) {
            try MessageBody.read(body, maximumBytes: Self.maximumBytes) { try fields.take($0, from: &$1) }
            return try fields.job(now: now)
        } catch {
            // A newer version may look broken in any way to this one.
            throw MessageBody.blame(error, body, known: Job.versions)
        }
    }

    /// The version of a body that waits for a reader: newer than what this program reads, and believable. Nil for others.
    public static func newerVersion(_ body: [UInt8]) -> Int64? {
        guard let version = MessageBody.statedVersion(body) else { return nil }
        return version > Job.versions.upperBound && version <= highestVersion ? version : nil
    }

    /// The type property of a body that some door made: it names the version.
    public static func messageType(_ body: [UInt8]) -> String {
        Job.messageType(MessageBody.statedVersion(body) ?? Job.versions.lowerBound)
    }
}
