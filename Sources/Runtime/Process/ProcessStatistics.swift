internal import Glibc
internal import Synchronization

/// What the kernel says about this process.
public struct ProcessStatistics: Sendable {
    /// Memory in RAM, in bytes.
    public var residentBytes = 0
    /// Address space, in bytes.
    public var virtualBytes = 0
    /// Processor time used so far, in seconds.
    public var processorSeconds = 0.0
    /// Threads.
    public var threads = 0
    /// Open descriptors, this reading's own included.
    public var openDescriptors = 0
    /// The limit of open descriptors.
    public var descriptorLimit = 0
    /// When the process started, in seconds since 1970.
    public var startTime = 0.0

    /// This machine's name.
    public static var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&buffer, buffer.count - 1) == 0 else { return "?" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Reads `/proc` now. What cannot be read stays 0.
    public static func read() -> ProcessStatistics {
        var statistics = ProcessStatistics()
        let page = sysconf(CInt(_SC_PAGESIZE))
        let sizes = numbers(SmallFile.read("/proc/self/statm"))
        if sizes.count > 1 {
            statistics.virtualBytes = sizes[0] * page
            statistics.residentBytes = sizes[1] * page
        }
        statistics.processorSeconds = Double(ProcessClock.processorTime) / 1e6
        statistics.openDescriptors = SmallFile.entryCount("/proc/self/fd") ?? 0
        statistics.descriptorLimit = sysconf(CInt(_SC_OPEN_MAX))
        // The command's name may hold blanks and brackets, so fields are counted from behind its last bracket.
        if let stat = SmallFile.read("/proc/self/stat"), let name = stat.lastIndex(of: UInt8(ascii: ")")) {
            // proc(5): field 20 is the number of threads, 22 the start in clock ticks after boot; field 3 comes first.
            let fields = numbers(Array(stat[(name + 2)...]))
            if fields.count > 19 {
                statistics.threads = fields[17]
                statistics.startTime = bootTime + Double(fields[19]) / Double(sysconf(CInt(_SC_CLK_TCK)))
            }
        }
        return statistics
    }

    private static let latest = Mutex<(until: Deadline, value: ProcessStatistics)?>(nil)

    /// A reading at most 100 ms old, so that the gauges of one scrape share it.
    static func recent() -> ProcessStatistics {
        latest.withLock { latest in
            if let latest, !latest.until.isPast() { return latest.value }
            let value = read()
            latest = (Deadline(after: .milliseconds(100)), value)
            return value
        }
    }

    /// When the machine started, in seconds since 1970.
    private static let bootTime: Double = {
        guard let bytes = SmallFile.read("/proc/stat") else { return 0 }
        for line in bytes.split(separator: UInt8(ascii: "\n")) where line.starts(with: "btime ".utf8) {
            return Double(numbers(Array(line)).last ?? 0)
        }
        return 0
    }()

    /// The words of a file as integers; what is none counts as 0, so positions stay.
    private static func numbers(_ bytes: [UInt8]?) -> [Int] {
        (bytes ?? []).split { $0 <= 0x20 }.map { Int(String(decoding: $0, as: UTF8.self)) ?? 0 }
    }
}
