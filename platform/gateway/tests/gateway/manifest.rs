//! `plugin.toml`.

use alvara_gateway::{Manifest, OauthStyle, Use};

const FULL: &str = r#"
id = "pix"
version = "1.2.3"
contract = "alvara:payment@1.0.0"
[hosts]
production = ["pix.example.com.br", "[2001:db8::1]:8443"]
sandbox = ["pix-h.example.com.br"]
configurable = true
[secrets.client_id]
use = ["auth"]
label = "Client id"
required = true
[secrets.client_secret]
use = ["auth", "verify"]
[certs.mtls]
required = ["production"]
[oauth.pix]
token_url = { production = "https://pix.example.com.br/token", sandbox = "https://pix-h.example.com.br/token" }
style = "basic"
scope = "cob.write"
client_id = "client_id"
client_secret = "client_secret"
cert = "mtls"
[limits]
memory_mib = 16
http_calls = 20
wall_ms = 20000
[csp]
script = ["https://js.example.com"]
frame = []
"#;

// R-PAY-04
#[test]
fn a_manifest_is_read() {
    let manifest = Manifest::parse(FULL).expect("a manifest");
    assert_eq!(manifest.id, "pix");
    assert_eq!(manifest.version.to_string(), "1.2.3");
    assert!(manifest.hosts.configurable);
    assert!(
        manifest.secrets["client_secret"]
            .uses
            .contains(&Use::Verify)
    );
    assert_eq!(manifest.oauth["pix"].style, OauthStyle::Basic);
    let least = "id = \"pix\"\nversion = \"1.0.0\"\ncontract = \"alvara:payment@1.9.0\"\n";
    let manifest = Manifest::parse(least).expect("a manifest");
    assert_eq!(manifest.limits.memory_mib, 16);
}

// R-PAY-04
#[test]
fn what_is_wrong_with_a_manifest_is_said_with_its_place() {
    for (from, to, said) in [
        ("id = \"pix\"", "id = \"Pix\"", "id:"),
        ("id = \"pix\"", "id = \"p\"", "id:"),
        ("id = \"pix\"", "", "missing field `id`"),
        ("\"1.2.3\"", "\"1.2\"", "line 3"),
        ("payment@1.0.0", "payment@2.0.0", "contract"),
        ("alvara:payment@1.0.0", "other:thing@1.0.0", "contract"),
        ("configurable = true", "configurabel = true", "line 8"),
        (
            "pix.example.com.br\",",
            "*.example.com.br\",",
            "hosts.production",
        ),
        (
            "pix.example.com.br\",",
            "https://pix.example.com.br\",",
            "hosts.production",
        ),
        (
            "pix.example.com.br\",",
            "PIX.example.com.br\",",
            "hosts.production",
        ),
        ("[secrets.client_id]", "[secrets.\"a b\"]", "a b"),
        ("use = [\"auth\"]", "use = []", "without a use"),
        ("use = [\"auth\"]", "use = [\"read\"]", "line 10"),
        (
            "required = [\"production\"]",
            "required = [\"prod\"]",
            "line 16",
        ),
        (
            "client_id = \"client_id\"",
            "client_id = \"nobody\"",
            "oauth.pix",
        ),
        ("cert = \"mtls\"", "cert = \"none\"", "oauth.pix"),
        (
            "https://pix-h.example.com.br/token",
            "http://pix-h.example.com.br/token",
            "not https",
        ),
        ("style = \"basic\"", "style = \"digest\"", "line 19"),
        ("https://js.example.com", "js.example.com", "csp"),
        ("memory_mib = 16", "memory_mib = -1", "line 25"),
    ] {
        assert!(FULL.contains(from), "{from}");
        let text = FULL.replacen(from, to, 1);
        let error = Manifest::parse(&text).expect_err(to).to_string();
        assert!(error.contains(said), "{to}: {error}");
    }
}
