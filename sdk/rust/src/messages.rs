//! What a status is called towards people, in four languages.

use crate::state::Status;

/// The sentence of a status; `{days}` stands for the days that are left. English where the language is
/// none of the four.
pub(crate) fn sentence(status: Status, locale: &str) -> &'static str {
    let language = locale.split(['-', '_']).next().unwrap_or_default();
    match language.to_ascii_lowercase().as_str() {
        "es" => spanish(status),
        "it" => italian(status),
        "pt" => portuguese(status),
        _ => english(status),
    }
}

const fn english(status: Status) -> &'static str {
    match status {
        Status::Ok => "The license is valid.",
        Status::Expiring => "The license expires in {days} days.",
        Status::Grace => "The license runs in its grace. Connect to the internet or renew.",
        Status::Expired => "The license has expired. Renew it to go on.",
        Status::CheckOverdue => {
            "The license was not checked for too long. Connect to the internet."
        }
        Status::Suspended => "The license is suspended. Ask whoever sold it.",
        Status::Revoked => "The license was revoked.",
        Status::Blocked => "This computer is blocked. Ask whoever sold the license.",
        Status::DeviceMismatch => "The license belongs to another computer.",
        Status::NotActivated => "The program is not activated. Enter your key.",
        Status::ClockTampered => "The clock of this computer is wrong. Set it right.",
        Status::Tampered => "The license file was changed. Activate the program again.",
        Status::Unreadable => {
            "The license file cannot be read. Check the permissions of its folder."
        }
        Status::NeedsUpdate => "The license is for a newer version. Update the program.",
        Status::NoSeat => "All seats are taken. Try again in a while.",
        Status::Refused => "The license does not allow this.",
    }
}

const fn spanish(status: Status) -> &'static str {
    match status {
        Status::Ok => "La licencia es válida.",
        Status::Expiring => "La licencia vence en {days} días.",
        Status::Grace => {
            "La licencia está en su período de gracia. Conéctese a internet o renuévela."
        }
        Status::Expired => "La licencia ha vencido. Renuévela para continuar.",
        Status::CheckOverdue => {
            "La licencia lleva demasiado tiempo sin verificarse. Conéctese a internet."
        }
        Status::Suspended => "La licencia está suspendida. Consulte a quien se la vendió.",
        Status::Revoked => "La licencia fue revocada.",
        Status::Blocked => "Este equipo está bloqueado. Consulte a quien le vendió la licencia.",
        Status::DeviceMismatch => "La licencia es de otro equipo.",
        Status::NotActivated => "El programa no está activado. Introduzca su clave.",
        Status::ClockTampered => "El reloj de este equipo no es correcto. Ajústelo.",
        Status::Tampered => {
            "El archivo de la licencia fue modificado. Active el programa de nuevo."
        }
        Status::Unreadable => {
            "No se puede leer el archivo de la licencia. Revise los permisos de su carpeta."
        }
        Status::NeedsUpdate => {
            "La licencia es para una versión más reciente. Actualice el programa."
        }
        Status::NoSeat => "Todos los puestos están ocupados. Inténtelo más tarde.",
        Status::Refused => "La licencia no lo permite.",
    }
}

const fn italian(status: Status) -> &'static str {
    match status {
        Status::Ok => "La licenza è valida.",
        Status::Expiring => "La licenza scade fra {days} giorni.",
        Status::Grace => {
            "La licenza è nel periodo di tolleranza. Collegarsi a internet o rinnovarla."
        }
        Status::Expired => "La licenza è scaduta. Rinnovarla per continuare.",
        Status::CheckOverdue => {
            "La licenza non viene verificata da troppo tempo. Collegarsi a internet."
        }
        Status::Suspended => "La licenza è sospesa. Rivolgersi a chi l'ha venduta.",
        Status::Revoked => "La licenza è stata revocata.",
        Status::Blocked => "Questo computer è bloccato. Rivolgersi a chi ha venduto la licenza.",
        Status::DeviceMismatch => "La licenza appartiene a un altro computer.",
        Status::NotActivated => "Il programma non è attivato. Inserire la chiave.",
        Status::ClockTampered => "L'orologio di questo computer non è giusto. Regolarlo.",
        Status::Tampered => {
            "Il file della licenza è stato modificato. Attivare di nuovo il programma."
        }
        Status::Unreadable => {
            "Il file della licenza non si può leggere. Controllare i permessi della sua cartella."
        }
        Status::NeedsUpdate => {
            "La licenza è per una versione più recente. Aggiornare il programma."
        }
        Status::NoSeat => "Tutti i posti sono occupati. Riprovare più tardi.",
        Status::Refused => "La licenza non lo permette.",
    }
}

const fn portuguese(status: Status) -> &'static str {
    match status {
        Status::Ok => "A licença é válida.",
        Status::Expiring => "A licença vence em {days} dias.",
        Status::Grace => "A licença está em carência. Conecte-se à internet ou renove.",
        Status::Expired => "A licença venceu. Renove para continuar.",
        Status::CheckOverdue => {
            "A licença ficou tempo demais sem verificação. Conecte-se à internet."
        }
        Status::Suspended => "A licença está suspensa. Fale com quem a vendeu.",
        Status::Revoked => "A licença foi revogada.",
        Status::Blocked => "Este computador está bloqueado. Fale com quem vendeu a licença.",
        Status::DeviceMismatch => "A licença é de outro computador.",
        Status::NotActivated => "O programa não está ativado. Digite a sua chave.",
        Status::ClockTampered => "O relógio deste computador está errado. Acerte-o.",
        Status::Tampered => "O arquivo da licença foi alterado. Ative o programa novamente.",
        Status::Unreadable => {
            "Não é possível ler o arquivo da licença. Verifique as permissões da pasta."
        }
        Status::NeedsUpdate => "A licença é para uma versão mais nova. Atualize o programa.",
        Status::NoSeat => "Todos os acessos estão em uso. Tente mais tarde.",
        Status::Refused => "A licença não permite isto.",
    }
}
