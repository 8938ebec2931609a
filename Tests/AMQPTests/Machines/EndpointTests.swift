import Testing

@testable import AMQP

@Suite("Endpoint")
struct EndpointTests {
    @Test func `defaults fill what an address leaves out`() throws {
        let endpoint = try Endpoint(url: "amqp://broker")
        #expect(endpoint.host == "broker")
        #expect(endpoint.port == 5672)
        #expect(endpoint.user == "guest")
        #expect(endpoint.password == "guest")
        #expect(endpoint.virtualHost == "/")
        #expect(endpoint.tls == nil)
        #expect(endpoint.heartbeat == .seconds(15))
    }

    @Test func `every part is read`() throws {
        let endpoint = try Endpoint(
            url: "amqps://us%40er:p%3Aw%2F@[::1]:5700/a%2Fb?heartbeat=3&cacertfile=%2Fca.pem&certfile=c&keyfile=k"
        )
        #expect(endpoint.host == "::1")
        #expect(endpoint.port == 5700)
        #expect(endpoint.user == "us@er")
        #expect(endpoint.password == "p:w/")
        #expect(endpoint.virtualHost == "a/b")
        #expect(endpoint.heartbeat == .seconds(3))
        #expect(endpoint.tls == Endpoint.TLS(authorities: "/ca.pem", certificate: "c", key: "k"))
    }

    @Test func `the description holds no secret`() throws {
        let endpoint = try Endpoint(url: "amqps://user:secret@host:1/v")
        #expect(endpoint.description == "amqps://host:1/v")
    }

    @Test(arguments: [
        "http://x", "amqp://", "amqp://h:0", "amqp://h:65536", "amqp://h:x", "amqp://u%zz@h", "amqp://h/%4",
        "amqp://h?heartbeat=0", "amqp://h?cacertfile=x", "amqp://h?unknown=1", "amqp://[::1]x", "",
    ]) func `a broken address is refused without its password`(address: String) {
        #expect(throws: AMQPError.self) { try Endpoint(url: address) }
    }
}
