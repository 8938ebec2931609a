/// Which days of an account are asked for again because something about them does not agree.
public struct RepairPlan: Equatable, Sendable {
    /// A mismatch with what was done about it.
    public struct Case: Equatable, Sendable {
        public var finding: Reconciliation.Finding
        /// Jobs that were ordered for it, and the day on which the last one was.
        public var repairs: Int
        public var repairedOn: CivilDate?

        public init(finding: Reconciliation.Finding, repairs: Int = 0, repairedOn: CivilDate? = nil) {
            self.finding = finding
            self.repairs = repairs
            self.repairedOn = repairedOn
        }
    }

    /// Jobs for one mismatch before it is left to people.
    public static let mostRepairs = 5

    /// The last of the days that one job asks for, how many they are, and the mismatches that it is for, by position.
    public struct Order: Equatable, Sendable {
        public var last: CivilDate
        public var days: Int
        public var cases: [Int]
    }

    public var orders: [Order]

    /// - Parameters:
    ///   - cases: mismatches of one account.
    ///   - today: in the platform's zone.
    ///   - daysPerJob: the most days that one job may cover.
    ///   - historyDays: how many past days the platform still answers for.
    public init(_ cases: [Case], today: CivilDate, daysPerJob: Int, historyDays: Int) {
        let oldest = today - historyDays
        var wanted: Set<CivilDate> = []
        var eligible: [Int] = []
        for (index, item) in cases.enumerated() {
            guard item.repairs < Self.mostRepairs, item.repairedOn.map({ $0 < today }) ?? true,
                item.finding.days.upperBound >= oldest
            else { continue }
            eligible.append(index)
            wanted.formUnion(item.finding.days.filter { $0 >= oldest && $0 < today })
        }
        orders = []
        var rest = wanted.sorted()[...]
        while let first = rest.first {
            let taken = rest.prefix { $0 - first < min(max(daysPerJob, 1), JobContract.maximumDays) }
            let last = taken.last ?? first
            let stretch = first...last
            orders.append(
                Order(
                    last: last,
                    days: last - first + 1,
                    cases: eligible.filter { cases[$0].finding.days.overlaps(stretch) }
                )
            )
            rest = rest.dropFirst(taken.count)
        }
    }
}
