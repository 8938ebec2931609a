import Glibc
import HTTPServer
import Testing

/// Runs a program and returns its exit status, or nil when it is not installed.
func run(_ arguments: [String]) async -> CInt? {
    await blocking {
        guard let child = spawn(arguments) else { return nil }
        var status: CInt = 0
        waitpid(child, &status, 0)
        return (status >> 8) & 255
    }
}

/// Starts a program with its output thrown away; nil when it is not installed.
func spawn(_ arguments: [String]) -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for descriptor in 0..<CInt(3) { posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0) }
    var pointers = arguments.map { strdup($0) } as [UnsafeMutablePointer<CChar>?]
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }
    var child = pid_t()
    return posix_spawnp(&child, arguments[0], &actions, nil, pointers, environ) == 0 ? child : nil
}

@Suite("Against Python's websockets")
struct PythonPeerTests {
    @Test func `messages of all sizes go round and the close is clean`() async throws {
        guard await run(["python3", "-c", "import websockets"]) == 0 else { return }
        var options = WebSocketOptions()
        options.maximumMessageBytes = 1_000_000
        let wide = options
        let server = try HTTPServer { request in
            .webSocket(request, wide) { connection in
                for await message in connection.messages { connection.send(message) }
            }
        }
        let script = """
            import asyncio, websockets
            async def main():
                async with websockets.connect("ws://127.0.0.1:\(server.port)/", max_size=None, compression=None) as socket:
                    for size in (0, 1, 125, 126, 65535, 65536, 1000000):
                        await socket.send(b"x" * size)
                        assert await socket.recv() == b"x" * size
                    await socket.send("gr\\u00fc\\u00df")
                    assert await socket.recv() == "gr\\u00fc\\u00df"
                    await socket.send(["a", "b", "c"])
                    assert await socket.recv() == "abc"
                    await (await socket.ping())
                assert socket.close_code == 1000
            asyncio.run(main())
            """
        #expect(await run(["python3", "-c", script]) == 0)
        await server.stop(deadline: .zero)
    }
}
