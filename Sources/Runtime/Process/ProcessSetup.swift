internal import CLinux

/// What every process of the fleet does before anything else.
public enum ProcessSetup {
    /// Bounds the heap, forbids core files, ignores broken pipes, and raises the descriptor limit.
    ///
    /// Call it in the first line of `main`: heap settings count only for memory areas opened later. `name` goes into
    /// every log line as `process`.
    public static func prepare(name: String) {
        // Two areas keep threads from fighting over one without giving each of them its own; see malloc's M_ARENA_MAX.
        clinux_bound_heap(2, 128 << 10)
        clinux_harden_process()
        clinux_ignore_broken_pipes()
        _ = clinux_raise_descriptor_limit()
        LogPipeline.standard.configure(facts: ["process": .string(name)])
    }
}
