/// A page of panels.
public struct Dashboard: Sendable {
    /// The file's name and the page's id.
    public var slug: String
    public var title: String
    public var purpose: String
    public var rows: [Row]

    /// Panels side by side under a heading.
    public struct Row: Sendable {
        public var title: String
        public var panels: [Panel]

        init(_ title: String, _ panels: [Panel]) {
            self.title = title
            self.panels = panels
        }
    }

    /// One graph or figure.
    public struct Panel: Sendable {
        public var title: String
        /// Grafana's name of the unit, such as `s` or `reqps`.
        public var unit: String
        public var lines: [Line]
        public var isFigure: Bool

        init(_ title: String, unit: String = "short", isFigure: Bool = false, _ lines: Line...) {
            self.title = title
            self.unit = unit
            self.lines = lines
            self.isFigure = isFigure
        }
    }

    /// One expression and the name of its series.
    public struct Line: Sendable {
        public var expression: String
        public var legend: String

        init(_ expression: String, _ legend: String) {
            self.expression = expression
            self.legend = legend
        }
    }

    /// Every expression of the page, with the variables that Grafana would put in replaced by patterns that match all.
    public var expressions: [String] {
        rows.flatMap(\.panels).flatMap(\.lines).map { Self.filled($0.expression) }
    }

    private static func filled(_ expression: String) -> String {
        var text = expression
        for (variable, value) in [("$platform", ".*"), ("$lane", ".*"), ("$__rate_interval", "5m")] {
            text = text.split(separator: variable, omittingEmptySubsequences: false).joined(separator: value)
        }
        return text
    }
}
