internal import FleetCore

/// Where a sample lies in time.
struct SamplePlace: Equatable {
    var period: Period
    var start: Reading.Start
    var lastDay: CivilDate?

    init(_ period: Period, _ start: Reading.Start, lastDay: CivilDate? = nil) {
        self.period = period
        self.start = start
        self.lastDay = lastDay
    }
}
