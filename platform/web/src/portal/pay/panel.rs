//! What there is to do by one method: to begin, to scan, to type, to go elsewhere, to wait.

use alvara_domain::charge::ChargeState;
use alvara_domain::charge::record::Charge;
use alvara_domain::payment::report::NextAction;
use alvara_render::Args;
use alvara_render::page::{Link, PayCode, PayEnd, PayPanel, PayPicture, PayStart};

use super::super::desk::Desk;
use super::super::tell::Tell;
use super::Payment;
use super::state::{Known, current, is_out_of_time, newest};
use crate::problem::Problem;

/// Pixels of a QR code, which is square.
const CODE: u32 = 260;
/// Pixels of a barcode.
const BARS: (u32, u32) = (440, 80);

/// The panel of a method, with why beginning failed just now.
pub(super) fn of(
    desk: &Desk,
    payment: &Payment,
    known: &Known,
    (method, problem): (&'static str, Option<&Problem>),
) -> PayPanel {
    let tell = desk.tell();
    let mut panel = PayPanel {
        title: tell.value("pay-method", &method),
        problem: problem.map(|problem| refused(desk, problem)),
        ..PayPanel::default()
    };
    match current(&known.charges, method, tell.now()) {
        Some(charge) => going_on(&mut panel, payment, charge, &tell),
        None => beginning(&mut panel, payment, known, (method, &tell)),
    }
    panel
}

/// Why a method could not be begun, for who pays. What the customer's record lacks is said by what
/// it is; whoever sells can add it.
fn refused(desk: &Desk, problem: &Problem) -> String {
    let tell = desk.tell();
    let lacking = problem.faults().iter().find_map(|fault| {
        match fault.pointer.strip_prefix("/customer/")? {
            "address" => Some("pay-lacks-address"),
            "tax_id" => Some("pay-lacks-tax-id"),
            "email" => Some("pay-lacks-email"),
            _ => Some("pay-lacks-other"),
        }
    });
    match lacking {
        Some(key) => tell.word(key),
        None => desk.sentence(problem),
    }
}

/// The button that begins, and what became of the charge before.
fn beginning(
    panel: &mut PayPanel,
    payment: &Payment,
    known: &Known,
    (method, tell): (&'static str, &Tell),
) {
    let before = newest(&known.charges, method);
    let ended = before.and_then(|charge| match charge.state {
        ChargeState::Failed => Some(match &charge.decline {
            Some(decline) => format!("pay-declined-{}", decline.advice),
            None => "pay-failed".to_owned(),
        }),
        ChargeState::Expired => Some("pay-expired".to_owned()),
        ChargeState::Canceled => Some("pay-called-off".to_owned()),
        _ if is_out_of_time(charge, tell.now()) => Some("pay-expired".to_owned()),
        _ => None,
    });
    let is_again = ended.is_some();
    if panel.problem.is_none() {
        panel.problem = ended.map(|key| tell.word(&key));
    }
    panel.steps.push(tell.value("pay-before", &method));
    let label = match (is_again, method) {
        (true, "pix") => "pay-again-pix",
        (true, _) => "pay-again",
        (false, "pix") => "pay-start-pix",
        (false, "boleto") => "pay-start-boleto",
        (false, _) => "pay-start-card",
    };
    panel.start = Some(PayStart {
        post: format!("{}/charge", payment.path()),
        method: method.to_owned(),
        label: tell.word(label),
    });
    // Money may be on its way by a code that ran out a moment ago.
    if before.is_some_and(|charge| charge.state.is_open()) {
        panel.check = Some(format!("{}/check", payment.path()));
    }
}

/// What the customer has to do now.
fn going_on(panel: &mut PayPanel, payment: &Payment, charge: &Charge, tell: &Tell) {
    panel.check = Some(format!("{}/check", payment.path()));
    let action = charge
        .action
        .as_ref()
        .filter(|_| charge.state == ChargeState::RequiresAction);
    match action {
        Some(NextAction::Qr {
            br_code,
            expires_at,
        }) => {
            panel.steps = ["pay-pix-open", "pay-pix-scan", "pay-pix-wait"]
                .map(|key| tell.word(key))
                .into();
            panel.codes.push(pix_code(br_code, tell));
            panel.pictures.push(pix_picture(payment, charge, tell));
            panel.end = expires_at.or(charge.expires_at).map(|end| PayEnd {
                instant: end.to_string(),
                text: tell.instant(end),
            });
        }
        Some(NextAction::Voucher {
            digitable_line,
            due_date,
            br_code,
            ..
        }) => {
            let due = Args::new().text("day", tell.date(*due_date));
            panel.steps = vec![
                tell.say("pay-boleto-due", due),
                tell.word("pay-boleto-type"),
                tell.word("pay-boleto-wait"),
            ];
            panel.codes.push(PayCode {
                label: tell.word("pay-boleto-line"),
                text: grouped(digitable_line),
                copy: digitable_line.clone(),
            });
            panel.pictures.push(PayPicture {
                src: format!("{}/bars/{}.svg", payment.path(), charge.id),
                alt: tell.word("pay-boleto-bars"),
                width: BARS.0,
                height: BARS.1,
            });
            if let Some(code) = br_code {
                panel.steps.push(tell.word("pay-boleto-pix"));
                panel.codes.push(pix_code(code, tell));
                panel.pictures.push(pix_picture(payment, charge, tell));
            }
            let slip = format!("{}/slip/{}.pdf", payment.path(), charge.id);
            panel
                .links
                .push(Link::new(slip, tell.word("pay-boleto-pdf")));
        }
        Some(NextAction::Redirect { url }) if url.starts_with("https://") || is_here(url) => {
            panel.steps.push(tell.word("pay-away-hint"));
            panel.away = Some(Link::new(url, tell.word("pay-away")));
        }
        _ => panel.steps.push(tell.word("pay-processing")),
    }
}

/// Whether an address is on this very machine, as a demonstration's provider is.
fn is_here(url: &str) -> bool {
    ["http://127.0.0.1:", "http://localhost:"]
        .iter()
        .any(|start| url.starts_with(start))
}

fn pix_code(code: &str, tell: &Tell) -> PayCode {
    PayCode {
        label: tell.word("pay-pix-code"),
        text: code.to_owned(),
        copy: code.to_owned(),
    }
}

fn pix_picture(payment: &Payment, charge: &Charge, tell: &Tell) -> PayPicture {
    PayPicture {
        src: format!("{}/qr/{}.svg", payment.path(), charge.id),
        alt: tell.word("pay-pix-picture"),
        width: CODE,
        height: CODE,
    }
}

/// The 47 digits as they are printed: `00190.00009 01234.567890 12345.678901 2 12340000019900`.
fn grouped(line: &str) -> String {
    const PARTS: [(usize, usize, char); 8] = [
        (0, 5, '.'),
        (5, 10, ' '),
        (10, 15, '.'),
        (15, 21, ' '),
        (21, 26, '.'),
        (26, 32, ' '),
        (32, 33, ' '),
        (33, 47, ' '),
    ];
    if line.len() != 47 || !line.bytes().all(|digit| digit.is_ascii_digit()) {
        return line.to_owned();
    }
    let mut text = String::with_capacity(54);
    for (from, to, sign) in PARTS {
        text.push_str(line.get(from..to).unwrap_or_default());
        text.push(sign);
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-PAY-05
    #[test]
    fn the_line_of_a_boleto_is_written_as_it_is_printed() {
        let line = "00190000090123456789012345678901212340000019900";
        assert_eq!(
            grouped(line),
            "00190.00009 01234.567890 12345.678901 2 12340000019900"
        );
        assert_eq!(grouped("123"), "123");
    }
}
