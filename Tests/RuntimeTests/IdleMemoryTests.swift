import Testing

@testable import Runtime

@Suite("Memory of a process at rest")
struct IdleMemoryTests {
    @Test("it is released once after the start and once after each time of work")
    func policy() {
        var policy = IdleMemory.Policy(processorTime: 0)
        let milliseconds: [Int64] = [80, 81, 82, 83, 300, 500, 501, 502]
        var released: [Int64] = []
        for time in milliseconds where policy.isDue(processorTime: time * 1_000_000) {
            released.append(time)
            policy.released(processorTime: time * 1_000_000)
        }
        #expect(released == [81, 501])
    }

    @Test("releasing leaves every page that was written as it was")
    func harmless() {
        let before = (0..<100_000).map { $0 * 7 }
        IdleMemory.releaseNow()
        #expect(before.enumerated().allSatisfy { $0.element == $0.offset * 7 })
        // Code, constants and statics of this program and its libraries still work.
        #expect(ProcessStatistics.read().residentBytes > 0)
    }
}
