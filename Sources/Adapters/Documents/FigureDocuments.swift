public import FleetCore
public import JSON

// Figures as programs read them: what the command line prints with --json and the gateway answers.

extension Figure {
    /// The figure with its state, its coverage, and bounds or definition where it has them.
    public var document: JSONValue {
        let scale = MetricCatalogue.scale(of: metric)
        func fixed(_ value: Int64?) -> JSONValue { value.map { .fixed($0, scale: scale) } ?? .null }
        var members: [JSONValue.Member] = [
            .init("metric", .string(metric.name)), .init("value", fixed(value)), .init("state", .string(state.name)),
            .init("reason", .text(state.reason?.rawValue)), .init("days", .int(present)),
            .init("expected", .int(expected)),
        ]
        if let (lower, upper) = bounds {
            members.append(.init("bounds", ["lower": fixed(lower), "upper": fixed(upper)]))
        }
        if let cell {
            if cell.minimum != cell.maximum {
                members += [.init("minimum", fixed(cell.minimum)), .init("maximum", fixed(cell.maximum))]
            }
            members.append(.init("flags", .array(cell.flags.names.map { .string($0) })))
            if let definition = definition(cell) { members.append(.init("definition", definition)) }
        }
        return .object(members)
    }

    /// Which definition a rate follows, and what it was computed from.
    private func definition(_ cell: RollupRow.Cell) -> JSONValue? {
        guard MetricRules.derived.contains(metric), MetricCatalogue[metric]?.kind == .ratio, cell.known != nil else {
            return nil
        }
        return [
            "id": .string(metric.name), "version": .int(MetricRules.engagementVersion), "numerator": .int(cell.sum),
            "denominator": .int(cell.weight),
        ]
    }
}

extension FigureRow {
    /// One bucket with its figures.
    public var document: JSONValue {
        [
            "label": .string(label), "first": .string(dates.lowerBound.description),
            "last": .string(dates.upperBound.description), "start": .time(start), "end": .time(end),
            "state": .string("\(state)"), "expected": .int(expected), "figures": .array(figures.map(\.document)),
        ]
    }
}

extension FigureSeries {
    /// The buckets of one platform.
    public var document: JSONValue {
        [
            "platform": .string(platform.rawValue), "zone": .string(platform.dayZone.name), "members": .int(members),
            "synthetic": .bool(isSynthetic), "buckets": .array(rows.map(\.document)),
        ]
    }
}

extension Freshness {
    /// How current one metric is.
    public var document: JSONValue {
        [
            "metric": .string(metric.name), "last_try": .time(lastTry), "last_success": .time(lastSuccess),
            "newest": .text(newest?.description), "settled_through": .text(settledThrough?.description),
            "reason": .text(reason?.rawValue),
        ]
    }
}

extension FollowerGrowth {
    /// The growth of a level, with both ends.
    public func document(of metric: MetricID) -> JSONValue {
        func level(_ level: Level?) -> JSONValue {
            level.map { ["day": .string($0.day.description), "value": .int($0.value)] } ?? .null
        }
        return [
            "metric": .string(metric.name), "first": .string(dates.lowerBound.description),
            "last": .string(dates.upperBound.description), "verdict": .string(verdict.rawValue), "start": level(start),
            "end": level(end), "growth": growth.map { .int($0) } ?? .null,
            "rate": rate.map { .fixed($0, scale: Self.rateScale) } ?? .null,
            "flow": flow.map {
                ["gained": .int($0.gained), "lost": .int($0.lost), "corrections": .int($0.corrections)]
            } ?? .null,
        ]
    }
}

extension FigureReader.Compared {
    /// Two stretches beside each other.
    public var document: JSONValue {
        let figures = figures.map { figure -> JSONValue in
            [
                "metric": .string(figure.metric.name), "current": figure.current.document,
                "other": figure.other.document,
                "change": figure.change.map { .fixed($0, scale: MetricCatalogue.scale(of: figure.metric)) } ?? .null,
                "percent": figure.permille.map { .fixed($0, scale: 1) } ?? .null,
                "trend": .text(figure.trend?.rawValue), "provisional": .bool(figure.isProvisional),
            ]
        }
        return [
            "platform": .string(platform.rawValue), "with": .string(period.basis.rawValue),
            "partial": .bool(period.isPartial), "current": current.document, "other": other.document,
            "figures": .array(figures),
        ]
    }
}
