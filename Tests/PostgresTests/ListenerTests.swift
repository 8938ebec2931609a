import Runtime
import Testing

@testable import Postgres

@Suite("Listener", .enabled(if: Server.isAvailable))
struct ListenerTests {
    private func notify(_ channel: String, _ payload: String) async throws {
        try await Server.withConnection {
            _ = try await $0.query("SELECT pg_notify($1, $2)", [.text(channel), .text(payload)])
        }
    }

    @Test func `notifications are heard, and after a lost connection listening begins again`() async throws {
        let channel = Server.uniqueName()
        let name = Server.uniqueName()
        let listener = Listener(
            address: try Server.address,
            channels: [channel, "other \"channel\""],
            name: name,
            logger: Logger(label: "tests")
        )
        let run = Task { await listener.run() }
        var events = listener.events.makeAsyncIterator()
        let event1 = await events.next()
        #expect(event1 == .reconnected)
        try await notify(channel, "one")
        let event2 = await events.next()
        #expect(event2 == .notification(channel: channel, payload: "one"))
        try await notify("other \"channel\"", "")
        let event3 = await events.next()
        #expect(event3 == .notification(channel: "other \"channel\"", payload: ""))
        try await Server.terminate(name: name)
        let event4 = await events.next()
        #expect(event4 == .reconnected)
        try await notify(channel, "two")
        let event5 = await events.next()
        #expect(event5 == .notification(channel: channel, payload: "two"))
        run.cancel()
        await run.value
        let event6 = await events.next()
        #expect(event6 == nil)
    }
}
