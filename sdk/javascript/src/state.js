// How a license stands, as a value that a program can show.

/** How a license stands; the texts are stable. */
export const Status = Object.freeze({
  OK: "OK",
  EXPIRING: "EXPIRING",
  GRACE: "GRACE",
  EXPIRED: "EXPIRED",
  CHECK_OVERDUE: "CHECK_OVERDUE",
  SUSPENDED: "SUSPENDED",
  REVOKED: "REVOKED",
  BLOCKED: "BLOCKED",
  DEVICE_MISMATCH: "DEVICE_MISMATCH",
  NOT_ACTIVATED: "NOT_ACTIVATED",
  CLOCK_TAMPERED: "CLOCK_TAMPERED",
  TAMPERED: "TAMPERED",
  UNREADABLE: "UNREADABLE",
  NEEDS_UPDATE: "NEEDS_UPDATE",
  NO_SEAT: "NO_SEAT",
  REFUSED: "REFUSED",
});

/** Of the codes of verdicts and of this library that have a status of their own; the rest is REFUSED. */
const STATUS_OF = {
  EXPIRED: "EXPIRED",
  LEASE_EXPIRED: "CHECK_OVERDUE",
  CHECK_OVERDUE: "CHECK_OVERDUE",
  SUSPENDED: "SUSPENDED",
  CUSTOMER_SUSPENDED: "SUSPENDED",
  TENANT_SUSPENDED: "SUSPENDED",
  PAYMENT_OVERDUE: "SUSPENDED",
  REVOKED: "REVOKED",
  MACHINE_BLOCKED: "BLOCKED",
  FINGERPRINT_MISMATCH: "DEVICE_MISMATCH",
  STORE_COPIED: "DEVICE_MISMATCH",
  MACHINE_UNKNOWN: "NOT_ACTIVATED",
  NOT_ACTIVATED: "NOT_ACTIVATED",
  CLOCK_ROLLBACK: "CLOCK_TAMPERED",
  STORE_ROLLBACK: "TAMPERED",
  STORE_DAMAGED: "TAMPERED",
  TOKEN_FORGED: "TAMPERED",
  STORE_UNREADABLE: "UNREADABLE",
  NO_SEAT: "NO_SEAT",
};

/** The status of a code. */
export function statusOf(code) {
  return Object.hasOwn(STATUS_OF, code) ? STATUS_OF[code] : Status.REFUSED;
}

/** A state: fixed, and with a sentence for the person at the screen. */
export class State {
  constructor(said) {
    Object.assign(this, {
      status: Status.OK, code: "VALID", valid: true, access: "full", daysLeft: null, graceEndsAt: null,
      nextCheckAt: null, license: null, machine: null, kind: null, expiresAt: null, modules: {}, seat: null,
      because: null, error: null, errorDetail: null, retryAt: null,
    }, said);
    Object.freeze(this);
  }

  /** The same with some members otherwise. */
  with(otherwise) {
    return new State({ ...this, ...otherwise });
  }

  /** A sentence in `en`, `es`, `it` or `pt-BR`. */
  message(locale = "en") {
    const wanted = locale.toLowerCase().split(/[-_]/)[0];
    const found = Object.keys(MESSAGES).find((name) => name.toLowerCase().split("-")[0] === wanted) ?? "en";
    return MESSAGES[found][this.status].replace("{days}", String(this.daysLeft ?? 0));
  }
}

const MESSAGES = {
  en: {
    OK: "The license is valid.",
    EXPIRING: "The license expires in {days} days.",
    GRACE: "The license runs in its grace. Connect to the internet or renew.",
    EXPIRED: "The license has expired. Renew it to go on.",
    CHECK_OVERDUE: "The license was not checked for too long. Connect to the internet.",
    SUSPENDED: "The license is suspended. Ask whoever sold it.",
    REVOKED: "The license was revoked.",
    BLOCKED: "This computer is blocked. Ask whoever sold the license.",
    DEVICE_MISMATCH: "The license belongs to another computer.",
    NOT_ACTIVATED: "The program is not activated. Enter your key.",
    CLOCK_TAMPERED: "The clock of this computer is wrong. Set it right.",
    TAMPERED: "The license file was changed. Activate the program again.",
    UNREADABLE: "The license file cannot be read. Check the permissions of its folder.",
    NEEDS_UPDATE: "The license is for a newer version. Update the program.",
    NO_SEAT: "All seats are taken. Try again in a while.",
    REFUSED: "The license does not allow this.",
  },
  es: {
    OK: "La licencia es válida.",
    EXPIRING: "La licencia vence en {days} días.",
    GRACE: "La licencia está en su período de gracia. Conéctese a internet o renuévela.",
    EXPIRED: "La licencia ha vencido. Renuévela para continuar.",
    CHECK_OVERDUE: "La licencia lleva demasiado tiempo sin verificarse. Conéctese a internet.",
    SUSPENDED: "La licencia está suspendida. Consulte a quien se la vendió.",
    REVOKED: "La licencia fue revocada.",
    BLOCKED: "Este equipo está bloqueado. Consulte a quien le vendió la licencia.",
    DEVICE_MISMATCH: "La licencia es de otro equipo.",
    NOT_ACTIVATED: "El programa no está activado. Introduzca su clave.",
    CLOCK_TAMPERED: "El reloj de este equipo no es correcto. Ajústelo.",
    TAMPERED: "El archivo de la licencia fue modificado. Active el programa de nuevo.",
    UNREADABLE: "No se puede leer el archivo de la licencia. Revise los permisos de su carpeta.",
    NEEDS_UPDATE: "La licencia es para una versión más reciente. Actualice el programa.",
    NO_SEAT: "Todos los puestos están ocupados. Inténtelo más tarde.",
    REFUSED: "La licencia no lo permite.",
  },
  it: {
    OK: "La licenza è valida.",
    EXPIRING: "La licenza scade fra {days} giorni.",
    GRACE: "La licenza è nel periodo di tolleranza. Collegarsi a internet o rinnovarla.",
    EXPIRED: "La licenza è scaduta. Rinnovarla per continuare.",
    CHECK_OVERDUE: "La licenza non viene verificata da troppo tempo. Collegarsi a internet.",
    SUSPENDED: "La licenza è sospesa. Rivolgersi a chi l'ha venduta.",
    REVOKED: "La licenza è stata revocata.",
    BLOCKED: "Questo computer è bloccato. Rivolgersi a chi ha venduto la licenza.",
    DEVICE_MISMATCH: "La licenza appartiene a un altro computer.",
    NOT_ACTIVATED: "Il programma non è attivato. Inserire la chiave.",
    CLOCK_TAMPERED: "L'orologio di questo computer non è giusto. Regolarlo.",
    TAMPERED: "Il file della licenza è stato modificato. Attivare di nuovo il programma.",
    UNREADABLE: "Il file della licenza non si può leggere. Controllare i permessi della sua cartella.",
    NEEDS_UPDATE: "La licenza è per una versione più recente. Aggiornare il programma.",
    NO_SEAT: "Tutti i posti sono occupati. Riprovare più tardi.",
    REFUSED: "La licenza non lo permette.",
  },
  "pt-BR": {
    OK: "A licença é válida.",
    EXPIRING: "A licença vence em {days} dias.",
    GRACE: "A licença está em carência. Conecte-se à internet ou renove.",
    EXPIRED: "A licença venceu. Renove para continuar.",
    CHECK_OVERDUE: "A licença ficou tempo demais sem verificação. Conecte-se à internet.",
    SUSPENDED: "A licença está suspensa. Fale com quem a vendeu.",
    REVOKED: "A licença foi revogada.",
    BLOCKED: "Este computador está bloqueado. Fale com quem vendeu a licença.",
    DEVICE_MISMATCH: "A licença é de outro computador.",
    NOT_ACTIVATED: "O programa não está ativado. Digite a sua chave.",
    CLOCK_TAMPERED: "O relógio deste computador está errado. Acerte-o.",
    TAMPERED: "O arquivo da licença foi alterado. Ative o programa novamente.",
    UNREADABLE: "Não é possível ler o arquivo da licença. Verifique as permissões da pasta.",
    NEEDS_UPDATE: "A licença é para uma versão mais nova. Atualize o programa.",
    NO_SEAT: "Todos os acessos estão em uso. Tente mais tarde.",
    REFUSED: "A licença não permite isto.",
  },
};
