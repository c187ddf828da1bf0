// The window's own words, as a plain script: pages that are files may not load modules everywhere.
// The sentence about the license comes with each view, from the library.
const TEXTS = {
  en: {
    license: "License", daysLeft: "Days left:", ends: "Ends on:", renew: "Renew in the browser", key: "Activation key",
    activate: "Activate", offline: "This computer has no internet",
    offlineHow: "Save the request, carry it to whoever sold the license, and open the answer here.",
    save: "Save the request…", take: "Open the answer…",
    NO_CONNECTION: "The server was not reached. Try again when this computer is connected.",
    NOT_ACTIVATED: "This file is no answer to a request.",
    TEXT_NOT_BELIEVED: "This file is no answer to a request.",
    OLDER_THAN_HELD: "This file is older than what this computer has.",
    NOT_MY_REQUEST: "This answer is for another request. It must be the last one that was saved here.",
    FILE: "The file could not be used.",
  },
  es: {
    license: "Licencia", daysLeft: "Días restantes:", ends: "Termina el:", renew: "Renovar en el navegador", key: "Clave de activación",
    activate: "Activar", offline: "Este equipo no tiene internet",
    offlineHow: "Guarde la solicitud, llévela a quien vendió la licencia y abra aquí la respuesta.",
    save: "Guardar la solicitud…", take: "Abrir la respuesta…",
    NO_CONNECTION: "No se llegó al servidor. Inténtelo de nuevo cuando este equipo esté conectado.",
    NOT_ACTIVATED: "Este archivo no es respuesta a una solicitud.",
    TEXT_NOT_BELIEVED: "Este archivo no es respuesta a una solicitud.",
    OLDER_THAN_HELD: "Este archivo es más antiguo que lo que tiene este equipo.",
    NOT_MY_REQUEST: "Esta respuesta es de otra solicitud. Debe ser la última que se guardó aquí.",
    FILE: "No se pudo usar el archivo.",
  },
  it: {
    license: "Licenza", daysLeft: "Giorni rimasti:", ends: "Scade il:", renew: "Rinnovare nel browser", key: "Chiave di attivazione",
    activate: "Attivare", offline: "Questo computer non ha internet",
    offlineHow: "Salvare la richiesta, portarla a chi ha venduto la licenza e aprire qui la risposta.",
    save: "Salvare la richiesta…", take: "Aprire la risposta…",
    NO_CONNECTION: "Il server non è stato raggiunto. Riprovare quando questo computer è collegato.",
    NOT_ACTIVATED: "Questo file non è la risposta a una richiesta.",
    TEXT_NOT_BELIEVED: "Questo file non è la risposta a una richiesta.",
    OLDER_THAN_HELD: "Questo file è più vecchio di ciò che ha questo computer.",
    NOT_MY_REQUEST: "Questa risposta è di un'altra richiesta. Deve essere l'ultima salvata qui.",
    FILE: "Non è stato possibile usare il file.",
  },
  "pt-BR": {
    license: "Licença", daysLeft: "Dias restantes:", ends: "Termina em:", renew: "Renovar no navegador", key: "Chave de ativação",
    activate: "Ativar", offline: "Este computador não tem internet",
    offlineHow: "Salve o pedido, leve-o a quem vendeu a licença e abra aqui a resposta.",
    save: "Salvar o pedido…", take: "Abrir a resposta…",
    NO_CONNECTION: "O servidor não foi alcançado. Tente de novo quando este computador estiver conectado.",
    NOT_ACTIVATED: "Este arquivo não é resposta a um pedido.",
    TEXT_NOT_BELIEVED: "Este arquivo não é resposta a um pedido.",
    OLDER_THAN_HELD: "Este arquivo é mais antigo do que o que este computador tem.",
    NOT_MY_REQUEST: "Esta resposta é de outro pedido. Deve ser o último que foi salvo aqui.",
    FILE: "Não foi possível usar o arquivo.",
  },
};

/** The words of a language, whatever its region; English where there is none. */
function textsOf(locale) {
  const wanted = locale.toLowerCase().split(/[-_]/)[0];
  const name = Object.keys(TEXTS).find((known) => known.toLowerCase().split("-")[0] === wanted) ?? "en";
  return { name, ...TEXTS[name] };
}
