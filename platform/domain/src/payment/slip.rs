//! A boleto on paper: what the payer reads and types.

use crate::civil_date::CivilDate;
use crate::money::Money;

/// What a boleto on paper says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slip {
    /// The bank's name.
    pub bank_name: String,
    /// The bank's number with its check digit: `001-9`.
    pub bank_code: String,
    /// Who gets the money, a line each for name, tax number and address.
    pub beneficiary: Vec<String>,
    /// Who pays, in the same way, as the bank was told.
    pub payer: Vec<String>,
    /// The end of the charge's id.
    pub document: String,
    /// The bank's number of the title.
    pub our_number: String,
    /// Branch and account, or the agreement with the bank, as far as the account's settings say.
    pub agency_account: String,
    /// The carteira, where the account's settings name one.
    pub wallet: String,
    /// When it was written, where the seller is.
    pub issued_on: CivilDate,
    /// The last day without fine.
    pub due_on: CivilDate,
    /// How much.
    pub amount: Money,
    /// What the bank's clerk is told.
    pub instructions: Vec<String>,
    /// The 44 digits of the barcode.
    pub barcode: String,
    /// The 47 digits that people type.
    pub digitable_line: String,
    /// The PIX code that settles the same title.
    pub br_code: Option<String>,
}

impl Slip {
    /// The typeable line with its dots and blanks: `00190.50095 40144.816069 06809.350314 3 37370000000100`.
    ///
    /// `None` for what is no line of 47 digits.
    #[must_use]
    pub fn printed_line(&self) -> Option<String> {
        let digits = &self.digitable_line;
        if digits.len() != 47 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        Some(format!(
            "{}.{} {}.{} {}.{} {} {}",
            &digits[..5],
            &digits[5..10],
            &digits[10..15],
            &digits[15..21],
            &digits[21..26],
            &digits[26..32],
            &digits[32..33],
            &digits[33..]
        ))
    }

    /// `17 / 14741660000000328`, as the banks print it.
    #[must_use]
    pub fn wallet_and_number(&self) -> String {
        if self.wallet.is_empty() {
            self.our_number.clone()
        } else {
            format!("{} / {}", self.wallet, self.our_number)
        }
    }
}
