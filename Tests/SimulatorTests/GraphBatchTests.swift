import FleetCore
import JSON
import Platforms
import Testing

@testable import Simulator

@Suite struct GraphBatchTests {
    static let now = SimulatedInstagramTests.now
    static let account = SimulatedAccount(number: 7)
    let service = SimulatedService(SimulatorOptions(seed: 5))

    @Test func `a batch answers each part by itself, and one question about many ids fails as a whole`() throws {
        let truth = service.world[.instagram]
        let id = truth.posts(Self.account, limit: 1, at: Self.now)[0].id.externalID
        let parts =
            #"[{"method":"GET","relative_url":"v25.0/\#(id)?fields=id"},"#
            + #"{"method":"GET","relative_url":"v25.0/1?fields=id"}]"#
        let form = "batch=" + parts.utf8.map { "%" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let call = SimulatedCall(
            isPost: true,
            path: "/",
            body: Array(form.utf8),
            token: Self.account.token,
            now: Self.now
        )
        let batch = try #require(service.answer(call))
        let answers = try JSONValue(parsing: batch.body)
        #expect(batch.status == 200 && answers[0]?["code"] == 200 && answers[1]?["code"] == 400)
        #expect(answers[0]?["body"]?.string?.contains(id) == true)
        try #expect(JSONValue(parsing: service.statistics())["calls"] == 2)
        func ids(_ ids: String) throws -> SimulatedReply {
            let query = [Field("ids", ids), Field("fields", "id")]
            return try #require(
                service.answer(SimulatedCall(path: "/v25.0/", query: query, token: Self.account.token, now: Self.now))
            )
        }
        #expect(try JSONValue(parsing: ids("\(id),\(Self.account.externalID)").body).object?.count == 2)
        #expect(try ids("\(id),1").status == 400)
    }
}
