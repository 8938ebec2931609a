import Adapters
import Testing

struct ManagementAddressTests {
    @Test func `credentials and virtual host come from the broker's address when the URL has none`() throws {
        let address = try ManagementAddress(
            url: "http://127.0.0.1:15672",
            broker: "amqp://fleet:p%40ss@10.0.0.1:5672/my%2Ffleet"
        )
        #expect(address.origin == "http://127.0.0.1:15672")
        #expect(address.virtualHost == "my/fleet")
        #expect(address.host == "127.0.0.1")
    }

    @Test func `without a URL the broker's host and the usual port are taken`() throws {
        #expect(try ManagementAddress(url: nil, broker: "amqp://h:5672/").origin == "http://h:15672")
        #expect(try ManagementAddress(url: nil, broker: "amqps://h/").origin == "https://h:15671")
        #expect(try ManagementAddress(url: nil, broker: "amqp://[::1]:5672/x").origin == "http://[::1]:15672")
    }

    @Test(arguments: [("amqp://h", "/"), ("amqp://h/", "/"), ("amqp://h/%2F", "/"), ("amqp://h/fleet", "fleet")])
    func `the virtual host is the path`(url: String, host: String) throws {
        #expect(try ManagementAddress(url: nil, broker: url).virtualHost == host)
    }

    @Test func `a password never appears in the origin or in a message`() throws {
        let address = try ManagementAddress(url: "https://u:hunter2@h:15671/prefix", broker: nil)
        #expect(address.origin == "https://h:15671")
        for (url, broker) in [("u:hunter2@h", nil), (nil, "hunter2"), ("ftp://u:hunter2@h", nil)]
            as [(String?, String?)]
        {
            do throws(ManagementError) {
                _ = try ManagementAddress(url: url, broker: broker)
                Issue.record("\(url ?? "") \(broker ?? "") is accepted")
            } catch { #expect(!error.message.contains("hunter2") && error.code == .badAddress) }
        }
    }
}
