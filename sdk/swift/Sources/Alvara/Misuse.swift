import CAlvara

/// The program did something wrong, or something that it needs is not there, such as a folder. How a license stands
/// is never an error: that is a `State`.
public struct Misuse: Error, CustomStringConvertible {
    /// What it was, as a text that stays the same: `NULL_ARGUMENT`, `NOT_UTF8`, `PUBLIC_KEY`, `ADDRESS`, `MACHINE`,
    /// `FOLDER`, `NOT_ACTIVATED`, `VERSION`, `VALUE`, `INTERNAL` of the library, and `INSIDE_LISTENER` for a call
    /// that a listener must not make.
    public let code: String
    /// A sentence about it.
    public let description: String

    /// `ALVARA_RESULT_…` of the header.
    static let ok: Int32 = 0
    static let notUtf8: Int32 = 2
    static let value: Int32 = 9

    init(code: String, description: String) {
        self.code = code
        self.description = description
    }

    /// What the library says of a result.
    init(result: Int32) {
        self.init(code: lent(alvara_result_code(result)) ?? "INTERNAL", description: lent(alvara_result_message(result, nil)) ?? "")
    }

    static func demand(_ result: Int32) throws {
        if result != ok { throw Misuse(result: result) }
    }
}
