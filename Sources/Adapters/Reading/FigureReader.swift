public import FleetCore
internal import Platforms
public import Postgres

/// Answers questions about figures, now or as of a moment, each with its state and coverage. Answers are values; what they
/// look like is the caller's affair.
///
/// Everything is computed from readings by the functions that make the stored roll-ups, in one snapshot of the database.
public struct FigureReader: Sendable {
    let pool: Pool
    private let workspace: Int64?

    /// - Parameter workspace: row security shows its rows and no others; nil for roles that see all.
    public init(pool: Pool, workspace: Int64? = nil) {
        self.pool = pool
        self.workspace = workspace
    }

    /// The figures asked for: one series per platform, none when the scope has no subjects.
    ///
    /// - Parameter now: what is missing after this moment may still come.
    public func figures(_ question: FigureQuestion, now: Instant) async throws -> [FigureSeries] {
        try await snapshot { connection in
            try await material(for: question, on: connection).map { material in
                material.series(question, now: now)
            }
        }
    }

    /// An account or a post; nil when there is none of that number.
    public func subject(_ id: Int64) async throws -> FigureSubject? {
        try await snapshot { try await SubjectDirectory(connection: $0).subject(id) }
    }

    /// Whom a question is about.
    public func members(of scope: FigureQuestion.Scope) async throws -> [FigureSubject] {
        try await snapshot { try await SubjectDirectory(connection: $0).members(of: scope) }
    }

    func snapshot<Value>(_ body: (Connection) async throws -> Value) async throws -> Value {
        try await pool.withTransaction(isolation: .repeatableRead, readOnly: true) { connection in
            if let workspace { try await connection.scope(to: workspace) }
            return try await body(connection)
        }
    }

    /// What the answer to a question is made of, platform by platform.
    func material(for question: FigureQuestion, on connection: Connection) async throws -> [FigureMaterial] {
        let directory = SubjectDirectory(connection: connection, moment: question.asOf)
        let members = try await directory.members(of: question.scope)
        let platforms = Dictionary(grouping: members, by: \.platform)
        var materials: [FigureMaterial] = []
        for (platform, members) in platforms.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let loader = ReadingLoader(connection, question.coveredDates, on: platform)
            let notes = GapNoteReader(connection: connection)
            let readings: [SubjectReadings]
            if let moment = question.asOf {
                let archive = try await loader.archive(members, asOf: moment)
                readings = members.map { SubjectReadings($0, (archive[$0.id] ?? []).currentRows(asOf: moment)) }
            } else {
                readings = try await loader.current(members)
            }
            materials.append(
                FigureMaterial(
                    platform: platform,
                    readings: readings,
                    notes: try await notes.notes(about: members, loader.span, asOf: question.asOf),
                    offer: FigureOffer(platform)
                )
            )
        }
        return materials
    }
}

/// What the answer of one platform is made of.
struct FigureMaterial: Sendable {
    let platform: PlatformName
    let readings: [SubjectReadings]
    let notes: [Int64: [GapNote]]
    let offer: FigureOffer

    func series(_ question: FigureQuestion, now: Instant) -> FigureSeries {
        FigureSeries(question, platform: platform, of: readings, notes: notes, offer: offer, now: now)
    }
}

extension FigureOffer {
    /// What the platform's code says that it serves.
    public init(_ platform: PlatformName) {
        let metrics = PlatformRegistry[platform]?.metrics ?? []
        self.init(
            metrics.reduce(into: [:]) { entries, metric in
                let entry = Entry(native: metric.native, traffic: metric.traffic, lagDays: metric.lagDays)
                entries[metric.metric, default: []].append(entry)
            }
        )
    }
}
