public import FleetCore
public import HTTPServer
internal import JSON
internal import Platforms

/// The two doors of connecting accounts as plain handlers, for whichever server mounts them. The caller says who asks and
/// for which workspace; nothing here trusts the request for that.
public struct ConnectEndpoints: Sendable {
    private let flow: ConnectFlow
    private let now: @Sendable () -> Instant

    /// Endpoints over a flow.
    public init(flow: ConnectFlow, now: @escaping @Sendable () -> Instant) {
        self.flow = flow
        self.now = now
    }

    /// Sends a user to the platform: 303 with the address, or a problem.
    public func begin(_ wish: ConnectFlow.Wish) async -> ServerResponse {
        await answering {
            let url = try await flow.begin(wish)
            return ServerResponse(
                status: 303,
                headers: [(name: "Location", value: url), (name: "Cache-Control", value: "no-store")]
            )
        }
    }

    /// Takes a user back: the accounts that are connected now, or a problem. Nothing of the query is repeated.
    public func callback(_ request: ServerRequest) async -> ServerResponse {
        await answering {
            let connected = try await flow.complete(request.queryItems, at: now())
            let document = JSONValue.array(
                connected.map { entry in
                    .object([
                        .init("account", .number(.integer(entry.account))),
                        .init("platform", .string(entry.platform.rawValue)),
                        .init("external_id", .string(entry.externalID)), .init("is_new", .bool(entry.isNew)),
                        .init("missing_scopes", .array(entry.missing.map { .string($0.name) })),
                    ])
                }
            )
            var response = ServerResponse.json(document.rendered())
            response.headers.append((name: "Cache-Control", value: "no-store"))
            return response
        }
    }

    private func answering(_ body: () async throws -> ServerResponse) async -> ServerResponse {
        do {
            return try await body()
        } catch let fault as ConnectFault {
            return .problem(Self.status(of: fault), fault.description)
        } catch {
            return .problem(503, "the connection could not be stored; begin again")
        }
    }

    private static func status(of fault: ConnectFault) -> Int {
        switch fault {
        case .unknownLogin: 404
        case .noApplication: 409
        case .badState, .denied, .noCode, .nothingToConnect: 400
        case .refused, .unreachable: 502
        }
    }
}
