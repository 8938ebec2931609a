internal import Synchronization

/// A platform that a job may name. The raw value is the word in messages, routing keys and tables.
///
/// Another platform is introduced in its own folder, by one static value like those below and
/// ``introduced(_:dayZone:settlingLag:)``; nothing in this file changes for it.
public struct PlatformName: RawRepresentable, Sendable, CaseIterable, Hashable, CustomStringConvertible {
    /// What a name stands for; one object per platform.
    private final class Facts: Sendable {
        let word: String
        let dayZone: TimeZoneRules
        let settlingLag: Duration

        init(_ word: String, _ dayZone: TimeZoneRules, _ settlingLag: Duration) {
            self.word = word
            self.dayZone = dayZone
            self.settlingLag = settlingLag
        }
    }

    private let facts: Facts

    private init(_ word: String, _ dayZone: TimeZoneRules, settlesIn hours: Int) {
        facts = Facts(word, dayZone, .seconds(hours * 3600))
    }

    /// A platform by its word, a lower-case one without dots. It is known from then on only when it is introduced.
    public init(_ word: String, dayZone: TimeZoneRules, settlingLag: Duration) {
        precondition(
            !word.isEmpty && word.utf8.allSatisfy { $0 &- 97 < 26 || $0 &- 48 < 10 || $0 == UInt8(ascii: "_") },
            "a platform's name is a lower-case word"
        )
        facts = Facts(word, dayZone, settlingLag)
    }

    public static let instagram = PlatformName("instagram", .pacific, settlesIn: 48)
    public static let facebook = PlatformName("facebook", .pacific, settlesIn: 48)
    public static let threads = PlatformName("threads", .pacific, settlesIn: 48)
    public static let youtube = PlatformName("youtube", .pacific, settlesIn: 72)
    public static let linkedin = PlatformName("linkedin", .utc, settlesIn: 48)
    public static let x = PlatformName("x", .utc, settlesIn: 1)
    public static let tiktok = PlatformName("tiktok", .utc, settlesIn: 48)
    public static let pinterest = PlatformName("pinterest", .utc, settlesIn: 48)

    private struct Known {
        var platforms: [PlatformName] = [.instagram, .facebook, .threads, .youtube, .linkedin, .x, .tiktok, .pinterest]
        var sources: [PlatformName] = []

        func named(_ word: String) -> PlatformName? {
            platforms.first { $0.rawValue == word } ?? sources.first { $0.rawValue == word }
        }
    }

    private static let known = Mutex(Known())

    /// Every platform that is known, in the order in which they came. Sources, whose figures others push, are not among them.
    public static var allCases: [PlatformName] { known.withLock { $0.platforms } }

    /// Every name that figures may have: platforms and sources.
    public static var allKnown: [PlatformName] { known.withLock { $0.platforms + $0.sources } }

    /// The platform or source with a word, which must be known.
    public init?(rawValue: String) {
        guard let name = Self.known.withLock({ $0.named(rawValue) }) else { return nil }
        self = name
    }

    /// Makes a platform known to messages and tables. Introducing the same word again gives the first.
    public static func introduced(_ word: String, dayZone: TimeZoneRules, settlingLag: Duration) -> PlatformName {
        introduced(PlatformName(word, dayZone: dayZone, settlingLag: settlingLag), to: \.platforms)
    }

    /// Makes a source known, whose figures others push. Introducing the same word again gives the first.
    public static func introducedSource(_ word: String, dayZone: TimeZoneRules, settlingLag: Duration) -> PlatformName {
        introduced(PlatformName(word, dayZone: dayZone, settlingLag: settlingLag), to: \.sources)
    }

    private static func introduced(
        _ name: PlatformName,
        to names: WritableKeyPath<Known, [PlatformName]>
    ) -> PlatformName {
        known.withLock { known in
            if let first = known.named(name.rawValue) { return first }
            known[keyPath: names].append(name)
            return name
        }
    }

    /// The word in messages, routing keys and tables.
    public var rawValue: String { facts.word }
    public var description: String { facts.word }

    /// The zone in which the platform cuts its days. A daily value belongs to that day and cannot be cut anew.
    public var dayZone: TimeZoneRules { facts.dayZone }

    /// How long after a day's end the platform usually still changes its figures.
    public var settlingLag: Duration { facts.settlingLag }

    public static func == (left: PlatformName, right: PlatformName) -> Bool { left.facts === right.facts }

    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(facts)) }
}
