internal import CLinux
internal import Glibc
internal import Synchronization

/// One operating-system thread with a name and a stack of its own, joined exactly once.
///
/// The stack is 16 MiB by default: glibc would take it from `RLIMIT_STACK`, which containers change in silence, and the
/// AMQP library decodes nested tables recursively.
public final class NamedThread: Sendable {
    private let handle: Mutex<pthread_t?>
    private let name: String

    /// Starts `body` on a new thread. Names longer than 15 bytes are cut by the kernel's limit.
    public init(_ name: String, stackSize: Int = 16 << 20, _ body: @escaping @Sendable () -> Void) {
        self.name = name
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        unsafe pthread_attr_setstacksize(&attributes, stackSize)
        defer { unsafe pthread_attr_destroy(&attributes) }
        // Retained here, released by the first line of the thread.
        let start = unsafe Unmanaged.passRetained(Start(name: String(name.prefix(15)), body: body))
        var thread = pthread_t()
        let code = unsafe pthread_create(&thread, &attributes, threadMain, start.toOpaque())
        precondition(code == 0, "the system refused a thread")
        handle = Mutex(thread)
    }

    /// Waits for the thread to end. Must not be called from the thread itself; a second call does nothing.
    public func join() {
        let thread = handle.withLock { value in
            defer { value = nil }
            return value
        }
        if let thread { pthread_join(thread, nil) }
    }

    deinit {
        precondition(handle.withLock { $0 } == nil, "a thread was dropped without being joined")
    }

    /// The kernel's id of the calling thread.
    public static var currentID: Int32 { clinux_thread_id() }
}

private final class Start: Sendable {
    let name: String
    let body: @Sendable () -> Void
    init(name: String, body: @escaping @Sendable () -> Void) {
        self.name = name
        self.body = body
    }
}

@c
private func threadMain(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument = unsafe argument else { return nil }
    let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
    unsafe clinux_name_thread(start.name)
    start.body()
    return nil
}
