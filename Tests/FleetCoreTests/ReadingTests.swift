import FleetCore
import Testing

@Suite struct ReadingTests {
    @Test func `values stand by ascending metric number, one each`() {
        let reading = Reading(
            period: .day,
            start: .day(CivilDate("2026-11-19")!),
            values: [.init(.saves, 3), .init(.views, 1), .init(.reach, 2), .init(.views, 9), .init(.followers, 4)]
        )
        #expect(reading.values.map(\.metric) == [.followers, .views, .reach, .saves])
        #expect(reading[.views] == 9)
        #expect(reading[.likes] == nil)
    }
}
