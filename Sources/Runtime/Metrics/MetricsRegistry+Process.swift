extension MetricsRegistry {
    /// Declares what is known of every process: memory, processor time, descriptors, threads, start, version.
    public func declareProcess(version: String, commit: String) {
        gauge("process_resident_memory_bytes", "Memory in RAM.") { Double(ProcessStatistics.recent().residentBytes) }
        gauge("process_virtual_memory_bytes", "Address space.") { Double(ProcessStatistics.recent().virtualBytes) }
        gauge("process_open_fds", "Open descriptors.") { Double(ProcessStatistics.recent().openDescriptors) }
        gauge("process_max_fds", "Limit of open descriptors.") { Double(ProcessStatistics.recent().descriptorLimit) }
        gauge("process_threads", "Threads.") { Double(ProcessStatistics.recent().threads) }
        gauge("process_start_time_seconds", "Start of the process since 1970.") { ProcessStatistics.recent().startTime }
        counters("process_cpu_seconds_total", "Processor time used.") {
            [Reading(ProcessStatistics.recent().processorSeconds)]
        }
        gauges("flotilla_build_info", "What runs here; always 1.", labels: ["version", "commit"]) {
            [Reading(1, labels: [version, commit])]
        }
    }
}
