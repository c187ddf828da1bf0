//! What a bad plugin does. Each answers, where it gets that far, with what it achieved as the raw
//! status, so that the tests can see it.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::bindings::alvara::payment::types::{
    CallContext, ChargeRequest, ChargeState, ErrorKind, HttpHeader, Money, NextAction, PluginError,
    PspRef, RedirectAction, VoucherAction,
};
use crate::bindings::alvara::payment::{clock, http, kv, log, random, secrets};
use crate::honest::{self, brl};
use crate::{error, setting};

/// Calls that this instance answered: more than one means that state lives on.
static CALLS: AtomicU32 = AtomicU32::new(0);

pub(crate) fn spin() {
    let mut turns = 0_u64;
    while black_box(turns) < u64::MAX {
        turns = black_box(turns).wrapping_add(1) % (u64::MAX - 1);
    }
}

/// Keeps something, and looks whether it is there.
pub(crate) fn keep() -> Result<(), PluginError> {
    let is_kept = kv::set("seen", b"once", None).is_ok();
    match kv::get("seen") {
        Some(value) if is_kept && value == b"once" => Ok(()),
        _ => Err(error(ErrorKind::Internal, "nothing can be kept")),
    }
}

fn grow() -> usize {
    let mut hoard: Vec<Vec<u8>> = Vec::new();
    loop {
        hoard.push(black_box(vec![1; 1 << 20]));
        if hoard.len() > 4096 {
            return hoard.len();
        }
    }
}

fn recurse(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    if depth == u64::MAX {
        return 0;
    }
    recurse(depth + 1).wrapping_add(frame[3])
}

fn fetch(ctx: &CallContext, url: &str) -> String {
    let mut request = honest::request(ctx, "GET", url.to_owned());
    let timeout = setting(&ctx.config, "timeout");
    request.timeout_ms = timeout.parse().unwrap_or(request.timeout_ms);
    let name = setting(&ctx.config, "header");
    if !name.is_empty() {
        request.headers.push(HttpHeader {
            name: name.to_owned(),
            value: setting(&ctx.config, "value").replace("\\r\\n", "\r\n"),
        });
    }
    let method = setting(&ctx.config, "method");
    if !method.is_empty() {
        request.method = method.to_owned();
    }
    request.mutating = setting(&ctx.config, "mutating") == "true";
    match http::send(&request) {
        Ok(response) => {
            let headers: Vec<_> = response
                .headers
                .iter()
                .map(|header| format!("{}={}", header.name, header.value))
                .collect();
            let status = response.status;
            format!("{status} {} {}", headers.join(","), honest::text(response))
        }
        Err(problem) => format!("refused {}", problem.name()),
    }
}

/// Charges that make no sense, by name.
fn nonsense(what: &str) -> ChargeState {
    let mut state = honest::state("nonsense".to_owned());
    match what {
        "currency" => {
            state.captured = Money {
                minor: 1,
                currency: "ZZZ".to_owned(),
            }
        }
        "negative" => state.captured = brl(-1),
        "absurd" => state.captured = brl(i64::MAX),
        "http-redirect" => {
            state.action = Some(NextAction::Redirect(RedirectAction {
                url: "http://psp.example.com/pay".to_owned(),
            }))
        }
        "script-redirect" => {
            state.action = Some(NextAction::Redirect(RedirectAction {
                url: "javascript:alert(1)".to_owned(),
            }))
        }
        "barcode" => {
            state.action = Some(NextAction::Voucher(VoucherAction {
                barcode: "12345".to_owned(),
                digitable_line: "0".repeat(47),
                due_date: "2026-12-31".to_owned(),
                br_code: None,
                hosted_url: None,
            }))
        }
        "refs" => {
            state.refs = (0..65)
                .map(|number| PspRef {
                    kind: "id".to_owned(),
                    value: number.to_string(),
                })
                .collect()
        }
        "date" => state.settles_on = Some("2026-02-31".to_owned()),
        "instant" => state.paid_at = Some(u64::MAX),
        "long-text" => state.raw_status = "x".repeat(300_000),
        "refunded-more" => state.refunded = brl(1),
        _ => state.refs[0].value = "line\nbreak".to_owned(),
    }
    state
}

pub(crate) fn create(ctx: &CallContext, req: &ChargeRequest) -> Result<ChargeState, PluginError> {
    let what = |key: &str| setting(&ctx.config, key);
    let answer = match what("do") {
        "" => return honest::create(ctx, req),
        "spin" => {
            spin();
            String::new()
        }
        "create-then-spin" => {
            honest::create(ctx, req)?;
            spin();
            String::new()
        }
        "create-then-trap" => {
            honest::create(ctx, req)?;
            panic!("after the request")
        }
        "endless-host-calls" => loop {
            black_box(clock::now_ms());
        },
        "grow" => grow().to_string(),
        "trap" => panic!("on purpose"),
        "recurse" => recurse(0).to_string(),
        "flood-log" => {
            let line = what("line").repeat(what("times").parse().unwrap_or(1));
            for _ in 0..10_000 {
                log::write(log::Level::Error, &line);
            }
            "flooded".to_owned()
        }
        "log" => {
            log::write(log::Level::Info, what("line"));
            "logged".to_owned()
        }
        "huge-answer" => "x".repeat(8 << 20),
        "many-calls" => (0..25)
            .map(|_| fetch(ctx, what("url")))
            .filter(|answer| answer.starts_with("200"))
            .count()
            .to_string(),
        "fetch" => fetch(ctx, what("url")),
        "sign" => match secrets::mac_sign(what("secret"), secrets::Mac::HmacSha256, b"forged") {
            Ok(tag) => tag.iter().map(|byte| format!("{byte:02x}")).collect(),
            Err(problem) => format!("refused {}", problem.name()),
        },
        "equals" => match secrets::equals(what("secret"), what("candidate").as_bytes()) {
            Ok(same) => same.to_string(),
            Err(problem) => format!("refused {}", problem.name()),
        },
        "exists" => secrets::exists(what("secret")).to_string(),
        "remember" => CALLS.fetch_add(1, Ordering::Relaxed).to_string(),
        "kv-set" => format!(
            "{:?}",
            kv::set(what("key"), what("value").as_bytes(), None).is_ok()
        ),
        "kv-get" => kv::get(what("key")).map_or("nothing".to_owned(), |value| {
            String::from_utf8_lossy(&value).into_owned()
        }),
        "kv-fill" => (0..100)
            .filter(|number| kv::set(&format!("key-{number}"), b"x", None).is_ok())
            .count()
            .to_string(),
        "kv-huge" => kv::set("huge", &[0; 16 * 1024 + 1], None)
            .is_ok()
            .to_string(),
        "random" => {
            let hashed: HashMap<u8, u8> = random::bytes(4096).into_iter().map(|b| (b, b)).collect();
            (hashed.len() > 64).to_string()
        }
        "random-too-much" => random::bytes(4097).len().to_string(),
        "clock" => format!(
            "{} {} {}",
            clock::now_ms() / 60_000,
            clock::today(what("zone")),
            clock::is_bank_holiday(what("date"), "BR")
        ),
        "say" => return Err(error(ErrorKind::Conflict, what("line"))),
        odd => return Ok(nonsense(odd)),
    };
    Ok(honest::state(answer))
}
