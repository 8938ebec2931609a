/// Which columns of a platform's own file hold what: the day, perhaps the post, and which metric in which unit.
public struct ImportMapping: Equatable, Sendable {
    /// How a file writes days.
    public enum DateForm: String, Sendable, CaseIterable {
        /// `2026-11-19`, also with a time behind it.
        case iso
        /// `11/19/2026`
        case monthFirst = "mdy"
        /// `19/11/2026`, `19.11.2026`
        case dayFirst = "dmy"
        /// `Nov 19, 2026`, also with a weekday before it.
        case words
    }

    /// A column that holds a metric.
    public struct Column: Equatable, Sendable {
        public var title: String
        public var metric: MetricID
        public var conversion: FixedPoint.Conversion

        public init(_ title: String, _ metric: MetricID, _ conversion: FixedPoint.Conversion = .identity) {
            (self.title, self.metric, self.conversion) = (title, metric, conversion)
        }
    }

    /// In messages, and in the version of stored readings.
    public var name: String
    /// The title of the column with the day; for lifetime totals there is none.
    public var date: String?
    public var dateForm: DateForm
    /// The title of the column with the platform's id of the post; nil when the rows speak of the account.
    public var post: String?
    public var columns: [Column]
    /// ``Period/day``, or ``Period/lifetime`` for totals as of the moment of the export.
    public var period: Period
    /// Rows whose first cell says this are sums of the others.
    public var totals: Set<String>
    /// What stands between thousands and before fractions.
    public var thousands: Character?
    public var point: Character

    public init(
        name: String,
        date: String?,
        dateForm: DateForm = .iso,
        post: String? = nil,
        columns: [Column],
        period: Period = .day,
        totals: Set<String> = ["Total"],
        thousands: Character? = nil,
        point: Character = "."
    ) {
        (self.name, self.date, self.dateForm, self.post) = (name, date, dateForm, post)
        (self.columns, self.period, self.totals) = (columns, period, totals)
        (self.thousands, self.point) = (thousands, point)
    }

    /// Everything that decides what a file means, in one line: the same text means the same readings.
    public var fingerprint: String {
        let parts = columns.map { column in
            "\(column.title)=\(column.metric.name)*\(column.conversion.factor)e\(column.conversion.shift)"
        }
        let form = [
            date ?? "", dateForm.rawValue, post ?? "", period.name, totals.sorted().joined(separator: "|"),
            thousands.map { String($0) } ?? "", String(point),
        ]
        return (form + parts).joined(separator: ";")
    }
}

extension ImportMapping {
    /// Mappings of exports that many people have, by name. Titles are those of the English pages.
    public static let ready: [ImportMapping] = [
        ImportMapping(
            name: "youtube-studio",
            date: "Date",
            columns: [
                Column("Views", .views), Column("Engaged views", .engagedViews),
                Column("Watch time (hours)", .watchTimeSeconds, FixedPoint.Conversion(factor: 3600, shift: 0)),
                Column("Impressions", .impressions), Column("Likes", .likes), Column("Dislikes", .dislikes),
                Column("Comments added", .comments), Column("Shares", .shares),
                Column("Subscribers gained", .followersGained), Column("Subscribers lost", .followersLost),
            ]
        ),
        ImportMapping(
            name: "x-analytics",
            date: "Date",
            dateForm: .words,
            columns: [
                Column("Impressions", .impressions), Column("Likes", .likes), Column("Engagements", .engagements),
                Column("Bookmarks", .saves), Column("New follows", .followersGained),
                Column("Unfollows", .followersLost), Column("Replies", .comments), Column("Reposts", .reposts),
                Column("Profile visits", .profileViews), Column("Video views", .videoViews),
                Column("Media views", .mediaViews),
            ]
        ),
        ImportMapping(
            name: "linkedin-page",
            date: "Date",
            dateForm: .monthFirst,
            columns: [
                Column("Impressions (organic)", .impressions), Column("Unique impressions (organic)", .reach),
                Column("Clicks (organic)", .clicks), Column("Reactions (organic)", .likes),
                Column("Comments (organic)", .comments), Column("Reposts (organic)", .shares),
            ]
        ),
    ]

    /// The ready mapping of a name.
    public static func ready(_ name: String) -> ImportMapping? { ready.first { $0.name == name } }
}
