import Glibc
import Runtime
import Testing

@Suite(.serialized, .timeLimit(.minutes(1))) struct ProcessTests {
    @Test func `signals arrive in every sequence and do not end the process`() async {
        var (one, two) = (Signals().makeAsyncIterator(), Signals().makeAsyncIterator())
        for signal in [Signals.Signal.hangUp, .terminate, .interrupt] {
            kill(getpid(), signal.rawValue)
            #expect(await one.next() == signal)
            #expect(await two.next() == signal)
        }
    }

    @Test func `a prepared process has no core files, all descriptors and survives broken pipes`() async {
        await #expect(processExitsWith: .exitCode(7)) {
            ProcessSetup.prepare(name: "test")
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(4), &limit)
            precondition(limit.rlim_max == 0)
            getrlimit(__rlimit_resource_t(7), &limit)
            precondition(limit.rlim_cur == limit.rlim_max)
            var ends: [CInt] = [0, 0]
            pipe(&ends)
            close(ends[0])
            precondition(write(ends[1], "x", 1) == -1 && errno == EPIPE)
            exit(7)
        }
    }

    @Test func `text is styled only when asked`() {
        #expect(TerminalStyle(isOn: false)(.bad, "x") == "x")
        #expect(TerminalStyle(isOn: true)(.bad, "x") == "\u{1B}[31mx\u{1B}[0m")
    }
}
