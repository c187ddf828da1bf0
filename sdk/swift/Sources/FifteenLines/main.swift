// A licensed program: what docs/sdk.md shows in Python. It reads the key set of the product and the activation key
// from files beside it, and takes the platform's address.
import Alvara
import Foundation

var options = Options()
options.version = "2.0"
options.renewUrl = "https://lumen.example/renew?license={license}"
let keys = try String(contentsOfFile: "writer.jwks.json", encoding: .utf8)
let license = try Client(product: "writer", publicKey: keys, apiUrl: CommandLine.arguments[1], options: options)
var state = try license.check()
if !state.valid { state = try license.activate(String(contentsOfFile: "key.txt", encoding: .utf8)) }
print(state.valid ? state.message("pt-BR") : state.errorDetail ?? state.message("pt-BR"))
if !state.valid { exit(1) }
try license.onChange { now in print(now.message("pt-BR")) }
try license.start()
if license.hasModule("TILLS"), let tills = license.moduleValue("TILLS") { print(tills, "cash desks") }
try license.close()
