//! Days to remember, as a file that any calendar takes (iCalendar, RFC 5545).

use std::fmt::Write as _;

use alvara_domain::civil_date::CivilDate;
use alvara_domain::time::UtcTime;

/// The longest line in octets, without its end (RFC 5545 §3.1).
const LINE: usize = 75;

/// A day to remember.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// By which a calendar knows it again: taken in a second time, it replaces the first.
    pub uid: String,
    /// The day, without a time.
    pub date: CivilDate,
    /// What the calendar shows.
    pub title: String,
    /// How many days before it the calendar speaks up.
    pub ahead: u32,
}

/// Writes a file of all-day events. `maker` is who hands it out: the format wants to know, and a
/// calendar may show it. `now` is when it was written.
#[must_use]
pub fn calendar(maker: &str, now: UtcTime, reminders: &[Reminder]) -> String {
    let mut file = String::new();
    line(&mut file, "BEGIN:VCALENDAR");
    line(&mut file, "VERSION:2.0");
    line(
        &mut file,
        &format!("PRODID:-//{}//Calendar//EN", text(maker)),
    );
    line(&mut file, "CALSCALE:GREGORIAN");
    line(&mut file, "METHOD:PUBLISH");
    for reminder in reminders {
        let title = text(&reminder.title);
        line(&mut file, "BEGIN:VEVENT");
        line(&mut file, &format!("UID:{}", text(&reminder.uid)));
        line(&mut file, &format!("DTSTAMP:{}", stamp(now)));
        let day = reminder.date.to_string().replace('-', "");
        line(&mut file, &format!("DTSTART;VALUE=DATE:{day}"));
        line(&mut file, &format!("SUMMARY:{title}"));
        line(&mut file, "TRANSP:TRANSPARENT");
        line(&mut file, "BEGIN:VALARM");
        line(&mut file, "ACTION:DISPLAY");
        line(&mut file, &format!("DESCRIPTION:{title}"));
        line(&mut file, &format!("TRIGGER:-P{}D", reminder.ahead));
        line(&mut file, "END:VALARM");
        line(&mut file, "END:VEVENT");
    }
    line(&mut file, "END:VCALENDAR");
    file
}

/// An instant in UTC, to the second.
fn stamp(instant: UtcTime) -> String {
    let written = instant.to_string();
    let digits = written.split('.').next().unwrap_or_default();
    let digits = digits.trim_end_matches('Z').replace(['-', ':'], "");
    format!("{digits}Z")
}

/// A text as a value (RFC 5545 §3.3.11).
fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            '\n' => escaped.push_str("\\n"),
            letter if letter.is_control() => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// Adds a line, folded where it is too long, never within a letter.
fn line(file: &mut String, content: &str) {
    let mut used = 0;
    for letter in content.chars() {
        if used + letter.len_utf8() > LINE {
            file.push_str("\r\n ");
            used = 1;
        }
        file.push(letter);
        used += letter.len_utf8();
    }
    let _ = file.write_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-PAY-05
    #[test]
    fn long_and_odd_texts_stay_within_the_format() {
        let title = format!("Vence: {}; a\\b, {}\nfim", "ã".repeat(60), "x".repeat(80));
        let reminder = Reminder {
            uid: "lic_1".to_owned(),
            date: "2027-02-28".parse().unwrap(),
            title,
            ahead: 7,
        };
        let now = UtcTime::from_micros(1_700_000_000_000_000).unwrap();
        let file = calendar("Casa; Acme", now, &[reminder]);
        assert!(file.lines().all(|line| line.len() <= LINE), "{file}");
        let whole = file.replace("\r\n ", "");
        for part in [
            "PRODID:-//Casa\\; Acme//Calendar//EN\r\n",
            "DTSTAMP:20231114T221320Z\r\n",
            "DTSTART;VALUE=DATE:20270228\r\n",
            "TRIGGER:-P7D\r\n",
            "ã\\; a\\\\b\\, x",
            "x\\nfim\r\n",
        ] {
            assert!(whole.contains(part), "{part}: {whole}");
        }
    }
}
