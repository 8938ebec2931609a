internal import FleetCore
internal import Platforms

extension FaultRule {
    /// What the call gets. `answer` is the answer without the fault.
    func reply(
        _ call: SimulatedCall,
        _ plan: CallPlan,
        _ platform: any SimulatedPlatform,
        _ world: World,
        chance: UInt64,
        answer: () -> SimulatedReply
    ) -> SimulatedReply {
        switch kind {
        case .rateLimited: return storm(call, plan, platform, world)
        case .disguised: return platform.disguise(call)
        case .serverError: return platform.trouble(call, chance)
        case .down: return .page(503, "Service Unavailable")
        case .latency: return answer()
        case .html: return .page(200, "Log in")
        case .empty: return SimulatedReply()
        case .redirect:
            return SimulatedReply(
                status: 302,
                headers: [Field("Location", text ?? "http://169.254.169.254/latest/meta-data/")]
            )
        case .gzipBomb:
            return SimulatedReply(
                headers: [Field("Content-Type", "application/json"), Field("Content-Encoding", "gzip")],
                body: GzipBomb.bytes(unpacked: bytes ?? 1 << 30)
            )
        case .hugeBody:
            return .json(Array(repeating: UInt8(ascii: " "), count: Int(bytes ?? 100 << 20)) + Array("{}".utf8))
        case .deepJSON: return .json(Array(repeating: UInt8(ascii: "["), count: Int(bytes ?? 100_000)))
        case .wrongEncoding:
            var reply = answer()
            reply.headers.append(Field("Content-Encoding", "gzip"))
            return reply
        case .truncated:
            var reply = answer()
            reply.body.removeLast(reply.body.count - reply.body.count / 2)
            return reply
        case .slowBody:
            var reply = answer()
            reply.delivery = .slow(Int(bytes ?? 1))
            return reply
        case .reset:
            var reply = answer()
            reply.delivery = .cut(after: Int(bytes ?? Int64(reply.body.count / 2)))
            return reply
        }
    }

    /// A refusal as if a window were full, with the headers that belong to it.
    private func storm(
        _ call: SimulatedCall,
        _ plan: CallPlan,
        _ platform: any SimulatedPlatform,
        _ world: World
    ) -> SimulatedReply {
        let rule = platform.limits.first { $0.endpoint == nil || $0.endpoint == plan.endpoint }
        let limit = max(1, rule?.limit ?? 1)
        let full = LimitStanding(
            rule: rule ?? BudgetRule("storm", .account, limit: limit, window: .sliding(.seconds(seconds))),
            limit: limit,
            used: limit,
            resetsAt: call.now + .seconds(seconds),
            isAllowed: false
        )
        var reply = platform.refusal(call, full, world)
        reply.headers += platform.headers(call, plan, [full], world)
        if let text {
            reply.headers.removeAll { $0.name.lowercased() == "retry-after" }
            if text != "none" { reply.headers.append(Field("Retry-After", text)) }
        }
        return reply
    }

    /// Whether the answer is the platform's usual one in its head, with the usual headers.
    var keepsHeaders: Bool {
        switch kind {
        case .latency, .slowBody, .reset, .truncated, .wrongEncoding, .disguised, .serverError: true
        case .rateLimited, .down, .html, .empty, .redirect, .gzipBomb, .hugeBody, .deepJSON: false
        }
    }
}
