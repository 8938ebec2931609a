import Adapters
import FleetCore
import JSON
import Testing

struct TopologyTextTests {
    @Test func `an export as YAML holds every queue`() {
        let text = blockYAML(Topology().definitions(for: BrokerVersion(3, 10)).json)
        #expect(text.contains("  - name: jobs.instagram.normal\n"))
        #expect(text.contains("      x-delivery-limit: 5\n"))
        #expect(text.contains("routing_key: \"#\"\n"))
    }

    @Test func `YAML quotes what could be read as something else`() {
        let text = blockYAML(["a": "no", "b": "1", "c": "plain", "d": [], "e": [1, ["x": "y"]], "f": "a: b"])
        #expect(text == "a: \"no\"\nb: \"1\"\nc: plain\nd: []\ne:\n  - 1\n  - x: \"y\"\nf: \"a: b\"\n")
    }
}
