import Adapters
import FleetCore
import HTTPServer
import JSON

/// The description of everything that can be asked, made of the operations themselves.
enum OpenAPI {
    static func document(_ operations: [Operation]) -> JSONValue {
        var paths: [JSONValue.Member] = []
        for operation in operations where !paths.contains(where: { $0.key == operation.path }) {
            let members = operations.filter { $0.path == operation.path }.map { operation in
                JSONValue.Member(operation.method.rawValue.lowercased(), described(operation))
            }
            paths.append(.init(operation.path, .object(members)))
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Flotilla", "version": .string(Flotilla.version),
                "description":
                    "What was collected in a workspace. Every figure says what it is, how complete and how final.",
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "servers": [["url": "/"]], "security": [["key": []]], "paths": .object(paths),
            "components": [
                "securitySchemes": [
                    "key": [
                        "type": "http", "scheme": "bearer", "description": "A key that `flotilla keys create` printed.",
                    ]
                ], "schemas": .object(Schema.components.map { .init($0.key, $0.value) }),
                "responses": ["Problem": problem],
            ],
        ]
    }

    private static func described(_ operation: Operation) -> JSONValue {
        var responses: [JSONValue.Member] = [
            .init(
                "200",
                [
                    "description": "The answer.",
                    "headers": [
                        "ETag": [
                            "schema": ["type": "string"],
                            "description": "Sent back in If-None-Match, 304 says: the same.",
                        ]
                    ], "content": ["application/json": ["schema": operation.schema]],
                ]
            ), .init("304", ["description": "Nothing changed since the answer with that ETag."]),
        ]
        let refusals: [Refusal.Kind] =
            [.invalidRequest, .unauthenticated] + (operation.role == .viewer ? [] : [.forbidden])
            + (operation.fields.contains(where: \.isInPath) ? [.notFound] : []) + [.tooManyRequests, .unavailable]
        for kind in refusals { responses.append(.init("\(kind.status)", ["$ref": "#/components/responses/Problem"])) }
        return [
            "operationId": .string(operation.name), "summary": .string(operation.summary),
            "x-required-role": .string(operation.role.rawValue),
            "parameters": .array(operation.fields.map(\.parameter)), "responses": .object(responses),
        ]
    }

    private static let problem: JSONValue = [
        "description": "Why there is no answer, by RFC 9457.",
        "content": ["application/problem+json": ["schema": Schema.named("Problem")]],
    ]
}
