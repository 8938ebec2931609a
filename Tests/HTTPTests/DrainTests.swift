import HTTPClient
import HTTPServer
import Runtime
import Testing

@Suite("Drain and cancellation")
struct DrainTests {
    @Test func `a request under way is finished, later ones are not taken`() async throws {
        let gate = Gate()
        let (server, client) = try pair { _ in
            await gate.enter()
            return .text("done")
        }
        let url = server.url("/")
        async let response = client.send(HTTPRequest(url: url))
        await gate.arrival()
        async let stopped: Void = server.stop(deadline: .seconds(10))
        // The listener closes at once; until then a connection may still be taken, and then it is answered like the first.
        gate.open()
        #expect(try await response.body == Array("done".utf8))
        await stopped
        let error = await #expect(throws: HTTPError.self) { try await client.send(HTTPRequest(url: url)) }
        #expect(error?.code == .connect || error?.code == .reset)
    }

    @Test func `at the deadline a handler is cancelled and its client told 503`() async throws {
        let gate = Gate()
        let (server, client) = try pair { _ in
            await gate.enter()
            return .text("never")
        }
        let url = server.url("/")
        async let response = client.send(HTTPRequest(url: url))
        await gate.arrival()
        await server.stop(deadline: .zero)
        #expect(try await response.status == 503)
        gate.open()
    }

    @Test func `a stop without patience under full load ends in order`() async throws {
        // The library ends the whole process when it is stopped with a suspended connection.
        for _ in 0..<20 {
            let (server, client) = try pair { _ in
                await Task.yield()
                return .text("done")
            }
            let url = server.url("/")
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        while (try? await client.send(HTTPRequest(url: url)).status) == 200 {}
                    }
                }
                #expect((try? await client.send(HTTPRequest(url: url)).status) == 200)
                await server.stop(deadline: .zero)
            }
            await #expect(throws: HTTPError.self) { try await client.send(HTTPRequest(url: url)) }
        }
    }

    @Test func `cancelling run drains the server`() async throws {
        let (server, client) = try pair { _ in .text("done") }
        let running = Task { await server.run() }
        #expect(try await client.send(HTTPRequest(url: server.url("/"))).status == 200)
        running.cancel()
        await running.value
        await #expect(throws: HTTPError.self) { try await client.send(HTTPRequest(url: server.url("/"))) }
    }

    @Test func `a server that is dropped stops`() async throws {
        var server: HTTPServer? = try HTTPServer { _ in .text("done") }
        weak let watched = server
        // Ends the thread and joins it before it returns.
        server = nil
        #expect(watched == nil)
    }

    @Test func `a port that is taken is said`() async throws {
        let server = try HTTPServer { _ in .text("done") }
        let error = #expect(throws: HTTPServerError.self) {
            try HTTPServer(HTTPServerOptions(port: server.port)) { _ in .text("") }
        }
        #expect(error?.code == .bind)
        let bad = #expect(throws: HTTPServerError.self) {
            try HTTPServer(HTTPServerOptions(address: "localhost")) { _ in .text("") }
        }
        #expect(bad?.code == .badAddress)
        await server.stop()
    }

    @Test func `a cancelled task gives up its transfer`() async throws {
        let gate = Gate()
        let (server, client) = try pair { _ in
            await gate.enter()
            return .text("late")
        }
        let url = server.url("/")
        let task = Task { try await client.send(HTTPRequest(url: url)) }
        await gate.arrival()
        task.cancel()
        let error = await #expect(throws: HTTPError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        gate.open()
        #expect(try await client.send(HTTPRequest(url: url)).status == 200)
        await server.stop()
    }

    @Test func `a task cancelled before sends nothing`() async throws {
        let (server, client) = try pair { _ in .text("done") }
        let url = server.url("/")
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await client.send(HTTPRequest(url: url))
        }
        let error = await #expect(throws: HTTPError.self) { try await task.value }
        #expect(error?.code == .cancelled)
        await server.stop()
    }

    @Test func `closing the client fails what is under way`() async throws {
        let gate = Gate()
        let (server, client) = try pair { _ in
            await gate.enter()
            return .text("late")
        }
        let url = server.url("/")
        let task = Task { try await client.send(HTTPRequest(url: url)) }
        await gate.arrival()
        client.close()
        let error = await #expect(throws: HTTPError.self) { try await task.value }
        #expect(error?.code == .closed)
        let later = await #expect(throws: HTTPError.self) { try await client.send(HTTPRequest(url: url)) }
        #expect(later?.code == .closed)
        gate.open()
        await server.stop()
    }
}
