import Glibc
import Testing

@testable import AMQP

@Suite("Watchdog", .timeLimit(.minutes(1)))
struct WatchdogTests {
    @Test func `a call that does not return is ended by a shutdown of its socket`() {
        var ends: [CInt] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { for end in ends { close(end) } }
        let (begun, descriptor) = (ContinuousClock.now, ends[0])
        var byte: UInt8 = 0
        let got = Watchdog.shared.guarding(descriptor, for: .milliseconds(50)) { read(descriptor, &byte, 1) }
        #expect(got == 0)
        #expect(ContinuousClock.now - begun < .seconds(5))
    }

    @Test func `a call that returns in time leaves its socket alone`() {
        var ends: [CInt] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { for end in ends { close(end) } }
        var byte: UInt8 = 7
        let (one, other) = (ends[0], ends[1])
        #expect(Watchdog.shared.guarding(one, for: .seconds(30)) { 1 } == 1)
        #expect(write(one, &byte, 1) == 1)
        #expect(read(other, &byte, 1) == 1)
    }
}
