import Testing

@testable import AMQP

@Suite("FIFO")
struct FIFOTests {
    private final class Load {}

    @Test func `what was taken is let go of at once`() {
        var queue = FIFO<Load>()
        var load: Load? = Load()
        weak let first = load
        queue.append(load!)
        queue.append(Load())
        load = nil
        _ = queue.popFirst()
        #expect(first == nil)
        #expect(!queue.isEmpty)
    }

    @Test func `elements leave in the order they came, whatever was put before or removed`() {
        var queue = FIFO<Int>()
        for number in 0..<1000 { queue.append(number) }
        for number in 0..<700 { #expect(queue.popFirst() == number) }
        queue.prepend([-2, -1])
        queue.removeAll { $0 % 2 != 0 }
        var left: [Int] = []
        while let number = queue.popFirst() { left.append(number) }
        #expect(left == [-2] + (700..<1000).filter { $0 % 2 == 0 })
    }
}
