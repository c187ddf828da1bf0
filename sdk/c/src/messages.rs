//! What went wrong, towards people, in four languages.

use std::ffi::CStr;

/// A language that the library speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    Spanish,
    Italian,
    Portuguese,
}

impl Language {
    /// That of a locale such as `pt-BR`; English where it is none of the four.
    pub(crate) fn of(locale: &str) -> Self {
        let language = locale.split(['-', '_']).next().unwrap_or_default();
        match language.to_ascii_lowercase().as_str() {
            "es" => Self::Spanish,
            "it" => Self::Italian,
            "pt" => Self::Portuguese,
            _ => Self::English,
        }
    }
}

/// A code with its sentences: English, Spanish, Italian, Portuguese.
type Row = (
    &'static str,
    &'static CStr,
    &'static CStr,
    &'static CStr,
    &'static CStr,
);

/// Results of calls, and the errors of states that the library finds by itself. Those of the platform
/// come with a sentence of their own.
const SENTENCES: &[Row] = &[
    (
        "OK",
        c"It went well.",
        c"Todo ha ido bien.",
        c"È andato tutto bene.",
        c"Deu tudo certo.",
    ),
    (
        "NULL_ARGUMENT",
        c"Something that is needed was not given.",
        c"Falta algo que es necesario.",
        c"Manca qualcosa di necessario.",
        c"Falta algo que é necessário.",
    ),
    (
        "NOT_UTF8",
        c"A text is not in UTF-8.",
        c"Un texto no está en UTF-8.",
        c"Un testo non è in UTF-8.",
        c"Um texto não está em UTF-8.",
    ),
    (
        "PUBLIC_KEY",
        c"The public key of the product cannot be read.",
        c"No se puede leer la clave pública del producto.",
        c"La chiave pubblica del prodotto non è leggibile.",
        c"Não é possível ler a chave pública do produto.",
    ),
    (
        "ADDRESS",
        c"The address of the license server must begin with https://.",
        c"La dirección del servidor de licencias debe empezar por https://.",
        c"L'indirizzo del server delle licenze deve iniziare con https://.",
        c"O endereço do servidor de licenças deve começar com https://.",
    ),
    (
        "MACHINE",
        c"The description of this computer cannot be used.",
        c"La descripción de este equipo no sirve.",
        c"La descrizione di questo computer non è utilizzabile.",
        c"A descrição deste computador não serve.",
    ),
    (
        "FOLDER",
        c"The license cannot be stored: the folder cannot be written.",
        c"No se puede guardar la licencia: no se puede escribir en la carpeta.",
        c"La licenza non può essere salvata: la cartella non è scrivibile.",
        c"Não é possível guardar a licença: a pasta não permite gravação.",
    ),
    (
        "NOT_ACTIVATED",
        c"There is no license on this computer.",
        c"No hay ninguna licencia en este equipo.",
        c"Su questo computer non c'è nessuna licenza.",
        c"Não há licença neste computador.",
    ),
    (
        "VERSION",
        c"The version of the program cannot be read.",
        c"No se puede leer la versión del programa.",
        c"La versione del programma non è leggibile.",
        c"Não é possível ler a versão do programa.",
    ),
    (
        "VALUE",
        c"A value is not one of those allowed.",
        c"Un valor no es de los permitidos.",
        c"Un valore non è tra quelli ammessi.",
        c"Um valor não está entre os permitidos.",
    ),
    (
        "NO_CONNECTION",
        c"The license server was not reached. Check the connection.",
        c"No se pudo contactar con el servidor de licencias. Revise la conexión.",
        c"Il server delle licenze non è raggiungibile. Controllare la connessione.",
        c"Não foi possível contatar o servidor de licenças. Verifique a conexão.",
    ),
    (
        "ANSWER_NOT_BELIEVED",
        c"What answered is not the license server.",
        c"Lo que respondió no es el servidor de licencias.",
        c"Ciò che ha risposto non è il server delle licenze.",
        c"Quem respondeu não é o servidor de licenças.",
    ),
    (
        "TEXT_NOT_BELIEVED",
        c"This text is damaged or not from the license server.",
        c"Este texto está dañado o no es del servidor de licencias.",
        c"Questo testo è danneggiato o non viene dal server delle licenze.",
        c"Este texto está danificado ou não é do servidor de licenças.",
    ),
    (
        "NOT_MY_REQUEST",
        c"This text answers the request of another computer, or an earlier one.",
        c"Este texto responde a la solicitud de otro equipo, o a una anterior.",
        c"Questo testo risponde alla richiesta di un altro computer, o a una precedente.",
        c"Este texto responde ao pedido de outro computador, ou a um anterior.",
    ),
    (
        "OLDER_THAN_HELD",
        c"This text is older than what is here already.",
        c"Este texto es más antiguo que lo que ya hay aquí.",
        c"Questo testo è più vecchio di ciò che è già presente.",
        c"Este texto é mais antigo do que o que já está aqui.",
    ),
    (
        "WRONG_BLOCK",
        c"This text is meant for something else.",
        c"Este texto es para otra cosa.",
        c"Questo testo serve ad altro.",
        c"Este texto é para outra coisa.",
    ),
    (
        "CLOCK_WRONG",
        c"The clock of this computer is wrong. Set it right.",
        c"El reloj de este equipo no es correcto. Ajústelo.",
        c"L'orologio di questo computer non è giusto. Regolarlo.",
        c"O relógio deste computador está errado. Acerte-o.",
    ),
    (
        "STORE_NOT_WRITTEN",
        c"The license cannot be stored: the folder cannot be written.",
        c"No se puede guardar la licencia: no se puede escribir en la carpeta.",
        c"La licenza non può essere salvata: la cartella non è scrivibile.",
        c"Não é possível guardar a licença: a pasta não permite gravação.",
    ),
    (
        "NO_SEAT",
        c"No seat is held.",
        c"No se tiene ningún puesto.",
        c"Nessun posto è occupato da questo programma.",
        c"Nenhum acesso está em uso por este programa.",
    ),
];

const FAILED: Row = (
    "INTERNAL",
    c"Something went wrong. Try again.",
    c"Algo ha fallado. Inténtelo de nuevo.",
    c"Qualcosa non ha funzionato. Riprovare.",
    c"Algo deu errado. Tente novamente.",
);

/// Whether the library has a sentence of its own for a code.
pub(crate) fn knows(code: &str) -> bool {
    SENTENCES.iter().any(|row| row.0 == code)
}

/// The sentence of a code; one that fits all where the library does not know it.
pub(crate) fn sentence(code: &str, language: Language) -> &'static CStr {
    let row = SENTENCES.iter().find(|row| row.0 == code);
    let (_, english, spanish, italian, portuguese) = row.unwrap_or(&FAILED);
    match language {
        Language::English => english,
        Language::Spanish => spanish,
        Language::Italian => italian,
        Language::Portuguese => portuguese,
    }
}
