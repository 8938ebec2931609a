import Glibc
import Testing

@testable import Runtime

@Suite struct SimulatedClockTests {
    private func clock(_ parts: [Int64], size: Int = 24) throws -> SimulatedClock? {
        let path = "/tmp/flotilla-clock-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        defer { unlink(path) }
        let file = try #require(fopen(path, "w"))
        _ = parts.map(\.littleEndian).withUnsafeBytes { fwrite($0.baseAddress, 1, size, file) }
        fclose(file)
        return SimulatedClock(path: path)
    }

    @Test func `time runs from its start at its rate`() throws {
        let fast = try #require(try clock([1_000_000, 5_000_000, 10_000]))
        #expect(fast.reading(at: 1_000_000).now == 5_000_000)
        #expect(fast.reading(at: 3_000_000).now == 25_000_000)
        #expect(fast.reading(at: 999_999).now == 4_999_990)
        let frozen = try #require(try clock([1_000_000, 5_000_000, 0]))
        #expect(frozen.reading(at: 9_000_000_000).now == 5_000_000)
    }

    @Test func `years at a thousand times real do not overflow`() throws {
        let fast = try #require(try clock([0, 0, 1_000_000]))
        #expect(fast.reading(at: 3_000_000_000_000_000).now == 3_000_000_000_000_000_000)
    }

    @Test func `a short file or none is no clock`() throws {
        #expect(try clock([1, 2, 3], size: 16) == nil)
        #expect(SimulatedClock(path: "/nonexistent") == nil)
    }
}
