internal import CMicroHTTPD
internal import Glibc

/// An epoll descriptor and the buffer for its events. Lives on the loop's thread only.
@safe
final class Poll {
    private let descriptor = epoll_create1(CInt(EPOLL_CLOEXEC))
    private let events = UnsafeMutableBufferPointer<epoll_event>.allocate(capacity: 64)

    deinit {
        unsafe events.deallocate()
        close(descriptor)
    }

    /// Asks for `events` of a descriptor, in place of those asked for before.
    func watch(_ watched: CInt, _ events: UInt32, isNew: Bool) {
        cmhd_epoll_control(descriptor, isNew ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, watched, events)
    }

    func forget(_ watched: CInt) { cmhd_epoll_control(descriptor, EPOLL_CTL_DEL, watched, 0) }

    /// Waits for at most `milliseconds`, -1 for ever, and calls `ready` with each descriptor that has events, and those events.
    func wait(_ milliseconds: CInt, ready: (CInt, UInt32) -> Void) {
        let count = unsafe epoll_wait(descriptor, events.baseAddress, CInt(events.count), milliseconds)
        for index in 0..<max(0, Int(count)) {
            unsafe ready(
                cmhd_event_descriptor(events.baseAddress! + index),
                cmhd_event_bits(events.baseAddress! + index)
            )
        }
    }
}
