//! The way out.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use alvara_domain::payment::PluginFaultKind as Kind;
use alvara_domain::time::UtcTime;
use alvara_gateway::{
    Answer, Blame, GatewayConfig, Happened, JournalEntry, KvPut, KvWritten, Place, ServiceFault,
    Services,
};

use crate::provider::{Provider, Reply};
use crate::tls::Authority;
use crate::world::{World, ask, config, inbound};

async fn fetch(world: &World, provider: &Provider, url: &str) -> String {
    world
        .tried(provider, &[("do", "fetch"), ("url", url)])
        .await
}

// R-PAY-03
#[tokio::test]
async fn other_hosts_are_out_of_reach() {
    let world = World::new().await;
    let provider = Provider::honest();
    let other = Provider::honest();
    for url in [
        other.base(),
        "https://evil.example/".to_owned(),
        // Asked for in the manifest, for production; this account is in the sandbox.
        "https://psp.example.com/".to_owned(),
        format!("http://{}.evil.example/", provider.address.ip()),
    ] {
        let answer = fetch(&world, &provider, &url).await;
        assert_eq!(answer, "refused host-not-allowed", "{url}");
    }
    let url = format!("http://x@{}/", provider.host());
    assert_eq!(fetch(&world, &provider, &url).await, "refused bad-request");
    assert!(other.seen().is_empty());
}

// R-PAY-03
#[tokio::test]
async fn addresses_inside_are_out_of_reach_whatever_their_name() {
    let inside = [
        "10.0.0.1",
        "169.254.169.254",
        "192.168.0.1",
        "100.64.0.1",
        "127.0.0.1",
    ];
    let mut names: BTreeMap<String, Vec<IpAddr>> = inside
        .iter()
        .enumerate()
        .map(|(at, ip)| {
            (
                format!("trap-{at}.example"),
                vec![ip.parse().expect("an address")],
            )
        })
        .collect();
    // A good address does not make up for a bad one.
    let both = ["203.0.114.1", "10.0.0.1"].map(|ip| ip.parse().expect("an address"));
    names.insert("both.example".to_owned(), both.to_vec());
    names.insert(
        "mapped.example".to_owned(),
        vec!["::ffff:10.0.0.1".parse().expect("an address")],
    );
    let hosts: Vec<String> = names
        .keys()
        .cloned()
        .chain(["10.0.0.1", "169.254.169.254", "127.0.0.1", "localhost"].map(str::to_owned))
        .chain(["[::1]", "[::ffff:127.0.0.1]", "[fd00::1]"].map(str::to_owned))
        .collect();
    for allow_loopback in [false, true] {
        let world = World::with(GatewayConfig {
            allow_loopback,
            names: names.clone(),
            ..config()
        })
        .await;
        for host in &hosts {
            let url = format!("https://{host}/");
            let account = world.account(&[host], "", &[("do", "fetch"), ("url", &url)]);
            let report = world
                .plugin
                .create(&world.for_account(account), &ask())
                .await;
            let answer = report.expect("an answer").raw_status;
            assert_eq!(
                answer, "refused host-not-allowed",
                "{host} {allow_loopback}"
            );
        }
    }
}

// R-PAY-03
#[tokio::test]
async fn loopback_and_plain_http_need_the_installations_setting() {
    let provider = Provider::honest();
    let world = World::with(GatewayConfig {
        allow_loopback: false,
        ..config()
    })
    .await;
    let answer = fetch(&world, &provider, &provider.base()).await;
    assert_eq!(answer, "refused host-not-allowed");
    assert!(provider.seen().is_empty());
}

// R-PAY-03
#[tokio::test]
async fn a_redirect_is_answered_and_not_followed() {
    let world = World::new().await;
    let target = Provider::honest();
    let location = target.base();
    let provider = Provider::new(move |_| {
        Reply::Answer(302, vec![("location", location.clone())], Vec::new())
    });
    let answer = fetch(&world, &provider, &provider.base()).await;
    assert!(answer.starts_with("302 "), "{answer}");
    assert!(
        answer.contains(&format!("location={}", target.base())),
        "{answer}"
    );
    assert!(target.seen().is_empty());
}

// R-PAY-03
#[tokio::test]
async fn headers_that_are_ours_cannot_be_smuggled() {
    let world = World::new().await;
    let provider = Provider::honest();
    let url = provider.base();
    for (name, value) in [
        ("Authorization", "Bearer stolen"),
        ("cookie", "a=b"),
        ("Host", "evil.example"),
        ("content-length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("connection", "keep-alive"),
        ("proxy-authorization", "x"),
        ("expect", "100-continue"),
        ("x-fine", "a\\r\\nhost: evil.example"),
        ("x fine", "a"),
        ("x-fine\r\nhost", "a"),
        ("x:fine", "a"),
    ] {
        let settings = [
            ("do", "fetch"),
            ("url", url.as_str()),
            ("header", name),
            ("value", value),
        ];
        let answer = world.tried(&provider, &settings).await;
        assert_eq!(answer, "refused bad-request", "{name:?}");
    }
    assert!(provider.seen().is_empty());
    let settings = [
        ("do", "fetch"),
        ("url", url.as_str()),
        ("header", "x-fine"),
        ("value", "yes"),
    ];
    world.tried(&provider, &settings).await;
    assert_eq!(provider.seen()[0].header("x-fine"), Some("yes"));
    // Beside the header that the host writes.
    let settings = [
        ("do", "fetch"),
        ("url", url.as_str()),
        ("auth", "header"),
        ("header", "X-API-Key"),
        ("value", "mine"),
    ];
    let answer = world.tried(&provider, &settings).await;
    assert_eq!(answer, "refused bad-request");
}

// R-PAY-03
#[tokio::test]
async fn credentials_are_put_on_by_the_host() {
    let world = World::new().await;
    let provider = Provider::honest();
    for (auth, header, value) in [
        ("bearer", "authorization", "Bearer api-key-of-the-account"),
        (
            "basic",
            "authorization",
            "Basic YXBpLXVzZXI6YXBpLWtleS1vZi10aGUtYWNjb3VudA==",
        ),
        ("header", "x-api-key", "Key api-key-of-the-account"),
    ] {
        world
            .create(&provider, &[("auth", auth)])
            .await
            .expect(auth);
        let seen = provider.seen();
        assert_eq!(seen.last().expect("one").header(header), Some(value));
    }
    let count = provider.seen().len();
    let fault = world.create(&provider, &[("auth", "ungranted")]).await;
    let fault = fault.expect_err("that secret is for signing");
    assert_eq!(fault.fault.kind, Kind::Unauthenticated);
    assert_eq!(provider.seen().len(), count);
}

// R-PAY-03
#[tokio::test]
async fn secrets_and_cookies_in_an_answer_are_not_seen() {
    let world = World::new().await;
    let provider = Provider::new(|request| {
        let key = request.header("authorization").unwrap_or("").to_owned();
        let headers = vec![("set-cookie", "a=b".to_owned()), ("x-echo", key.clone())];
        Reply::Answer(200, headers, format!("you said {key} !").into_bytes())
    });
    for auth in ["bearer", "basic"] {
        let url = provider.base();
        let settings = [("do", "fetch"), ("url", url.as_str()), ("auth", auth)];
        let answer = world.tried(&provider, &settings).await;
        assert!(answer.contains("you said B"), "{answer}");
        assert!(answer.contains("x-echo=B"), "{answer}");
        for hidden in ["api-key-of", "YXBp", "set-cookie"] {
            assert!(!answer.contains(hidden), "{answer}");
        }
    }
}

// R-PAY-03
#[tokio::test]
async fn an_answer_that_is_too_large_or_no_http_is_cut_off() {
    let world = World::new().await;
    let five_mib = || vec![b'x'; 5 << 20];
    let cases: Vec<(&str, Vec<u8>, &str)> = vec![
        (
            "honest length",
            [
                b"HTTP/1.1 200 x\r\ncontent-length: 5242880\r\n\r\n".to_vec(),
                five_mib(),
            ]
            .concat(),
            "refused too-large",
        ),
        (
            "no length",
            [b"HTTP/1.1 200 x\r\n\r\n".to_vec(), five_mib()].concat(),
            "refused too-large",
        ),
        (
            "chunks",
            [
                b"HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n500000\r\n".to_vec(),
                five_mib(),
            ]
            .concat(),
            "refused too-large",
        ),
        (
            "a length that promises too much",
            b"HTTP/1.1 200 x\r\ncontent-length: 999999999999\r\n\r\nx".to_vec(),
            "refused timeout-after-send",
        ),
        (
            "headers without end",
            [
                b"HTTP/1.1 200 x\r\n".to_vec(),
                b"x-more: yes\r\n".repeat(20_000),
            ]
            .concat(),
            "refused timeout-after-send",
        ),
        (
            "garbage",
            b"nonsense\r\n\r\n".to_vec(),
            "refused timeout-after-send",
        ),
        ("nothing", Vec::new(), "refused timeout-after-send"),
    ];
    for (what, bytes, expected) in cases {
        let provider = Provider::new(move |_| Reply::Raw(bytes.clone()));
        let answer = fetch(&world, &provider, &provider.base()).await;
        assert_eq!(answer, expected, "{what}");
    }
}

// R-PAY-03
#[tokio::test]
async fn what_left_and_what_did_not_are_told_apart() {
    let world = World::new().await;
    let silent = Provider::new(|_| Reply::Silence);
    let url = silent.base();
    let settings = [("do", "fetch"), ("url", url.as_str()), ("timeout", "200")];
    assert_eq!(
        world.tried(&silent, &settings).await,
        "refused timeout-after-send"
    );
    // A listener that is gone.
    let gone = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address").to_string()
    };
    let url = format!("http://{gone}/");
    let account = world.account(&[&gone], "", &[("do", "fetch"), ("url", &url)]);
    let report = world
        .plugin
        .create(&world.for_account(account), &ask())
        .await;
    assert_eq!(report.expect("an answer").raw_status, "refused connect");
    // Nobody speaks TLS there.
    let plain = Provider::new(|_| Reply::Silence);
    let url = format!("https://{}/", plain.host());
    let settings = [("do", "fetch"), ("url", url.as_str()), ("timeout", "300")];
    let answer = world.tried(&plain, &settings).await;
    assert!(
        ["refused timeout-before-send", "refused tls"].contains(&answer.as_str()),
        "{answer}"
    );
}

// R-PAY-03
#[tokio::test]
async fn a_webhook_changes_nothing_at_the_provider() {
    let world = World::new().await;
    let provider = Provider::honest();
    let url = provider.base();
    let call = world.call(&provider, &[]);
    world.plugin.health_check(&call).await.expect("a look");
    assert!(world.services.kept().journal.is_empty());
    let _ = world
        .plugin
        .handle_webhook(&call, &inbound(b"{}", None))
        .await;
    // The journal has what changes, whatever the guest says of it.
    for (method, mutating, noted) in [
        ("GET", "false", 0),
        ("POST", "false", 0),
        ("POST", "true", 1),
        ("PUT", "false", 2),
        ("DELETE", "false", 3),
    ] {
        let settings = [
            ("do", "fetch"),
            ("url", url.as_str()),
            ("method", method),
            ("mutating", mutating),
        ];
        world.tried(&provider, &settings).await;
        let journal = world.services.kept().journal;
        assert_eq!(journal.len(), noted, "{method} {mutating}");
    }
    for method in ["CONNECT", "TRACE", "OPTIONS", "get", "GET /x HTTP/1.1"] {
        let settings = [("do", "fetch"), ("url", url.as_str()), ("method", method)];
        assert_eq!(
            world.tried(&provider, &settings).await,
            "refused bad-request"
        );
    }
}

/// Services whose journal is broken.
pub(crate) struct NoJournal;

impl Services for NoJournal {
    fn kv_get<'a>(&'a self, _: &'a Place, _: &'a str, _: UtcTime) -> Answer<'a, Option<Vec<u8>>> {
        Box::pin(async { Ok(None) })
    }

    fn kv_put<'a>(&'a self, _: &'a Place, _: KvPut) -> Answer<'a, KvWritten> {
        Box::pin(async { Ok(KvWritten::Kept) })
    }

    fn kv_delete<'a>(&'a self, _: &'a Place, _: &'a str) -> Answer<'a, ()> {
        Box::pin(async { Ok(()) })
    }

    fn journal<'a>(&'a self, _: JournalEntry) -> Answer<'a, ()> {
        Box::pin(async { Err(ServiceFault("the disk is full".to_owned())) })
    }
}

// R-PAY-03
#[tokio::test]
async fn what_cannot_be_noted_does_not_leave() {
    let world = World::new().await;
    let provider = Provider::honest();
    let mut call = world.call(&provider, &[]);
    call.services = Arc::new(NoJournal);
    let fault = world
        .plugin
        .create(&call, &ask())
        .await
        .expect_err("not noted");
    assert_eq!(fault.blame, Blame::Host);
    assert_eq!(fault.happened, Happened::Host);
    assert_eq!(fault.fault.kind, Kind::Unavailable);
    assert!(!fault.may_have_happened);
    assert!(provider.seen().is_empty());
    assert_eq!(
        world.gateway.faults().of(world.plugin.digest(), "pac_1"),
        []
    );
}

// R-PAY-03
#[tokio::test]
async fn tls_is_checked_against_the_roots_and_the_name() {
    let authority = Authority::new();
    let stranger = Authority::new();
    let loopback: IpAddr = "127.0.0.1".parse().expect("an address");
    let world = World::with(GatewayConfig {
        roots_pem: vec![authority.pem()],
        names: [("psp.test".to_owned(), vec![loopback])].into(),
        ..config()
    })
    .await;
    for (acceptor, host, expected) in [
        (authority.server("127.0.0.1"), "127.0.0.1", "200 "),
        (authority.server("psp.test"), "psp.test", "200 "),
        (authority.server("other.test"), "psp.test", "refused tls"),
        (authority.server("psp.test"), "127.0.0.1", "refused tls"),
        (stranger.server("psp.test"), "psp.test", "refused tls"),
    ] {
        let provider = Provider::secure(acceptor, |_| Reply::text(200, "secure"));
        let host = format!("{host}:{}", provider.address.port());
        let url = format!("https://{host}/");
        let account = world.account(&[&host], "", &[("do", "fetch"), ("url", &url)]);
        let report = world
            .plugin
            .create(&world.for_account(account), &ask())
            .await;
        let answer = report.expect("an answer").raw_status;
        assert!(answer.starts_with(expected), "{host}: {answer}");
    }
}

// R-PAY-03
#[tokio::test]
async fn a_client_certificate_is_presented_by_its_name() {
    let authority = Authority::new();
    let world = World::with(GatewayConfig {
        roots_pem: vec![authority.pem()],
        ..config()
    })
    .await;
    let provider = Provider::secure(authority.mutual_server("127.0.0.1"), |request| {
        Reply::text(201, request.client.clone().unwrap_or_default())
    });
    let account = |settings: &[(&str, &str)]| {
        let mut account = world.account(&[&provider.host()], &provider.base(), settings);
        account
            .certs
            .insert("mtls".to_owned(), authority.client("the tenant"));
        account
            .certs
            .insert("another".to_owned(), authority.client("somebody"));
        account
    };
    let create = async |account| {
        world
            .plugin
            .create(&world.for_account(account), &ask())
            .await
    };
    let report = create(account(&[("cert", "mtls")]))
        .await
        .expect("presented");
    assert_eq!(report.raw_status, "the tenant");
    create(account(&[]))
        .await
        .expect_err("the server wants one");
    // It is there, yet the manifest does not ask for it.
    let fault = create(account(&[("cert", "another")]))
        .await
        .expect_err("not asked for");
    assert_eq!(fault.fault.kind, Kind::Unauthenticated);
    let mut ungranted = account(&[("cert", "mtls")]);
    ungranted.grants.certs.clear();
    let fault = create(ungranted).await.expect_err("not granted");
    assert_eq!(fault.fault.kind, Kind::Unauthenticated);
}

// R-PAY-03
#[tokio::test]
async fn slow_trickles_end_at_the_deadline() {
    let world = World::new().await;
    let provider = Provider::new(|_| {
        Reply::After(Duration::from_secs(30), Box::new(Reply::text(200, "late")))
    });
    let url = provider.base();
    let settings = [("do", "fetch"), ("url", url.as_str()), ("timeout", "300")];
    let start = std::time::Instant::now();
    let answer = world.tried(&provider, &settings).await;
    assert_eq!(answer, "refused timeout-after-send");
    assert!(start.elapsed() < Duration::from_secs(3));
}
