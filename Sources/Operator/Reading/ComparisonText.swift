import Adapters
import Configuration
import FleetCore

/// `flotilla metrics compare`.
enum ComparisonText {
    static func show(_ compared: [FigureReader.Compared], _ call: CommandCall) {
        var table = TextTable("platform", "metric", ">this", ">other", ">change", "trend")
        for part in compared {
            for figure in part.figures {
                table.add(
                    part.platform.rawValue,
                    figure.metric.name,
                    FigureTexts.text(figure.current),
                    FigureTexts.text(figure.other),
                    figure.permille.map { "\(FixedPoint.text($0, scale: 1)) %" } ?? "",
                    figure.trend.map { $0.rawValue + (figure.isProvisional ? " ~" : "") } ?? ""
                )
            }
        }
        call.output.list(compared.map(\.document), table: table, empty: "no day of the stretch is over")
        for part in compared where call.output.format == .table {
            call.output.note("\(part.platform): \(text(part.period.elapsed)) beside \(text(part.period.other))")
        }
    }

    private static func text(_ dates: ClosedRange<CivilDate>?) -> String {
        dates.map { "\($0.lowerBound) to \($0.upperBound)" } ?? "nothing"
    }
}
