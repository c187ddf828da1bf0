//! The banks, as data: how the 25 digits that are each bank's own are put together, how a title's
//! number is closed, by the banks' own manuals (Banco do Brasil, Santander 2017, Caixa 2020,
//! Bradesco, Itaú 2021).

use crate::digits::Rule;

/// A piece of a free field. The number is how many digits it has.
#[derive(Debug, Clone, Copy)]
pub enum Piece {
    /// As it stands.
    Fixed(&'static str),
    /// The agreement with the bank: convênio, código do beneficiário, PSK.
    Agreement(usize),
    /// The branch, without its digit.
    Agency(usize),
    /// The account, without its digit.
    Account(usize),
    /// The carteira.
    Wallet(usize),
    /// The title's number, without its digit.
    Number(usize),
    /// Some places of the title's number, from 1.
    Places(usize, usize),
    /// The check digit over other pieces.
    Check(Rule, &'static [Piece]),
    /// The check digit over all before it.
    CheckAll(Rule),
}

/// One way a bank puts its free field together.
#[derive(Debug)]
pub struct Layout {
    /// Three digits.
    pub bank: &'static str,
    /// The bank's name in files.
    pub name: &'static str,
    /// The lengths of the agreement that the layout is for; empty: any, or none.
    pub agreement: &'static [usize],
    /// The carteiras that the layout is for; empty: all.
    pub wallets: &'static [&'static str],
    /// Digits of the carteira.
    pub wallet_length: usize,
    /// What precedes the beneficiary's own number in the title's.
    pub prefix: &'static [Piece],
    /// Digits of the beneficiary's own number.
    pub number_length: usize,
    /// The title's check digit: the rule and what it covers; none where the bank has none.
    pub check: Option<(Rule, &'static [Piece])>,
    /// The 25 digits.
    pub free: &'static [Piece],
}

use Piece::{Account, Agency, Agreement, Check, CheckAll, Fixed, Number, Places, Wallet};

/// All layouts. The first that fits bank, agreement and carteira counts.
pub const LAYOUTS: &[Layout] = &[
    Layout {
        bank: "001",
        name: "BANCO DO BRASIL S.A.",
        agreement: &[7],
        wallets: &[],
        wallet_length: 2,
        prefix: &[Agreement(7)],
        number_length: 10,
        check: None,
        free: &[Fixed("000000"), Agreement(7), Number(10), Wallet(2)],
    },
    Layout {
        bank: "001",
        name: "BANCO DO BRASIL S.A.",
        agreement: &[6],
        wallets: &[],
        wallet_length: 2,
        prefix: &[Agreement(6)],
        number_length: 5,
        check: Some((Rule::Brasil, &[Agreement(6), Number(5)])),
        free: &[Agreement(6), Number(5), Agency(4), Account(8), Wallet(2)],
    },
    Layout {
        bank: "001",
        name: "BANCO DO BRASIL S.A.",
        agreement: &[4],
        wallets: &[],
        wallet_length: 2,
        prefix: &[Agreement(4)],
        number_length: 7,
        check: Some((Rule::Brasil, &[Agreement(4), Number(7)])),
        free: &[Agreement(4), Number(7), Agency(4), Account(8), Wallet(2)],
    },
    Layout {
        bank: "341",
        name: "BANCO ITAU SA",
        agreement: &[],
        // These carteiras close the number without branch and account.
        wallets: &["112", "126", "131", "145", "146", "150", "168"],
        wallet_length: 3,
        prefix: &[],
        number_length: 8,
        check: Some((Rule::Itau, &[Wallet(3), Number(8)])),
        free: &[
            Wallet(3),
            Number(8),
            Check(Rule::Itau, &[Wallet(3), Number(8)]),
            Agency(4),
            Account(5),
            Check(Rule::Itau, &[Agency(4), Account(5)]),
            Fixed("000"),
        ],
    },
    Layout {
        bank: "341",
        name: "BANCO ITAU SA",
        agreement: &[],
        wallets: &[
            "104", "108", "109", "110", "115", "121", "174", "175", "176", "177", "178", "179",
            "180", "188", "198",
        ],
        wallet_length: 3,
        prefix: &[],
        number_length: 8,
        check: Some((Rule::Itau, &[Agency(4), Account(5), Wallet(3), Number(8)])),
        free: &[
            Wallet(3),
            Number(8),
            Check(Rule::Itau, &[Agency(4), Account(5), Wallet(3), Number(8)]),
            Agency(4),
            Account(5),
            Check(Rule::Itau, &[Agency(4), Account(5)]),
            Fixed("000"),
        ],
    },
    Layout {
        bank: "237",
        name: "BRADESCO",
        agreement: &[],
        wallets: &[],
        wallet_length: 2,
        prefix: &[],
        number_length: 11,
        check: Some((Rule::Bradesco, &[Wallet(2), Number(11)])),
        free: &[Agency(4), Wallet(2), Number(11), Account(7), Fixed("0")],
    },
    Layout {
        bank: "033",
        name: "BANCO SANTANDER (BRASIL) S/A",
        agreement: &[7],
        wallets: &["101", "102", "121"],
        wallet_length: 3,
        prefix: &[],
        number_length: 12,
        check: Some((Rule::Plain, &[Number(12)])),
        free: &[
            Fixed("9"),
            Agreement(7),
            Number(12),
            Check(Rule::Plain, &[Number(12)]),
            Fixed("0"),
            Wallet(3),
        ],
    },
    Layout {
        bank: "104",
        name: "C ECON FEDERAL",
        agreement: &[6],
        // 14 registered and 24 unregistered, both issued by the beneficiary.
        wallets: &["14", "24"],
        wallet_length: 2,
        prefix: &[Wallet(2)],
        number_length: 15,
        check: Some((Rule::Plain, &[Wallet(2), Number(15)])),
        free: &[
            Agreement(6),
            Check(Rule::Plain, &[Agreement(6)]),
            Places(3, 5),
            Places(1, 1),
            Places(6, 8),
            Places(2, 2),
            Places(9, 17),
            CheckAll(Rule::Plain),
        ],
    },
    Layout {
        bank: "104",
        name: "C ECON FEDERAL",
        agreement: &[7],
        wallets: &["14", "24"],
        wallet_length: 2,
        prefix: &[Wallet(2)],
        number_length: 15,
        check: Some((Rule::Plain, &[Wallet(2), Number(15)])),
        // From 1100000 on the beneficiary's code has no digit of its own.
        free: &[
            Agreement(7),
            Places(3, 5),
            Places(1, 1),
            Places(6, 8),
            Places(2, 2),
            Places(9, 17),
            CheckAll(Rule::Plain),
        ],
    },
];

/// Who is paid, at which bank: digits only.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beneficiary {
    /// Three digits.
    pub bank: String,
    /// Convênio, código do beneficiário or PSK.
    pub agreement: String,
    /// Branch, without its digit.
    pub agency: String,
    /// Account, without its digit.
    pub account: String,
    /// Carteira.
    pub wallet: String,
}

/// Why a beneficiary, or a number, does not fit a bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// There is no layout for bank, agreement and carteira.
    Layout,
    /// A part is missing or too long.
    Part(&'static str),
}

impl Beneficiary {
    /// The layout for this beneficiary.
    ///
    /// # Errors
    /// When the bank, or this agreement or carteira, is not among them.
    pub fn layout(&self) -> Result<&'static Layout, Misfit> {
        LAYOUTS
            .iter()
            .find(|layout| {
                layout.bank == self.bank
                    && (layout.agreement.is_empty()
                        || layout.agreement.contains(&self.agreement.len()))
                    && (layout.wallets.is_empty() || layout.wallets.contains(&self.wallet.as_str()))
            })
            .ok_or(Misfit::Layout)
    }

    fn put(
        &self,
        pieces: &[Piece],
        number: u64,
        whole: &str,
        out: &mut String,
    ) -> Result<(), Misfit> {
        for piece in pieces {
            let (text, length, name) = match piece {
                Fixed(text) => ((*text).to_owned(), text.len(), "fixed"),
                Agreement(length) => (self.agreement.clone(), *length, "agreement"),
                Agency(length) => (self.agency.clone(), *length, "agency"),
                Account(length) => (self.account.clone(), *length, "account"),
                Wallet(length) => (self.wallet.clone(), *length, "wallet"),
                Number(length) => (number.to_string(), *length, "bank-sequence"),
                Places(from, to) => {
                    let places = whole
                        .get(from - 1..*to)
                        .ok_or(Misfit::Part("bank-sequence"))?;
                    (places.to_owned(), places.len(), "bank-sequence")
                }
                Check(rule, covered) => {
                    let mut digits = String::new();
                    self.put(covered, number, whole, &mut digits)?;
                    (rule.of(&digits).to_string(), 1, "check")
                }
                CheckAll(rule) => (rule.of(out).to_string(), 1, "check"),
            };
            if text.is_empty() || text.len() > length {
                return Err(Misfit::Part(name));
            }
            out.push_str(&format!("{text:0>length$}"));
        }
        Ok(())
    }

    /// The title's number (nosso número) without its check digit: prefix and own number.
    ///
    /// # Errors
    /// When the number is too long.
    pub fn number(&self, number: u64) -> Result<String, Misfit> {
        let layout = self.layout()?;
        let mut whole = String::new();
        self.put(layout.prefix, number, "", &mut whole)?;
        self.put(&[Number(layout.number_length)], number, "", &mut whole)?;
        Ok(whole)
    }

    /// The check symbol of the title's number, where the bank has one.
    ///
    /// # Errors
    /// When the number is too long.
    pub fn check(&self, number: u64) -> Result<Option<char>, Misfit> {
        let Some((rule, covered)) = self.layout()?.check else {
            return Ok(None);
        };
        let mut digits = String::new();
        self.put(covered, number, "", &mut digits)?;
        Ok(Some(rule.of(&digits)))
    }

    /// The 25 digits.
    ///
    /// # Errors
    /// When a part is missing or too long.
    pub fn free(&self, number: u64) -> Result<String, Misfit> {
        let whole = self.number(number)?;
        let mut free = String::new();
        self.put(self.layout()?.free, number, &whole, &mut free)?;
        Ok(free)
    }
}
