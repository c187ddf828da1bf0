use alvara_domain::armour::{ArmourError, Armoured, Label};
use proptest::prelude::*;

fn request() -> String {
    Armoured::new(Label::ActivationRequest, (0..100).collect()).write()
}

// R-LIC-06
#[test]
fn a_block_is_what_people_know_from_pem() {
    let text = request();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "-----BEGIN ALVARA ACTIVATION REQUEST-----");
    assert_eq!(
        lines[lines.len() - 1],
        "-----END ALVARA ACTIVATION REQUEST-----"
    );
    assert!(
        lines[1..lines.len() - 1]
            .iter()
            .all(|line| line.len() <= 64)
    );
    assert_eq!(
        Armoured::read_as(Label::ActivationRequest, &text).unwrap(),
        (0..100).collect::<Vec<u8>>()
    );
}

// R-LIC-06
#[test]
fn mail_may_touch_line_ends_and_blank_lines_only() {
    let text = request();
    for touched in [
        text.replace('\n', "\r\n"),
        format!("\n\n  {text}\n\n"),
        text.replace('\n', "  \n"),
        format!("\u{FEFF}{text}"),
        text.trim_end().to_owned(),
    ] {
        assert_eq!(
            Armoured::read(&touched).unwrap().body.len(),
            100,
            "{touched:?}"
        );
    }
}

// R-LIC-06
#[test]
fn a_damaged_block_is_refused_with_its_place() {
    let text = request();
    let damaged: Vec<(String, ArmourError)> = vec![
        (String::new(), ArmourError::Begin),
        ("hello".to_owned(), ArmourError::Begin),
        (format!("Dear Sir,\n{text}"), ArmourError::Begin),
        (format!("{text}Best regards"), ArmourError::Trailing),
        (format!("{text}{text}"), ArmourError::Trailing),
        (
            text.replace("ALVARA ACTIVATION REQUEST", "PRIVATE KEY"),
            ArmourError::UnknownLabel,
        ),
        (
            text.replace("END ALVARA ACTIVATION REQUEST", "END ALVARA COMPUTER KEY"),
            ArmourError::End,
        ),
        (
            text.replace("-----END ALVARA ACTIVATION REQUEST-----\n", ""),
            ArmourError::End,
        ),
        (
            text.replacen("AAEC", "AA!C", 1),
            ArmourError::Body { line: 2 },
        ),
        (
            text.replacen("\nAAEC", "\n\nAAEC", 1),
            ArmourError::Body { line: 2 },
        ),
        (text.replace("==", "="), ArmourError::Body { line: 4 }),
        ("x".repeat(300_000), ArmourError::TooLong),
    ];
    for (text, error) in damaged {
        let shown: String = text.chars().take(60).collect();
        assert_eq!(Armoured::read(&text).unwrap_err(), error, "{shown}");
    }
    assert_eq!(
        Armoured::read_as(Label::ComputerKey, &text),
        Err(ArmourError::OtherLabel {
            expected: Label::ComputerKey,
            found: Label::ActivationRequest
        })
    );
}

proptest! {
    // R-LIC-06
    #[test]
    fn a_block_carries_any_bytes(body in proptest::collection::vec(any::<u8>(), 0..2000), label in 0..Label::ALL.len()) {
        let block = Armoured::new(Label::ALL[label], body);
        prop_assert_eq!(Armoured::read(&block.write()).unwrap(), block);
    }

    // R-LIC-06
    #[test]
    fn any_text_is_a_block_or_an_error(text in any::<String>()) {
        let _ = Armoured::read(&text);
        let _ = Armoured::read(&format!("-----BEGIN ALVARA COMPUTER KEY-----\n{text}\n-----END ALVARA COMPUTER KEY-----"));
    }

    // R-LIC-06: one changed character is never read as the same block
    #[test]
    fn a_changed_block_is_another_or_none(
        body in proptest::collection::vec(any::<u8>(), 1..200), at in any::<proptest::sample::Index>(), to in "[A-Za-z0-9+/=\\-]",
    ) {
        let block = Armoured::new(Label::DeactivationReceipt, body);
        let mut text = block.write();
        let index = at.index(text.len());
        prop_assume!(text.as_bytes()[index] != b'\n' && text[index..=index] != to);
        text.replace_range(index..=index, &to);
        if let Ok(read) = Armoured::read(&text) {
            prop_assert_ne!(read, block);
        }
    }
}
