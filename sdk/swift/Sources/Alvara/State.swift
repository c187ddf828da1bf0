import CAlvara

/// How a license stands, for showing. New ones may come: have a `default` where you `switch`. `State.statusText` has
/// the text of all.
public enum Status: Int32 {
    /// Nothing stands in the way.
    case ok = 1
    /// It ends within the days that its terms warn.
    case expiring = 2
    /// A check is missed, or the license has ended and its grace runs.
    case grace = 3
    /// It is over.
    case expired = 4
    /// Without contact for too long; one contact sets it right.
    case checkOverdue = 5
    /// Somebody suspended it, or whoever holds or sold it.
    case suspended = 6
    /// It was revoked.
    case revoked = 7
    /// This machine is blocked.
    case blocked = 8
    /// Another machine, or a file copied from one.
    case deviceMismatch = 9
    /// There is nothing here yet, or no longer.
    case notActivated = 10
    /// The clock is behind what was seen.
    case clockTampered = 11
    /// What was kept was changed, or is older than what was seen.
    case tampered = 12
    /// The license is for later versions.
    case needsUpdate = 13
    /// A floating license, and no seat is held.
    case noSeat = 14
    /// Anything else, also what a newer library knows; `State.code` says what.
    case refused = 15
    /// What was kept cannot be read, for want of a right or a working disk. Nothing is overwritten.
    case unreadable = 16
}

/// How much the program may do.
public enum Access: Int32 {
    /// Nothing.
    case none = 0
    /// Open, read and export.
    case readOnly = 1
    /// Everything the license grants.
    case full = 2
}

/// A floating seat. Instants are seconds since 1970.
public struct Seat {
    /// Its id.
    public let id: String
    /// Until when it is held.
    public let until: Int64?
    /// Until when it is borrowed; nil where it is not.
    public let borrowedUntil: Int64?
}

/// How a license stood when it was asked: a value, read from the library when it is made. Instants are seconds since
/// 1970.
public struct State: CustomStringConvertible {
    /// Whether the program may go on. This alone decides; all else is for showing.
    public let valid: Bool
    /// How the license stands.
    public let status: Status
    /// The same as a stable text, such as `NOT_ACTIVATED`.
    public let statusText: String
    /// The code of the verdict behind it, such as `LEASE_EXPIRED`.
    public let code: String
    /// How much the program may do.
    public let access: Access
    /// Days until the expiry, rounded up; nil where it does not expire or there is none.
    public let daysLeft: Int64?
    /// When the license expires; nil where it does not, or there is none.
    public let expiresAt: Int64?
    /// Until when a grace runs; nil where none does.
    public let graceEndsAt: Int64?
    /// When the platform wants to be called; nil where there is no license.
    public let nextCheckAt: Int64?
    /// The license's id; nil where there is none.
    public let license: String?
    /// The machine's id; nil where there is none.
    public let machine: String?
    /// The kind of license, such as `subscription`; nil where there is none.
    public let kind: String?
    /// The unlocked modules, with what comes with each, such as a number of cash desks; nil where nothing does.
    public let modules: [String: String?]
    /// The floating seat that is held; nil where none is.
    public let seat: Seat?
    /// What differed, as JSON, as the platform says it; nil where nothing did.
    public let because: String?
    /// What the call could not do, such as `NO_CONNECTION` or `MACHINE_LIMIT`; nil where it went well. A program
    /// whose state is valid goes on whatever it says.
    public let error: String?
    /// What is known about that: the platform's sentence in the locale of the options, or what the system says.
    public let errorDetail: String?
    /// When it makes sense to try again; nil where nobody said.
    public let retryAt: Int64?

    private let messages: [String: String]
    private static let locales = ["en", "es", "it", "pt-BR"]

    /// A sentence for the person at the screen in `en`, `es`, `it` or `pt-BR`; English for any other.
    public func message(_ locale: String = "en") -> String {
        let wanted = State.language(locale)
        let known = State.locales.first { State.language($0) == wanted } ?? "en"
        return messages[known] ?? statusText
    }

    /// `statusText`.
    public var description: String { statusText }

    private static func language(_ locale: String) -> String {
        locale.split(whereSeparator: { $0 == "-" || $0 == "_" }).first.map { $0.lowercased() } ?? ""
    }

    /// Reads a state that stays the library's.
    init(lent from: OpaquePointer) {
        valid = alvara_state_valid(from)
        // What nobody knows of is refused, and grants nothing.
        status = Status(rawValue: alvara_state_status(from)) ?? .refused
        statusText = Alvara.lent(alvara_state_status_text(from)) ?? ""
        code = Alvara.lent(alvara_state_code(from)) ?? ""
        access = Access(rawValue: alvara_state_access(from)) ?? .none
        daysLeft = number { alvara_state_days_left(from, $0) }
        expiresAt = number { alvara_state_expires_at(from, $0) }
        graceEndsAt = number { alvara_state_grace_ends_at(from, $0) }
        nextCheckAt = number { alvara_state_next_check_at(from, $0) }
        license = Alvara.lent(alvara_state_license(from))
        machine = Alvara.lent(alvara_state_machine(from))
        kind = Alvara.lent(alvara_state_kind(from))
        var unlocked: [String: String?] = [:]
        for at in 0..<alvara_state_module_count(from) {
            guard let module = Alvara.lent(alvara_state_module_code(from, at)) else { break }
            unlocked.updateValue(Alvara.lent(alvara_state_module_value(from, at)), forKey: module)
        }
        modules = unlocked
        seat = Alvara.lent(alvara_state_seat(from)).map { id in
            Seat(
                id: id, until: number { alvara_state_seat_until(from, $0) },
                borrowedUntil: number { alvara_state_seat_borrowed_until(from, $0) })
        }
        because = Alvara.lent(alvara_state_because(from))
        error = Alvara.lent(alvara_state_error(from))
        errorDetail = Alvara.lent(alvara_state_error_detail(from))
        retryAt = number { alvara_state_retry_at(from, $0) }
        var sentences: [String: String] = [:]
        for locale in State.locales { sentences[locale] = Alvara.taken(alvara_state_message(from, locale)) }
        messages = sentences
    }

    /// Reads a state that is ours, and frees it.
    init(taken from: OpaquePointer) {
        defer { alvara_state_free(from) }
        self.init(lent: from)
    }
}

/// A newer build that the vendor signed.
public struct Update {
    /// Its version.
    public let version: String
    /// Where it is.
    public let url: String
    /// What is new.
    public let notes: String
    /// Of the file, in hexadecimal digits: compare it with the file before you run it.
    public let sha256: String
    /// Whether older builds must not run.
    public let mandatory: Bool

    /// Reads an update that is ours, and frees it.
    init(taken from: OpaquePointer) {
        defer { alvara_update_free(from) }
        version = lent(alvara_update_version(from)) ?? ""
        url = lent(alvara_update_url(from)) ?? ""
        notes = lent(alvara_update_notes(from)) ?? ""
        sha256 = lent(alvara_update_sha256(from)) ?? ""
        mandatory = alvara_update_mandatory(from)
    }
}
