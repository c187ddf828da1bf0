// swift-tools-version:5.5
import PackageDescription

let package = Package(
    name: "Alvara",
    platforms: [.macOS(.v10_15), .iOS(.v13)],
    products: [.library(name: "Alvara", targets: ["Alvara"])],
    targets: [
        // The header of sdk/c, and the library that goes with it.
        .systemLibrary(name: "CAlvara"),
        .target(name: "Alvara", dependencies: ["CAlvara"]),
        .executableTarget(name: "FifteenLines", dependencies: ["Alvara"])
    ]
)
