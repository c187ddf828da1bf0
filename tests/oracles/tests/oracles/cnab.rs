//! Return files as a stranger reads them, and a file of ours cut by another stranger's table.

use alvara_oracles::{ask, ask_python, here};
use alvara_plugin_boleto::Boleto;
use alvara_plugin_sdk::{
    CallContext, ChargeRequest, ChargeStatus, Discount, DueOptions, Entry, ErrorKind, EventBody,
    Instruction, PaymentEvent, PaymentPlugin, Rate,
    kit::{charge, context},
    money::money,
    reference, time,
};
use serde_json::{Value, json};

/// The bank of each file. He has no map for the last, and neither have we.
const FILES: [(&str, &str); 7] = [
    ("001", "retorno_cnab240_banco_brasil.ret"),
    ("104", "retorno_cnab240_caixa.ret"),
    ("033", "retorno_cnab240_santander.ret"),
    ("001", "retorno_cnab400_banco_brasil.ret"),
    ("237", "retorno_cnab400_bradesco.ret"),
    ("341", "retorno_cnab400_itau.ret"),
    ("001", "retorno_cnab240_btg.ret"),
];

fn at(bank: &str) -> CallContext {
    let (agreement, agency, account, wallet) = match bank {
        "001" => ("1474166", "3174", "11672", "17"),
        "033" => ("0282033", "4567", "11111111", "101"),
        "104" => ("043210", "0001", "1", "24"),
        "237" => ("", "1420", "16910", "09"),
        _ => ("", "1248", "02124", "109"),
    };
    context(
        "key-1",
        &[
            ("mode", "cnab"),
            ("bank", bank),
            ("agreement", agreement),
            ("wallet", wallet),
            ("variation", "19"),
            ("agency", agency),
            ("agency_digit", "7"),
            ("account", account),
            ("account_digit", "6"),
            ("company", "Licenças SA"),
            ("company_tax_id", "11222333000181"),
        ],
    )
}

/// Compares one title with what he reads in it.
fn compare(file: &str, ours: &PaymentEvent, theirs: &Value) {
    let number = reference(&ours.refs, "nosso-numero").unwrap_or_default();
    let his = theirs["number"].as_str().unwrap_or_default();
    let same = if file.contains("240_banco_brasil") {
        // He has only the general table for it, which begins in the middle of the number.
        his.len() == 8 && number.ends_with(his)
    } else {
        // He leaves the bank's check digit where it stands.
        his.starts_with(number) && his.len() <= number.len() + 1
    };
    assert!(same, "{file}: {number} is {his} to him");
    let movement = theirs["movement"].as_str().unwrap_or_default();
    let occurred = theirs["occurred"].as_str().unwrap_or_default();
    let occurred = time::from_rfc3339(&format!("{occurred}T03:00:00Z"));
    assert_eq!(ours.occurred_at, occurred, "{file}: {theirs}");
    let state = match &ours.body {
        EventBody::Charge(state) => state,
        // Nothing moves: at Itaú a payer who objects.
        EventBody::Ignored(what) => {
            assert!(what.contains(&format!("movement {movement}")), "{what}");
            return;
        }
        other => panic!("{file}: {other:?}"),
    };
    assert_eq!(state.raw_status, movement, "{file}: {theirs}");
    if state.status != ChargeStatus::Paid {
        assert_eq!(theirs["paid"], 0, "{file}: {theirs}");
        return;
    }
    let fee: i64 = state.fees.iter().map(|fee| fee.amount.minor).sum();
    let told = json!({ "paid": state.captured.minor, "fee": fee, "credited": state.settles_on });
    for member in ["paid", "fee", "credited"] {
        assert_eq!(told[member], theirs[member], "{file}: {member} of {theirs}");
    }
}

// R-PAY-12
#[test]
fn every_title_of_six_files_is_what_a_stranger_reads() {
    let folder = here().join("../../plugins/boleto/fixtures/cnab");
    let paths: String = FILES
        .iter()
        .map(|(_, file)| format!("{}\n", folder.join(file).display()))
        .collect();
    let read = ask_python("returns.py", &paths);
    let read: Vec<Value> = read
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(read.len(), FILES.len());
    let mut titles = 0;
    for ((bank, file), theirs) in FILES.into_iter().zip(read) {
        let content = std::fs::read(folder.join(file)).expect("the file");
        let ours = Boleto::import_return(&at(bank), &content);
        let Some(theirs) = theirs.as_array() else {
            assert_eq!(file, "retorno_cnab240_btg.ret", "he does not read it");
            assert_eq!(ours.expect_err("refused").kind, ErrorKind::Malformed);
            continue;
        };
        let ours = ours.expect("readable");
        assert_eq!(ours.len(), theirs.len(), "{file}");
        for (ours, theirs) in ours.iter().zip(theirs) {
            compare(file, ours, theirs);
        }
        titles += ours.len();
    }
    assert_eq!(titles, 27, "titles of six files");
}

fn title(minor: i64, sequence: u64) -> ChargeRequest {
    let mut ask = charge("boleto", minor, "BRL");
    ask.due = Some(DueOptions {
        due_date: "2026-12-10".to_owned(),
        days_valid_after_due: 30,
        fine: None,
        monthly_interest_bp: Some(100),
        discount: None,
        instructions: vec!["Não receber após 30 dias".to_owned()],
        bank_sequence: Some(sequence),
    });
    ask
}

/// Compares some fields of a record.
fn says(record: &Value, wanted: &Value) {
    for (name, value) in wanted.as_object().expect("fields") {
        assert_eq!(record[name], *value, "{name} of {record}");
    }
}

// R-PAY-02 R-PAY-12
#[test]
fn a_file_for_the_bank_says_the_same_by_a_strangers_table() {
    let mut whole = title(19_990, 328);
    if let Some(due) = &mut whole.due {
        due.fine = Some(Rate::BasisPoints(200));
        due.discount = Some(Discount {
            until: "2026-12-01".to_owned(),
            rate: Rate::Amount(money(500, "BRL")),
        });
    }
    let entries = [
        Entry {
            instruction: Instruction::Register,
            request: whole,
        },
        Entry {
            instruction: Instruction::Cancel,
            request: title(100, 300),
        },
    ];
    let file = Boleto::export_remittance(&at("001"), 12, &entries).expect("written");
    let text = String::from_utf8(file.content).expect("ASCII");
    let cut = ask("cnab.cjs", &text);
    let records: Vec<Value> = cut
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    let kinds: Vec<&str> = records
        .iter()
        .filter_map(|record| record["record"].as_str())
        .collect();
    let (p, q, r) = (
        "remessa/detalhe_segmento_p",
        "remessa/detalhe_segmento_q",
        "remessa/detalhe_segmento_r",
    );
    let (head, lot) = ("header_arquivo", "header_lote");
    let (lot_end, end) = ("trailer_lote", "trailer_arquivo");
    assert_eq!(kinds, [head, lot, p, q, r, p, q, lot_end, end]);
    for header in &records[..2] {
        let company = json!({
            "codigo_banco": 1, "numero_inscricao": 11_222_333_000_181_u64, "codigo_inscricao": 2,
            "codigo_convenio": 1_474_166, "cobranca_cedente": 14, "carteira": 17,
            "variacao_carteira": 19, "agencia": 3174, "agencia_dv": "7", "conta": 11_672,
            "conta_dv": "6", "nome_empresa": "LICENCAS SA", "numero_sequencial_arquivo": 12,
            "data_geracao": "2026-11-22",
        });
        says(header, &company);
    }
    says(&records[0], &json!({ "codigo_remessa_retorno": 1 }));
    says(&records[1], &json!({ "tipo_operacao": "R" }));
    let registered = json!({
        "numero_sequencial_lote": 1, "codigo_ocorrencia": 1, "agencia": 3174, "agencia_dv": "7",
        "conta": 11_672, "conta_dv": "6", "nosso_numero": "14741660000000328",
        "codigo_carteira": 7, "vencimento": "2026-12-10", "valor_titulo": 19_990, "especie": 2,
        "aceite": "N", "data_emissao": "2026-11-22", "codigo_juros_mora": "2",
        "data_juros_mora": "2026-12-11", "valor_juros_mora": 100, "codigo_desconto_1": 1,
        "data_desconto_1": "2026-12-01", "valor_desconto_1": 500, "valor_iof": 0,
        "valor_abatimento": 0, "codigo_protesto": 3, "codigo_baixa": 1, "prazo_baixa": 30,
        "codigo_moeda": 9,
    });
    says(&records[2], &registered);
    let payer = json!({
        "numero_sequencial_lote": 2, "codigo_ocorrencia": 1, "sacado_codigo_inscricao": 1,
        "sacado_numero_inscricao": 12_345_678_909_u64, "nome": "CONCEICAO ARAUJO",
        "logradouro": "AVENIDA PAULISTA 1000", "bairro": "BELA VISTA", "cep": 1_310_100,
        "cidade": "SAO PAULO", "estado": "SP",
    });
    says(&records[3], &payer);
    let fine = json!({
        "numero_sequencial_lote": 3, "codigo_multa": 2, "data_multa": "2026-12-11",
        "valor_multa": 200, "mensagem_3": "NAO RECEBER APOS 30 DIAS",
    });
    says(&records[4], &fine);
    let written_off = json!({
        "numero_sequencial_lote": 4, "codigo_ocorrencia": 2, "nosso_numero": "14741660000000300",
        "valor_titulo": 100, "codigo_desconto_1": 0, "data_desconto_1": "0000-00-00",
    });
    says(&records[5], &written_off);
    says(&records[7], &json!({ "qtde_registro_lote": 7 }));
    says(
        &records[8],
        &json!({ "qtde_lotes": 1, "qtde_registros": 9 }),
    );
}
