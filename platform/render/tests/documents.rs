//! Documents as a printer and a scanner see them: drawn by another program at 300 dots an inch, and
//! read back by a third.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should stop loudly"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use alvara_domain::money::Money;
use alvara_domain::payment::slip::Slip;
use alvara_render::Words;
use alvara_render::pdf::{self, DocumentKind, Invoice, InvoiceLine, Party};

/// Runs a program of `cargo xtask test`'s tools and answers what it prints.
fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let output = output.unwrap_or_else(|error| {
        panic!("{program} is needed ({error}): install poppler-utils and zbar-tools, or run cargo xtask test")
    });
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A place for files that goes away with the test.
struct Desk(PathBuf);

impl Desk {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("alvara-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn lay(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn text_of(pdf: &Path) -> String {
    // The blank that does not break is the same sign to a printer.
    run("pdftotext", &["-layout", pdf.to_str().unwrap(), "-"]).replace('\u{a0}', " ")
}

fn brl(minor: i64) -> Money {
    Money::new(minor, "BRL".parse().unwrap())
}

// R-PAY-11, R-PAY-02
#[test]
fn a_boleto_on_paper_is_scanned_typed_and_paid_by_pix() {
    let desk = Desk::new("slip");
    let words = Words::new().unwrap();
    let barcode = "00191684600002246740000001474166000000032817";
    let code = "00020126580014br.gov.bcb.pix0136123e4567-e12b-12d1-a456-4266554400005204000053039865802BR5913Fulano de Tal6008BRASILIA62070503***63041D3D";
    let slip = Slip {
        bank_name: "Banco do Brasil".to_owned(),
        bank_code: "001-9".to_owned(),
        beneficiary: vec!["ACME Soluções Ltda. — CNPJ 12.345.678/0001-95".to_owned()],
        payer: vec![
            "Fulano de Tal — CPF 451.646.324-81".to_owned(),
            "Alameda Franco, 1056 — Uberlândia MG".to_owned(),
        ],
        document: "PED-1".to_owned(),
        our_number: "14741660000000328".to_owned(),
        agency_account: "4042 / 61900".to_owned(),
        wallet: "17".to_owned(),
        issued_on: "2016-06-01".parse().unwrap(),
        due_on: "2016-07-05".parse().unwrap(),
        amount: brl(224_674),
        instructions: vec!["Após o vencimento, multa de 2 % e juros de 1 % ao mês.".to_owned()],
        barcode: barcode.to_owned(),
        digitable_line: "00190000090147416600400000328179168460000224674".to_owned(),
        br_code: Some(code.to_owned()),
    };
    let pdf = pdf::slip(&slip, &words, words.locale("pt-BR").unwrap()).unwrap();
    let pdf = desk.lay("slip.pdf", &pdf);
    let picture = desk.0.join("slip");
    run(
        "pdftoppm",
        &[
            "-r",
            "300",
            "-png",
            "-singlefile",
            pdf.to_str().unwrap(),
            picture.to_str().unwrap(),
        ],
    );
    let picture = desk.0.join("slip.png");
    let read = run(
        "zbarimg",
        &[
            "--quiet",
            "-S*.disable",
            "-Si25.enable",
            "-Sqrcode.enable",
            picture.to_str().unwrap(),
        ],
    );
    let mut read: Vec<&str> = read.lines().collect();
    read.sort_unstable();
    assert_eq!(read, [format!("I2/5:{barcode}"), format!("QR-Code:{code}")]);
    let text = text_of(&pdf);
    for expected in [
        "00190.00009 01474.166004 00000.328179 1 68460000224674",
        "R$ 2.246,74",
        "05/07/2016",
        "17 / 14741660000000328",
        "Ficha de compensação",
        "Após o vencimento, multa de 2 %",
    ] {
        assert!(text.contains(expected), "{expected} is missing in\n{text}");
    }
}

// R-PAY-11
#[test]
fn a_receipt_reads_the_same_in_every_language() {
    let desk = Desk::new("receipt");
    let words = Words::new().unwrap();
    let receipt = Invoice {
        kind: DocumentKind::Receipt,
        number: "2026-000123".to_owned(),
        issued_on: "2026-11-22".parse().unwrap(),
        due_on: None,
        paid_on: Some("2026-11-21".parse().unwrap()),
        paid_by: Some("PIX".to_owned()),
        seller: Party {
            name: "ACME Soluções".to_owned(),
            lines: vec!["CNPJ 12.345.678/0001-95".to_owned()],
        },
        buyer: Party {
            name: "Fulano & Cia (São Paulo)".to_owned(),
            lines: vec!["CPF 451.646.324-81".to_owned()],
        },
        lines: (1..=45)
            .map(|at| InvoiceLine {
                description: format!("Renovação da licença {at} do ACME Designer Professional para a matriz por um ano"),
                quantity: 2,
                unit: brl(19_990),
                total: brl(39_980),
            })
            .collect(),
        discount: Some(brl(-1_000)),
        surcharge: Some(brl(500)),
        total: brl(1_798_600),
        fiscal: vec!["NF-e 123, série 1".to_owned()],
        note: Some("Obrigado pela preferência.".to_owned()),
        verify_url: Some("https://acme.example/r/AB12".to_owned()),
        accent: [11, 93, 42],
    };
    for (locale, title, total, day) in [
        ("pt-BR", "Recibo", "R$ 17.986,00", "21/11/2026"),
        ("it", "Ricevuta", "17.986,00 R$", "21/11/2026"),
        ("es", "Recibo de pago", "17.986,00 R$", "21/11/2026"),
        ("en", "Receipt", "R$ 17,986.00", "2026-11-21"),
    ] {
        let bytes = receipt.pdf(&words, words.locale(locale).unwrap());
        assert!(bytes.len() < 60_000, "{} bytes", bytes.len());
        let pdf = desk.lay(&format!("{locale}.pdf"), &bytes);
        let text = text_of(&pdf);
        for expected in [
            title,
            total,
            day,
            "2026-000123",
            "Fulano & Cia (São Paulo)",
            "licença 45",
            "NF-e 123, série 1",
        ] {
            assert!(
                text.contains(expected),
                "{locale}: {expected} is missing in\n{text}"
            );
        }
        // Nothing that a reader of documents complains about, and every page there.
        let about = run("pdfinfo", &[pdf.to_str().unwrap()]);
        assert!(
            about.contains("Page size:       595 x 842 pts (A4)"),
            "{about}"
        );
        let pages: usize = about
            .lines()
            .find_map(|line| line.strip_prefix("Pages:"))
            .and_then(|count| count.trim().parse().ok())
            .unwrap();
        assert!((2..=4).contains(&pages), "{pages} pages");
        let picture = desk.0.join(locale);
        let last = pages.to_string();
        run(
            "pdftoppm",
            &[
                "-r",
                "150",
                "-png",
                "-singlefile",
                "-f",
                &last,
                "-l",
                &last,
                pdf.to_str().unwrap(),
                picture.to_str().unwrap(),
            ],
        );
        let read = run(
            "zbarimg",
            &[
                "--quiet",
                desk.0.join(format!("{locale}.png")).to_str().unwrap(),
            ],
        );
        assert_eq!(read.trim(), "QR-Code:https://acme.example/r/AB12");
    }
}
