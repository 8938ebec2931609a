import Adapters
import Configuration
import FleetCore

/// `flotilla metrics growth`.
struct GrowthText {
    let growth: FollowerGrowth
    let metric: MetricID

    func show(_ call: CommandCall) {
        call.output.show(growth.document(of: metric)) {
            call.output.facts([
                ("asked for", "\(growth.dates.lowerBound) to \(growth.dates.upperBound)"),
                ("answer", verdict), ("from", text(growth.start)), ("to", text(growth.end)),
                ("growth", FigureTexts.number(growth.growth, metric)),
                ("rate", growth.rate.map { FixedPoint.text($0, scale: FollowerGrowth.rateScale) } ?? ""),
                ("gained", growth.flow.map { Words.number($0.gained) } ?? ""),
                ("lost", growth.flow.map { Words.number($0.lost) } ?? ""),
                ("platform's corrections", growth.flow.map { Words.number($0.corrections) } ?? ""),
            ])
        }
    }

    private var verdict: String {
        switch growth.verdict {
        case .whole: "whole"
        case .shortened: "shortened: an end is not known well enough, so these are the days that are"
        case .refused: "refused: fewer than two levels are known"
        }
    }

    private func text(_ level: FollowerGrowth.Level?) -> String {
        level.map { "\(FigureTexts.number($0.value, metric)) on \($0.day)" } ?? ""
    }
}
