//! Who plays in the demonstration, and what they sell.

use alvara_domain::money::Currency;

/// One reseller and everybody below it.
#[derive(Debug)]
pub(super) struct Cast {
    pub(super) slug: &'static str,
    pub(super) name: &'static str,
    pub(super) locale: &'static str,
    pub(super) currency: Currency,
    pub(super) time_zone: &'static str,
    pub(super) admin: &'static str,
    /// The tenant's own: what its documents name.
    pub(super) seat: Home,
    /// Company and who runs it.
    pub(super) subcompany: (&'static str, &'static str),
    pub(super) agents: [(&'static str, &'static str); 2],
    /// Name, person and language of each customer.
    pub(super) customers: [(&'static str, &'static str); 5],
    /// Tax number, street, number, city, state and postal code of each customer: what a bill names.
    pub(super) homes: [Home; 5],
    pub(super) product: (&'static str, &'static str, &'static str),
    /// Code, name, price in the smallest unit.
    pub(super) modules: [(&'static str, &'static str, i64); 8],
    pub(super) prices: Prices,
    pub(super) face: Face,
}

/// What its pages look like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Face {
    /// `#rrggbb`.
    pub(super) colour: &'static str,
    /// How round corners are, in pixels.
    pub(super) radius: u8,
    /// The part before the sign of the mail address for help.
    pub(super) help: &'static str,
    pub(super) phone: &'static str,
    pub(super) terms: &'static str,
}

/// Where somebody is, and the tax number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Home {
    pub(super) tax_id: &'static str,
    pub(super) street: &'static str,
    pub(super) number: &'static str,
    pub(super) city: &'static str,
    pub(super) state: &'static str,
    pub(super) postal_code: &'static str,
}

const fn home(
    tax_id: &'static str,
    (street, number): (&'static str, &'static str),
    (city, state, postal_code): (&'static str, &'static str, &'static str),
) -> Home {
    Home {
        tax_id,
        street,
        number,
        city,
        state,
        postal_code,
    }
}

/// What plans cost, in the smallest unit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prices {
    pub(super) once: i64,
    pub(super) yearly: i64,
    pub(super) monthly: i64,
}

pub(super) const RESELLERS: [Cast; 2] = [
    Cast {
        slug: "acme",
        name: "Acme Sistemas Ltda",
        locale: "pt-BR",
        currency: Currency::BRL,
        time_zone: "America/Sao_Paulo",
        admin: "Ana Souza",
        seat: home(
            "12345670000129",
            ("Avenida Boa Viagem", "1906"),
            ("Recife", "PE", "51020-000"),
        ),
        subcompany: ("Acme Nordeste", "Bruno Lima"),
        agents: [
            ("Recife Software", "Carla Mendes"),
            ("Curitiba Digital", "Diego Rocha"),
        ],
        customers: [
            ("Padaria Estrela", "Elisa Prado"),
            ("Oficina do Zé", "José Ferreira"),
            ("Clínica Boa Vista", "Fernanda Alves"),
            ("Mercado Central", "Gustavo Nunes"),
            ("Escola Horizonte", "Helena Castro"),
        ],
        homes: [
            home(
                "12345671000173",
                ("Rua da Aurora", "325"),
                ("Recife", "PE", "50050-000"),
            ),
            home(
                "12345672000118",
                ("Rua do Sol", "12"),
                ("Olinda", "PE", "53120-010"),
            ),
            home(
                "12345673000162",
                ("Rua XV de Novembro", "700"),
                ("Curitiba", "PR", "80020-310"),
            ),
            home(
                "12345674000107",
                ("Avenida Conde da Boa Vista", "1410"),
                ("Recife", "PE", "50060-001"),
            ),
            home(
                "12345675000151",
                ("Avenida Paulista", "1000"),
                ("São Paulo", "SP", "01310-100"),
            ),
        ],
        product: ("gestor", "Gestor Pro", "ACME"),
        modules: [
            ("sales", "Vendas", 19_900),
            ("stock", "Estoque", 14_900),
            ("finance", "Financeiro", 24_900),
            ("fiscal", "Fiscal", 29_900),
            ("pos", "Caixa", 9_900),
            ("reports", "Relatórios", 7_900),
            ("api", "Integrações", 34_900),
            ("mobile", "Aplicativo", 12_900),
        ],
        prices: Prices {
            once: 249_000,
            yearly: 118_800,
            monthly: 11_900,
        },
        face: Face {
            colour: "#0b6b4f",
            radius: 10,
            help: "ajuda",
            phone: "+55 81 4002 8922",
            terms: "A licença vale para o número de máquinas contratado.\n\nA renovação paga antes do vencimento começa no fim do período em curso.",
        },
    },
    Cast {
        slug: "bella",
        name: "Bella Software S.r.l.",
        locale: "it",
        currency: Currency::EUR,
        time_zone: "Europe/Rome",
        admin: "Alessia Conti",
        seat: home(
            "01234567061",
            ("Corso Francia", "23"),
            ("Torino", "TO", "10138"),
        ),
        subcompany: ("Bella Nord", "Bruno Ferri"),
        agents: [
            ("Studio Torino", "Chiara Greco"),
            ("Studio Napoli", "Davide Russo"),
        ],
        customers: [
            ("Officine Marini", "Elena Marini"),
            ("Farmacia Centrale", "Fabio Costa"),
            ("Studio Legale Bruni", "Giulia Bruni"),
            ("Cantina Rossi", "Luca Rossi"),
            ("Scuola Galilei", "Marta Villa"),
        ],
        homes: [
            home("01234567012", ("Via Po", "18"), ("Torino", "TO", "10123")),
            home(
                "01234567020",
                ("Via Garibaldi", "44"),
                ("Torino", "TO", "10122"),
            ),
            home(
                "01234567038",
                ("Via Toledo", "156"),
                ("Napoli", "NA", "80134"),
            ),
            home("01234567046", ("Via Dante", "7"), ("Milano", "MI", "20121")),
            home("01234567053", ("Via Cavour", "30"), ("Roma", "RM", "00184")),
        ],
        product: ("disegno", "Disegno CAD", "BELLA"),
        modules: [
            ("draft", "Disegno 2D", 19_000),
            ("solid", "Modellazione 3D", 49_000),
            ("render", "Rendering", 29_000),
            ("sheet", "Lamiera", 35_000),
            ("plot", "Stampa", 9_000),
            ("pdm", "Archivio", 25_000),
            ("api", "Automazione", 39_000),
            ("cloud", "Condivisione", 12_000),
        ],
        prices: Prices {
            once: 149_000,
            yearly: 58_800,
            monthly: 5_900,
        },
        face: Face {
            colour: "#9d174d",
            radius: 2,
            help: "assistenza",
            phone: "+39 06 5550 0199",
            terms: "La licenza vale per il numero di dispositivi acquistato.\n\nIl rinnovo pagato prima della scadenza parte dalla fine del periodo in corso.",
        },
    },
];
