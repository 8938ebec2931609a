import HTTPClient
import HTTPServer
import Runtime
import Synchronization
import Testing

@Suite("The client's executor")
struct ExecutorTests {
    @Test func `pinned tasks send and receive on one thread`() async throws {
        let (server, client) = try pair { request in .text(request.path) }
        let url = server.url("/")
        let threads = await withTaskExecutorPreference(client.executor) {
            await withTaskGroup(of: Set<Int32>.self) { group in
                for index in 0..<16 {
                    group.addTask {
                        var seen: Set = [NamedThread.currentID]
                        let response = try? await client.send(HTTPRequest(url: url + "\(index)"))
                        #expect(response?.body == Array("/\(index)".utf8))
                        seen.insert(NamedThread.currentID)
                        return seen
                    }
                }
                return await group.reduce(into: Set<Int32>()) { $0.formUnion($1) }
            }
        }
        #expect(threads.count == 1)
        await server.stop()
    }

    @Test func `a pinned task goes on when the client is closed under it`() async throws {
        let gate = Gate()
        let (server, client) = try pair { _ in
            await gate.enter()
            return .text("late")
        }
        let url = server.url("/")
        let task = Task(executorPreference: client.executor) { () -> [HTTPError.Code] in
            var codes: [HTTPError.Code] = []
            for _ in 0..<3 {
                do throws(HTTPError) { _ = try await client.send(HTTPRequest(url: url)) } catch {
                    codes.append(error.code)
                }
                await Task.yield()
            }
            return codes
        }
        await gate.arrival()
        client.close()
        #expect(await task.value == [.closed, .closed, .closed])
        gate.open()
        await server.stop()
    }

    @Test func `the last reference may go away on the client's own thread`() async throws {
        let (server, client) = try pair { _ in .text("done") }
        let url = server.url("/")
        let box = Mutex<HTTPClient?>(client)
        func start() -> Task<Int?, Never> {
            let client = box.withLock { value in
                defer { value = nil }
                return value!
            }
            return Task(executorPreference: client.executor) { try? await client.send(HTTPRequest(url: url)).status }
        }
        #expect(await start().value == 200)
        await server.stop()
    }
}
