@_exported public import Conformance
public import FleetCore
internal import Platforms

extension ConformanceCase {
    /// The folders of cases: answers as they were recorded, and further ones made from what the platforms document.
    public static let folders = ["platforms", "further"]

    /// The cases of a platform. Traps when a file is not of the form.
    public static func all(of platform: PlatformName) -> [ConformanceCase] {
        folders.flatMap { CaseFiles().entries(at: "\(Fixtures.root)/\($0)/\(platform.rawValue)") }.map { entry in
            switch entry.result {
            case .success(let found): return found
            case .failure(let fault): fatalError("\(entry.name): \(fault)")
            }
        }
    }

    /// The cases of every platform that the registry holds.
    public static let all: [ConformanceCase] = PlatformRegistry.all.flatMap { all(of: $0.name) }
}
