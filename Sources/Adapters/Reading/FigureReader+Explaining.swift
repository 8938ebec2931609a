public import FleetCore
internal import Postgres

// Down to the readings.
extension FigureReader {
    /// What the ledger says of a job.
    public struct JobFacts: Equatable, Sendable {
        public var id: FleetCore.UUID
        /// What it collected.
        public var collect: String
        public var attempt: Int
        public var requests: Int
        public var enqueuedAt: Instant
        public var finishedAt: Instant?
        public var run: FleetCore.UUID?
    }

    /// One bucket of a series with everything behind one of its figures.
    public struct Explanation: Sendable {
        public var series: FigureSeries
        public var row: FigureRow
        public var figure: Figure
        public var explained: ExplainedFigure
        /// The jobs that the readings came with, as far as the ledger still has them.
        public var jobs: [FleetCore.UUID: JobFacts]
        /// Why a platform's own page may show another number.
        public var checks: [PlatformPageCheck]
        /// The newest note about the figure, where there is no number.
        public var note: GapNote?
    }

    /// Explains one metric of every bucket that a question asks for, one explanation per platform and bucket.
    public func explain(_ metric: MetricID, _ question: FigureQuestion, now: Instant) async throws -> [Explanation] {
        var question = question
        question.metrics = [metric]
        let isGroup = if case .subject = question.scope { false } else { true }
        return try await snapshot { [question] connection in
            var found: [Explanation] = []
            for material in try await material(for: question, on: connection) {
                let series = material.series(question, now: now)
                let loader = ReadingLoader(connection, question.coveredDates, on: material.platform)
                let archive = try await loader.archive(material.readings.map(\.subject), asOf: question.asOf)
                let explainer = FigureExplainer(
                    material.readings.map { ($0, archive[$0.subject.id] ?? []) },
                    platform: material.platform,
                    isGroup: isGroup,
                    asOf: question.asOf
                )
                for row in series.rows {
                    guard let figure = row[metric] else { continue }
                    let explained = explainer.explain(metric, row)
                    found.append(
                        Explanation(
                            series: series,
                            row: row,
                            figure: figure,
                            explained: explained,
                            jobs: try await jobs(explained.allEvidence.map(\.source.job), on: connection),
                            checks: PlatformPageCheck.all(explained, row, series, material.offer),
                            note: material.notes.values.joined().newest(about: metric, from: row.start, to: row.end)
                        )
                    )
                }
            }
            return found
        }
    }

    private func jobs(_ ids: [FleetCore.UUID], on connection: Connection) async throws -> [FleetCore.UUID: JobFacts] {
        if ids.isEmpty { return [:] }
        let rows = try await connection.query(
            """
            select id, collect, attempt, requests, enqueued_at, finished_at, run_id from flotilla.jobs where id = any ($1)
            """,
            [.uuidArray(Set(ids).sorted().map(\.parameter))]
        )
        var jobs: [FleetCore.UUID: JobFacts] = [:]
        for row in rows {
            let id = FleetCore.UUID(try row.uuid(0))
            jobs[id] = JobFacts(
                id: id,
                collect: try row.text(1),
                attempt: Int(try row.int2(2)),
                requests: Int(try row.int2(3)),
                enqueuedAt: Instant(microseconds: try row.timestamp(4)),
                finishedAt: try row.optionalTimestamp(5).map(Instant.init(microseconds:)),
                run: try row.optionalUUID(6).map { FleetCore.UUID($0) }
            )
        }
        return jobs
    }
}
