import Adapters
import Configuration
import FleetCore
import JSON

/// Figures of accounts and of the workspace, each with its state, its coverage, and where it comes from.
enum FigureOperations {
    static let all: [Operation] = [account, posts, workspace, growth, freshness, comparison, explanation]

    private static let span: [any AnyField] = [Fields.from, Fields.to]
    private static let series = Schema.object(["series": Schema.list(Schema.named("Series"))])

    private static let account = Operation(
        "getAccountFigures",
        "/v1/accounts/{account}/figures",
        "What the platform says of an account, over any days, now or as of a moment.",
        fields: [Fields.account] + span + [Fields.grain, Fields.metric, Fields.asOf],
        answers: series
    ) { question in
        let account = try await question.account()
        return try await question.series(.subject(account.id), on: account.platform)
    }

    private static let posts = Operation(
        "getPostFigures",
        "/v1/accounts/{account}/posts/figures",
        "All posts of an account together.",
        fields: [Fields.account] + span + [Fields.grain, Fields.metric, Fields.asOf],
        answers: series
    ) { question in
        let account = try await question.account()
        return try await question.series(.posts(ofAccount: account.id), on: account.platform)
    }

    private static let workspace = Operation(
        "getWorkspaceFigures",
        "/v1/workspace/figures",
        "All accounts of the workspace together, platform by platform: each platform has days of its own.",
        fields: span + [Fields.grain, Fields.metric, Fields.asOf],
        answers: series
    ) { question in
        let scope = FigureQuestion.Scope.accounts(ofWorkspace: question.holder.workspace)
        guard let first = try await question.reader.members(of: scope).first else { return ["series": []] }
        return try await question.series(scope, on: first.platform)
    }

    private static let level = Field(
        "metric",
        ValueKind<String>.choice(MetricCatalogue.all.filter { $0.kind == .gauge }.map(\.name)),
        schema: Schema.choice(MetricCatalogue.all.filter { $0.kind == .gauge }.map(\.name)),
        help: "Which level; followers without it."
    )

    private static let growth = Operation(
        "getGrowth",
        "/v1/accounts/{account}/growth",
        "How a level of an account grew. An end that is not known well enough is refused, and the days that are known answered for.",
        fields: [Fields.account, level] + span + [Fields.asOf],
        answers: Schema.named("Growth")
    ) { question in
        let account = try await question.account()
        let metric = question[level].flatMap { MetricCatalogue[$0]?.id } ?? .followers
        let growth = try await question.reader.growth(
            ofAccount: account.id,
            over: try question.dates(on: account.platform),
            metric: metric,
            asOf: question[Fields.asOf]
        )
        guard let growth else { throw Refusal.notFound("account \(account.id)") }
        return growth.document(of: metric)
    }

    private static let freshness = Operation(
        "getFreshness",
        "/v1/accounts/{account}/freshness",
        "How current each metric is: last try, last success, newest day, and up to which day all are settled.",
        fields: [Fields.account],
        answers: Schema.object(["metrics": Schema.list(Schema.named("Freshness"))])
    ) { question in
        let account = try await question.account()
        let found = try await question.reader.freshness(of: account.id, now: question.now) ?? []
        return ["metrics": .array(found.map(\.document))]
    }

    private static let basis = Field(
        "with",
        ValueKind<ComparisonBasis>.choice,
        schema: Schema.choice(ComparisonBasis.allCases.map(\.rawValue)),
        help: "The calendar's period before (without it), as many days before, the year before, or 52 weeks before."
    )

    private static let comparison = Operation(
        "compareAccountFigures",
        "/v1/accounts/{account}/comparison",
        "Two stretches of days beside each other, per day where their lengths differ.",
        fields: [Fields.account, basis] + span + [Fields.metric, Fields.asOf],
        answers: Schema.object(["parts": Schema.list(["type": "object"])])
    ) { question in
        let account = try await question.account()
        var asked = FigureQuestion(.subject(account.id), dates: try question.dates(on: account.platform), cut: .stretch)
        asked.metrics = question.metrics
        asked.asOf = question[Fields.asOf]
        let compared = try await question.reader.compare(asked, by: question[basis] ?? .calendar, now: question.now)
        return ["parts": .array(compared.map(\.document))]
    }

    private static let explained = Field(
        "metric",
        in: .path,
        ValueKind<String>.choice(MetricCatalogue.all.map(\.name), shape: "the name of a metric"),
        schema: Schema.text,
        help: "Which figure."
    )

    private static let explanation = Operation(
        "explainFigure",
        "/v1/accounts/{account}/explanations/{metric}",
        "Where a figure comes from: formula, inputs, readings with their jobs and fetches, and why the platform may show another.",
        fields: [Fields.account, explained] + span + [Fields.grain, Fields.asOf],
        answers: Schema.object(["explanations": Schema.list(Schema.named("Explanation"))])
    ) { question in
        let account = try await question.account()
        guard let metric = question[explained].flatMap({ MetricCatalogue[$0]?.id }) else { throw Refusal(.notFound) }
        let asked = FigureQuestion(
            .subject(account.id),
            dates: try question.dates(on: account.platform),
            cut: try await question.cut(),
            asOf: question[Fields.asOf]
        )
        let found = try await question.reader.explain(metric, asked, now: question.now)
        return ["explanations": .array(found.map(\.document))]
    }
}

extension Question {
    /// The most days of one answer.
    private static let most = 732

    fileprivate var metrics: Set<MetricID> { Set((self[Fields.metric] ?? []).compactMap { MetricCatalogue[$0]?.id }) }

    fileprivate func cut() async throws -> FigureQuestion.Cut {
        guard let grain = self[Fields.grain] else { return .grain(.day) }
        return grain.cut(grain == .week ? try await store.week(holder.workspace) : .weekFromMonday)
    }

    fileprivate func dates(on platform: PlatformName) throws -> ClosedRange<CivilDate> {
        let last = self[Fields.to] ?? platform.dayZone.date(at: now)
        let first = self[Fields.from] ?? last - 6
        guard first <= last else { throw fault("query/from", "is after the last day, \(last)") }
        guard last - first < Self.most else { throw fault("query/from", "asks for more than \(Self.most) days") }
        return first...last
    }

    private func fault(_ place: String, _ detail: String) -> Refusal {
        Refusal(.invalidRequest, faults: [.init(place: place, detail: detail)])
    }

    fileprivate func series(_ scope: FigureQuestion.Scope, on platform: PlatformName) async throws -> JSONValue {
        let asked = FigureQuestion(
            scope,
            dates: try dates(on: platform),
            cut: try await cut(),
            metrics: metrics,
            asOf: self[Fields.asOf]
        )
        return ["series": .array(try await reader.figures(asked, now: now).map(\.document))]
    }
}
