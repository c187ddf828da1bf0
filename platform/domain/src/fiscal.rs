//! Documents that a tax office wants of what was sold: NF-e, NFS-e, fattura elettronica. A fiscal
//! system issues them elsewhere; here is kept which one belongs to which receipt or credit note.

use serde::Serialize;
use thiserror::Error;

use crate::id::InvoiceId;
use crate::invoice::Invoice;
use crate::tax_id::{modulo_11, value};
use crate::time::UtcTime;

crate::text_enum! {
    /// Which document it is.
    pub enum FiscalKind {
        /// Brazil, of goods: nota fiscal eletrônica. It has an access key.
        Nfe = "nfe",
        /// Brazil, of services: nota fiscal de serviço eletrônica.
        Nfse = "nfse",
        /// Italy: fattura elettronica.
        Fattura = "fattura",
        /// Any other.
        Other = "other",
    }
}

impl FiscalKind {
    /// How it is called on paper, which is the same in every language; nothing of any other.
    #[must_use]
    pub const fn printed(self) -> &'static str {
        match self {
            Self::Nfe => "NF-e",
            Self::Nfse => "NFS-e",
            Self::Fattura => "Fattura elettronica",
            Self::Other => "",
        }
    }
}

crate::text_enum! {
    /// Whether a document holds.
    pub enum FiscalStatus {
        /// It does.
        Issued = "issued",
        /// It was called off at the tax office.
        Canceled = "canceled",
    }
}

crate::text_enum! {
    /// How a receipt or a credit note stands with the tax office.
    pub enum FiscalState {
        /// Nobody wrote a document back yet.
        Missing = "missing",
        /// It has a document that holds.
        Issued = "issued",
        /// Its document was canceled and none has replaced it.
        Canceled = "canceled",
    }
}

/// Why a text is no access key of an NF-e.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum AccessKeyError {
    /// Too short, too long, or signs that the key does not have.
    #[error("the access key of an NF-e has 44 digits")]
    Shape,
    /// The check digit does not fit: something was mistyped.
    #[error("the check digit of this access key is wrong")]
    Check,
}

/// Reads the access key of an NF-e; blanks between its groups are dropped. Its twelve signs from the
/// seventh on are those of the issuer's CNPJ and may be letters, as they may there. The last digit is
/// modulo 11 with weights from 2 to 9, counted from the right (Receita Federal, Manual de Orientação
/// do Contribuinte, chave de acesso).
///
/// # Errors
/// [`AccessKeyError`].
pub fn access_key(typed: &str) -> Result<String, AccessKeyError> {
    let key: String = typed
        .chars()
        .filter(|sign| !sign.is_whitespace())
        .map(|sign| sign.to_ascii_uppercase())
        .collect();
    let signs = key.as_bytes();
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    let fits = signs.len() == 44
        && digits(&signs[..6])
        && signs[6..18]
            .iter()
            .all(|sign| sign.is_ascii_digit() || sign.is_ascii_uppercase())
        && digits(&signs[18..]);
    if !fits {
        return Err(AccessKeyError::Shape);
    }
    if modulo_11(&signs[..43], 9) == value(signs[43]) {
        Ok(key)
    } else {
        Err(AccessKeyError::Check)
    }
}

/// By what a document is known outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FiscalDocument {
    /// Which document it is.
    pub kind: FiscalKind,
    /// Its number.
    pub number: String,
    /// Its series, where numbers have one.
    pub series: Option<String>,
    /// By what the tax office finds it. An NF-e has one.
    pub access_key: Option<String>,
    /// Under what the tax office took it, or its cancellation.
    pub protocol: Option<String>,
    /// When it was issued.
    pub issued_at: UtcTime,
    /// Where it can be seen.
    pub url: Option<String>,
    /// Whether it holds.
    pub status: FiscalStatus,
}

/// What writing a document means, given the one that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FiscalStep {
    /// It is there already.
    Same,
    /// It is the first, or in place of a canceled one.
    Issue,
    /// The one that is there holds no longer.
    Cancel,
}

impl FiscalDocument {
    /// What writing this over `before` means; `None` where it may not be: what was issued is canceled
    /// and nothing else, what is canceled holds never again, and another may take its place.
    #[must_use]
    pub fn step_from(&self, before: Option<&Self>) -> Option<FiscalStep> {
        let Some(before) = before else {
            return (self.status == FiscalStatus::Issued).then_some(FiscalStep::Issue);
        };
        if self == before {
            return Some(FiscalStep::Same);
        }
        match (before.status, self.status) {
            (FiscalStatus::Issued, FiscalStatus::Canceled) if self.names_the_same(before) => {
                Some(FiscalStep::Cancel)
            }
            (FiscalStatus::Canceled, FiscalStatus::Issued) if !self.names_the_same(before) => {
                Some(FiscalStep::Issue)
            }
            _ => None,
        }
    }

    /// Whether both are one document. Protocol and address may differ: a cancellation has its own.
    fn names_the_same(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.number == other.number
            && self.series == other.series
            && self.access_key == other.access_key
    }

    /// The access key as it stands on paper: that of an NF-e in groups of four.
    #[must_use]
    pub fn printed_key(&self) -> Option<String> {
        let key = self.access_key.as_deref()?;
        if self.kind != FiscalKind::Nfe {
            return Some(key.to_owned());
        }
        let signs: Vec<char> = key.chars().collect();
        let groups: Vec<String> = signs
            .chunks(4)
            .map(|group| group.iter().collect())
            .collect();
        Some(groups.join(" "))
    }
}

/// The document of a receipt or a credit note, as it was written back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FiscalRecord {
    /// Of which receipt or credit note.
    pub invoice_id: InvoiceId,
    /// The document.
    pub document: FiscalDocument,
    /// When the first was written.
    pub created_at: UtcTime,
    /// When this was written.
    pub updated_at: UtcTime,
    /// Counts what was written, from 1.
    pub version: i64,
}

/// A receipt or a credit note with its document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Documented {
    /// The receipt or the credit note.
    pub invoice: Invoice,
    /// Its document; none until one was written back.
    pub fiscal: Option<FiscalRecord>,
}

impl Documented {
    /// The version that a change is based on: 0 while there is no document.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.fiscal.as_ref().map_or(0, |record| record.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // R-PAY-11: the first is the example of the Manual de Orientação do Contribuinte: its weighted sum
    // is 644, which leaves 6, so its digit is 5.
    #[test]
    fn an_access_key_is_known_by_its_check_digit() {
        let manual = "52060433009911002506550120000007800267301615".to_owned();
        assert_eq!(access_key(&manual), Ok(manual.clone()));
        let grouped = "5206 0433 0099 1100 2506 5501 2000 0007 8002 6730 1615";
        assert_eq!(access_key(grouped), Ok(manual.clone()));
        // An issuer whose CNPJ has letters.
        let lettered = "31200912ABC34501DE35550010000001231123456784";
        assert_eq!(access_key(lettered), Ok(lettered.to_owned()));
        assert_eq!(
            access_key(&lettered.to_lowercase()),
            Ok(lettered.to_owned())
        );

        // Each digit counts, and the check digit itself.
        for at in 0..44 {
            let mut typed = manual.clone().into_bytes();
            typed[at] = b'0' + (typed[at] - b'0' + 1) % 10;
            let typed = String::from_utf8(typed).unwrap();
            assert_eq!(access_key(&typed), Err(AccessKeyError::Check), "at {at}");
        }
        for shapeless in [
            "",
            &manual[..43],
            &format!("{manual}0"),
            &manual.replace('7', "X"),
            &manual.replace('7', "é"),
        ] {
            assert_eq!(access_key(shapeless), Err(AccessKeyError::Shape));
        }
    }

    fn document(number: &str, status: FiscalStatus) -> FiscalDocument {
        FiscalDocument {
            kind: FiscalKind::Nfse,
            number: number.to_owned(),
            series: None,
            access_key: Some("ABCD12345".to_owned()),
            protocol: None,
            issued_at: UtcTime::MIN,
            url: None,
            status,
        }
    }

    // R-PAY-11
    #[test]
    fn what_was_issued_is_only_canceled_and_what_was_canceled_only_replaced() {
        use FiscalStatus::{Canceled, Issued};
        let (one, gone) = (document("1", Issued), document("1", Canceled));
        let (other, other_gone) = (document("2", Issued), document("2", Canceled));
        for (before, after, step) in [
            (None, &one, Some(FiscalStep::Issue)),
            (None, &gone, None),
            (Some(&one), &one, Some(FiscalStep::Same)),
            (Some(&one), &gone, Some(FiscalStep::Cancel)),
            (Some(&one), &other, None),
            (Some(&one), &other_gone, None),
            (Some(&gone), &gone, Some(FiscalStep::Same)),
            (Some(&gone), &one, None),
            (Some(&gone), &other, Some(FiscalStep::Issue)),
            (Some(&gone), &other_gone, None),
        ] {
            assert_eq!(after.step_from(before), step, "{before:?} {after:?}");
        }
        // The tax office took the cancellation under a number of its own.
        let told = FiscalDocument {
            protocol: Some("135".to_owned()),
            ..gone
        };
        assert_eq!(told.step_from(Some(&one)), Some(FiscalStep::Cancel));
        // What was issued says the same for ever.
        let moved = FiscalDocument {
            url: Some("https://elsewhere.example/".to_owned()),
            ..one.clone()
        };
        assert_eq!(moved.step_from(Some(&one)), None);
    }

    // R-PAY-11
    #[test]
    fn the_key_of_a_goods_note_is_printed_in_groups_of_four() {
        let services = document("1", FiscalStatus::Issued);
        assert_eq!(services.printed_key().as_deref(), Some("ABCD12345"));
        let goods = FiscalDocument {
            kind: FiscalKind::Nfe,
            ..services
        };
        assert_eq!(goods.printed_key().as_deref(), Some("ABCD 1234 5"));
    }
}
