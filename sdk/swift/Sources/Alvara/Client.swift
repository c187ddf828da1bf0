import CAlvara
import Foundation

/// The license of one program on one machine. It is there for as long as somebody holds it.
///
/// Any thread may use it. `check`, `state`, `hasModule` and `daysLeft` never wait for the network; what asks the
/// platform waits for it, so a program with windows calls it elsewhere than in the main thread.
public final class Client {
    private let client: OpaquePointer
    private let called: Callbacks

    /// The version of the library of C, such as `1.2.3`.
    public static var libraryVersion: String { lent(alvara_version()) ?? "" }

    /// Opens what the machine holds, and calls nobody. `publicKey` is a key set (JWKS) or a PEM, `apiUrl` an address
    /// that begins with `https://` (`http://` for this machine only).
    public init(product: String, publicKey: String, apiUrl: String, options: Options = Options()) throws {
        let called = Callbacks(clock: options.clock, metrics: options.metrics)
        var opened: OpaquePointer?
        try options.written(called) { written in
            let result = try given(product) { product in
                try given(publicKey) { publicKey in
                    try given(apiUrl) { apiUrl in alvara_init(product, publicKey, apiUrl, written, &opened) }
                }
            }
            try Misuse.demand(result)
        }
        guard let client = opened else { throw Misuse(code: "INTERNAL", description: "The library answered nothing.") }
        self.client = client
        self.called = called
        try Misuse.demand(alvara_on_change(client, Callbacks.change, called.userData))
    }

    /// Ends the loop, gives back a floating seat that is not borrowed, and frees the client.
    deinit {
        let (client, called) = (self.client, self.called)
        // The functions of the program live until none is called any more.
        let free = { withExtendedLifetime(called) { alvara_free(client) } }
        if Callbacks.isRunning {
            // The library would wait for the very function that we are inside of.
            DispatchQueue.global().async(execute: free)
        } else {
            free()
        }
    }

    /// How the license stands now; calls nobody.
    public func state() throws -> State { try asked(alvara_state(client)) }

    /// How the license stands now, from what the machine holds. A call at the platform that is due is made in the
    /// background; its result shows at the next check and by `onChange`.
    public func check() throws -> State { try asked(alvara_check(client)) }

    /// Activates this machine with an activation key. `name` is what people call the machine.
    public func activate(_ key: String, name: String? = nil) throws -> State {
        let client = try outside()
        return try asked(given(key) { key in try given(name) { name in alvara_activate(client, key, name) } })
    }

    /// Calls the platform now. Where it does not get through the state is that of `check`, with an error.
    public func validateOnline() throws -> State { try asked(alvara_validate_online(outside())) }

    /// Gives this machine's place back and forgets the license.
    public func deactivate() throws -> State { try asked(alvara_deactivate(outside())) }

    /// Keeps license and seat alive in a thread of the library, when the platform says and no sooner, until `close`.
    public func start() throws { try Misuse.demand(alvara_start(client)) }

    /// Ends the loop and gives back a floating seat that is not borrowed. The client can still be asked.
    public func close() throws { try Misuse.demand(alvara_close(outside())) }

    /// Whether the program may run and the license unlocks a module.
    public func hasModule(_ code: String) -> Bool {
        (try? given(code) { alvara_has_module(client, $0) }) ?? false
    }

    /// What comes with a module, such as a number of cash desks; nil where nothing does or it is not unlocked.
    public func moduleValue(_ code: String) -> String? {
        taken((try? given(code) { alvara_module_value(client, $0) }) ?? nil)
    }

    /// Days until the expiry, rounded up; nil where the license does not expire or there is none.
    public func daysLeft() -> Int64? { number { alvara_days_left(client, $0) } }

    /// Where the license is renewed: `Options.renewUrl` filled in; nil where none was said.
    public func renewUrl() -> String? { taken(alvara_renew_url(client)) }

    /// Has a function called with each state that differs from the one before, in whichever thread noticed it. It
    /// may ask how things stand; a call that asks the platform throws `INSIDE_LISTENER`. It lasts as long as the
    /// client, and must hold that weakly, or neither ever ends.
    public func onChange(_ listener: @escaping (State) -> Void) throws { called.add(listener) }

    /// The text to carry to the platform. Its answer goes to `offlineActivate`.
    public func offlineRequest(_ key: String, name: String? = nil) throws -> String {
        let client = try outside()
        return try text(given(key) { key in try given(name) { name in alvara_offline_request(client, key, name) } })
    }

    /// Takes what was carried back: an activation response, a newer computer key, or a revocation list.
    public func offlineActivate(_ text: String) throws -> State {
        let client = try outside()
        return try asked(given(text) { alvara_offline_activate(client, $0) })
    }

    /// Forgets the license and answers the receipt that proves it, to carry to the platform. Throws `NOT_ACTIVATED`
    /// where there is none.
    public func deactivateOffline() throws -> String { try text(alvara_deactivate_offline(outside())) }

    /// The receipt of the last `deactivateOffline`; nil where there is none.
    public func lastReceipt() -> String? { taken(alvara_last_receipt(client)) }

    /// Takes a floating seat, or the one that is held already; `borrowFor` so many seconds without a connection.
    public func takeSeat(borrowFor seconds: UInt32? = nil) throws -> State {
        let client = try outside()
        guard let seconds = seconds else { return try asked(alvara_take_seat(client)) }
        return try asked(alvara_take_seat_for(client, seconds))
    }

    /// A sign of life for the seat. The loop of `start` gives it by itself.
    public func keepSeat() throws -> State { try asked(alvara_keep_seat(outside())) }

    /// Takes the seat that is held along for so many seconds without a connection.
    public func borrowSeat(_ seconds: UInt32) throws -> State { try asked(alvara_borrow_seat(outside(), seconds)) }

    /// Gives the seat back.
    public func returnSeat() throws -> State { try asked(alvara_return_seat(outside())) }

    /// The newest build where it is newer than this program and signed by the vendor; else nil.
    public func checkUpdate(channel: String = "stable", platform: String = "any") throws -> Update? {
        let client = try outside()
        return try given(channel) { channel in
            try given(platform) { platform in alvara_check_update(client, channel, platform) }
        }.map(Update.init(taken:))
    }

    /// What the last call could not do; nil where it went well. A state has its own.
    public func lastError() -> String? { taken(alvara_last_error(client)) }

    /// A sentence about it in a language, or in that of the options; nil where the last call went well.
    public func lastErrorMessage(_ locale: String? = nil) -> String? {
        taken((try? given(locale) { alvara_last_error_message(client, $0) }) ?? nil)
    }

    /// The client, for calls that must not come from within the program's functions: the library would wait for the
    /// call that is waiting for them.
    private func outside() throws -> OpaquePointer {
        if Callbacks.isRunning {
            throw Misuse(code: "INSIDE_LISTENER", description: "A listener cannot make a call that asks the platform.")
        }
        return client
    }

    private func asked(_ answer: OpaquePointer?) throws -> State {
        guard let answer = answer else { throw misused() }
        return State(taken: answer)
    }

    private func text(_ answer: UnsafeMutablePointer<CChar>?) throws -> String {
        guard let text = taken(answer) else { throw misused() }
        return text
    }

    private func misused() -> Misuse { Misuse(code: lastError() ?? "INTERNAL", description: lastErrorMessage() ?? "") }
}
