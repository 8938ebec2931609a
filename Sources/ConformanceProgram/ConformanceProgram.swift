internal import Conformance
internal import Glibc

/// `flotilla-conformance`: runs recorded answers through the platforms' own code and compares what it makes of them.
@main
enum ConformanceProgram {
    private static let usage = """
        Runs recorded answers of platforms through the fleet's own code and compares whole results.

            flotilla-conformance [--verbose] [PATH ...]

        PATH is a folder of any depth, or one file of a case; Tests/Fixtures/platforms when none is given. A case is
        CASE.json (request and answer) beside CASE.expected.json (what must be made of it).

            --verbose     show too what differs in skipped metrics and reasons, which nobody is held to
            --help        this text

        Ends with 0 when every case conforms, 1 when one does not, 2 when it was called wrongly.
        """

    static func main() {
        var paths: [String] = []
        var isVerbose = false
        for word in CommandLine.arguments.dropFirst() {
            switch word {
            case "-h", "--help":
                print(usage)
                exit(0)
            case "-v", "--verbose": isVerbose = true
            case let option where option.hasPrefix("-"):
                let line = "flotilla-conformance: unknown option \(option)\n"
                _ = write(STDERR_FILENO, line, line.utf8.count)
                exit(2)
            case let path: paths.append(path)
            }
        }
        var report = ConformanceReport(isVerbose: isVerbose)
        for path in paths.isEmpty ? ["Tests/Fixtures/platforms"] : paths { report.run(path) }
        for line in report.lines { print(line) }
        print(report.summary)
        exit(report.isGood ? 0 : 1)
    }
}
