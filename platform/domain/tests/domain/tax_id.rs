//! Tax numbers, against published ones.

use alvara_domain::tax_id::{TaxId, TaxIdError, TaxIdKind};

fn number(kind: TaxIdKind, typed: &str) -> Result<String, TaxIdError> {
    TaxId::parse(kind, typed).map(|id| id.as_str().to_owned())
}

// R-TEN-09
#[test]
fn known_numbers_are_taken_however_they_are_typed() {
    for (kind, typed, normal) in [
        (TaxIdKind::Cpf, "529.982.247-25", "52998224725"),
        (TaxIdKind::Cpf, " 11144477735 ", "11144477735"),
        (TaxIdKind::Cpf, "123.456.789-09", "12345678909"),
        (TaxIdKind::Cnpj, "11.222.333/0001-81", "11222333000181"),
        (TaxIdKind::Cnpj, "00.000.000/0001-91", "00000000000191"),
        // The example of the Receita Federal for the alphanumeric one.
        (TaxIdKind::Cnpj, "12.ABC.345/01DE-35", "12ABC34501DE35"),
        (TaxIdKind::Cnpj, "12.abc.345/01de-35", "12ABC34501DE35"),
        (TaxIdKind::Piva, "IT 00743110157", "00743110157"),
        (TaxIdKind::Piva, "07643520567", "07643520567"),
        (TaxIdKind::Piva, "12345670017", "12345670017"),
    ] {
        assert_eq!(number(kind, typed), Ok(normal.to_owned()), "{typed}");
    }
}

// R-PAY-11
#[test]
fn a_number_stands_on_paper_with_its_name() {
    for (kind, typed, printed) in [
        (TaxIdKind::Cpf, "52998224725", "CPF 529.982.247-25"),
        (TaxIdKind::Cnpj, "11222333000181", "CNPJ 11.222.333/0001-81"),
        (TaxIdKind::Cnpj, "12abc34501de35", "CNPJ 12.ABC.345/01DE-35"),
        (TaxIdKind::Piva, "IT 00743110157", "P. IVA 00743110157"),
    ] {
        assert_eq!(TaxId::parse(kind, typed).unwrap().printed(), printed);
    }
}

// R-TEN-09
#[test]
fn a_single_mistyped_sign_is_found() {
    for (kind, good) in [
        (TaxIdKind::Cpf, "52998224725"),
        (TaxIdKind::Cnpj, "11222333000181"),
        (TaxIdKind::Cnpj, "12ABC34501DE35"),
        (TaxIdKind::Piva, "07643520567"),
    ] {
        for index in 0..good.len() {
            for other in '0'..='9' {
                let mut signs: Vec<char> = good.chars().collect();
                if signs[index] == other {
                    continue;
                }
                signs[index] = other;
                let typed: String = signs.into_iter().collect();
                // Luhn finds every single sign; modulo 11 takes a rest of 10 for 0, so there only a
                // mistyped check digit is found always.
                if kind == TaxIdKind::Piva || index >= good.len() - 2 {
                    assert_eq!(
                        number(kind, &typed),
                        Err(TaxIdError::Check { kind }),
                        "{typed}"
                    );
                }
            }
        }
    }
}

// R-TEN-09
#[test]
fn what_is_no_number_is_refused() {
    for (kind, typed) in [
        (TaxIdKind::Cpf, "5299822472"),
        (TaxIdKind::Cpf, "5299822472A"),
        (TaxIdKind::Cpf, "５２９９８２２４７２５"),
        (TaxIdKind::Cnpj, "12ABC34501DE3A"),
        (TaxIdKind::Cnpj, "12ABÇ34501DE35"),
        (TaxIdKind::Piva, "0764352056"),
        (TaxIdKind::Piva, ""),
    ] {
        assert_eq!(
            number(kind, typed),
            Err(TaxIdError::Shape { kind }),
            "{typed}"
        );
    }
    for (kind, typed) in [
        (TaxIdKind::Cpf, "111.111.111-11"),
        (TaxIdKind::Cnpj, "00000000000000"),
        (TaxIdKind::Piva, "00000000000"),
    ] {
        assert_eq!(
            number(kind, typed),
            Err(TaxIdError::Check { kind }),
            "{typed}"
        );
    }
}

// R-TEN-09
#[test]
fn a_number_says_itself_what_it_is() {
    let guess = |typed: &str, preferred| TaxId::guess(typed, preferred).map(|id| id.kind());
    let (cpf, piva) = (TaxIdKind::Cpf, TaxIdKind::Piva);
    assert_eq!(guess("12.ABC.345/01DE-35", piva), Ok(TaxIdKind::Cnpj));
    assert_eq!(guess("529.982.247-25", piva), Ok(cpf));
    assert_eq!(guess("07643520567", cpf), Ok(piva));
    assert_eq!(guess("IT07643520567", cpf), Ok(piva));
    // Both sums hold of this one: the tenant's language decides.
    assert_eq!(guess("10000000108", cpf), Ok(cpf));
    assert_eq!(guess("10000000108", piva), Ok(piva));
    assert_eq!(guess("123", cpf), Err(TaxIdError::Unknown));
    assert_eq!(
        guess("12345678901", cpf),
        Err(TaxIdError::Check { kind: cpf })
    );
}
