// swift-tools-version: 6.2
import PackageDescription

// One list of settings per kind of target.
let common: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]
/// Wrappers over C libraries, and the runtime below them, spell out every unsafe operation.
let wrapper: [SwiftSetting] = common + [.strictMemorySafety()]

func system(_ name: String, _ pkgConfig: String?, _ package: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}
func library(_ name: String, _ dependencies: [Target.Dependency] = [], _ settings: [SwiftSetting] = common) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}
func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: common)
}
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: common)
}

let package = Package(
    name: "flotilla",
    products: [
        .executable(name: "flotilla", targets: ["Operator"]),
        .executable(name: "flotilla-simulator", targets: ["Simulator"]),
        .executable(name: "flotilla-aggregator", targets: ["Aggregator"]),
        .executable(name: "flotilla-conformance", targets: ["ConformanceProgram"]),
        .executable(name: "flotilla-dispatcher", targets: ["Dispatcher"]),
        .executable(name: "flotilla-gateway", targets: ["Gateway"]),
        .executable(name: "flotilla-worker", targets: ["Worker"]),
    ],
    targets: [
        // C libraries from Debian, each behind exactly one wrapper.
        system("CRabbitMQ", "librabbitmq", "librabbitmq-dev"),
        system("CPQ", "libpq", "libpq-dev"),
        system("COpenSSL", "openssl", "libssl-dev"),
        system("CCurl", "libcurl", "libcurl4-openssl-dev"),
        system("CYAML", "yaml-0.1", "libyaml-dev"),
        system("CMicroHTTPD", "libmicrohttpd", "libmicrohttpd-dev"),
        system("CWslay", nil, "libwslay-dev"),
        .target(name: "CLinux"),

        // Pure: types and decisions, no I/O.
        library("JSON"),
        library("FleetCore", ["JSON"]),
        library("Monitoring", ["JSON"]),
        library("Platforms", ["FleetCore", "JSON"]),
        library("Tables", ["FleetCore", "JSON"]),
        library("Conformance", ["Platforms", "FleetCore", "JSON"]),

        // Shells over the operating system and the C libraries.
        library("Runtime", ["CLinux"], wrapper),
        library("AMQP", ["CRabbitMQ", "Runtime"], wrapper),
        library("Postgres", ["CPQ", "Runtime"], wrapper),
        library("HTTPClient", ["CCurl", "Runtime"], wrapper),
        library("HTTPServer", ["CMicroHTTPD", "CWslay", "Runtime"], wrapper),
        library("Crypto", ["COpenSSL", "Runtime"], wrapper),
        library("YAML", ["CYAML"], wrapper),
        library("Configuration", ["JSON", "Runtime", "YAML"]),
        library(
            "Adapters",
            [
                "FleetCore", "JSON", "Platforms", "Tables", "AMQP", "Postgres", "HTTPClient", "HTTPServer", "Crypto",
                "YAML", "Configuration", "Runtime",
            ]
        ),

        // Programs: read the configuration, build the graph, run.
        program(
            "Operator",
            [
                "Adapters", "FleetCore", "JSON", "AMQP", "Postgres", "HTTPClient", "Crypto", "YAML", "Configuration",
                "Runtime", "Platforms", "Tables", "Monitoring",
            ]
        ),
        program(
            "Dispatcher",
            [
                "Adapters", "FleetCore", "JSON", "Platforms", "AMQP", "Postgres", "HTTPServer", "Configuration",
                "Runtime",
            ]
        ),
        program(
            "Worker",
            [
                "Adapters", "FleetCore", "JSON", "Platforms", "AMQP", "Postgres", "HTTPClient", "HTTPServer", "Crypto",
                "Configuration", "Runtime",
            ]
        ),
        program(
            "Aggregator",
            ["Adapters", "FleetCore", "JSON", "AMQP", "Postgres", "HTTPServer", "Configuration", "Runtime"]
        ),
        program(
            "Gateway",
            [
                "Adapters", "FleetCore", "JSON", "Postgres", "HTTPServer", "Configuration", "Crypto", "Runtime",
            ]
        ),
        program(
            "Simulator",
            ["FleetCore", "JSON", "Platforms", "HTTPServer", "Configuration", "Crypto", "Runtime"]
        ),

        program("ConformanceProgram", ["Conformance"]),

        // What another Swift service would write; a test runs it.
        .executableTarget(
            name: "EnqueueExample",
            dependencies: ["Adapters", "AMQP", "FleetCore", "Runtime"],
            path: "examples/swift",
            swiftSettings: common
        ),

        .target(
            name: "TestSupport",
            dependencies: ["FleetCore", "JSON", "Runtime", "Platforms", "Conformance"],
            path: "Tests/TestSupport",
            swiftSettings: common
        ),
        tests("JSONTests", ["JSON", "TestSupport"]),
        tests("MonitoringTests", ["Monitoring", "JSON", "TestSupport"]),
        tests("TablesTests", ["Tables", "FleetCore", "JSON", "TestSupport"]),
        tests("FleetCoreTests", ["FleetCore", "JSON", "TestSupport"]),
        tests("PlatformsTests", ["Platforms", "Conformance", "FleetCore", "JSON", "TestSupport"]),
        .target(
            name: "Beacon",
            dependencies: ["Platforms", "FleetCore", "JSON"],
            path: "Tests/Beacon",
            swiftSettings: common
        ),
        tests(
            "WorkerTests",
            [
                "Worker", "Beacon", "Conformance", "Adapters", "Platforms", "FleetCore", "JSON", "Postgres",
                "HTTPClient",
                "HTTPServer",
                "Crypto", "Runtime", "TestSupport",
            ]
        ),
        tests("RuntimeTests", ["Runtime", "TestSupport"]),
        tests("AMQPTests", ["AMQP", "Runtime", "TestSupport"]),
        tests("PostgresTests", ["Postgres", "Runtime", "TestSupport"]),
        tests("HTTPTests", ["HTTPClient", "HTTPServer", "Runtime", "TestSupport"]),
        tests("CryptoTests", ["Crypto", "TestSupport"]),
        tests("ConfigurationTests", ["Configuration", "YAML", "Runtime", "TestSupport"]),
        tests("AdaptersTests", ["Adapters", "FleetCore", "JSON", "TestSupport"]),
        tests("SimulatorTests", ["Simulator", "Platforms", "FleetCore", "JSON", "TestSupport"]),
        tests(
            "IntegrationTests",
            [
                "Adapters", "AMQP", "Postgres", "HTTPClient", "HTTPServer", "FleetCore", "JSON", "Platforms", "Runtime",
                "Configuration", "Crypto", "Operator", "Aggregator", "Dispatcher", "Gateway", "Tables", "Monitoring",
                "TestSupport", "EnqueueExample",
            ]
        ),
    ]
)
