# Un messaggio per problema: titolo, dettaglio del caso e che cosa fare.
problem-invalid-request = Richiesta non valida
    .detail = La richiesta non è comprensibile: un'intestazione, il percorso o la query non è ben formata.
    .meaning = Un'intestazione, il percorso o la query non rispetta la sintassi. Va corretta: ripetere la stessa richiesta dà la stessa risposta.
problem-malformed-json = JSON malformato
    .detail = Il corpo non è JSON: l'errore è alla riga { $line }, colonna { $column }.
    .meaning = Il corpo non si può leggere come JSON. Il dettaglio dice dove si trova l'errore.
problem-invalid-utf8 = UTF-8 non valido
    .detail = Il corpo non è testo UTF-8.
    .meaning = JSON è testo UTF-8, mentre il corpo contiene byte che non lo sono.
problem-unauthenticated = Autenticazione richiesta
    .detail = La richiesta non porta credenziali valide.
    .meaning = Inviare una chiave API o un token di accesso nell'intestazione Authorization: Bearer. La credenziale manca, è scaduta, è revocata o appartiene a un altro host.
problem-credentials-refused = Accesso rifiutato
    .detail = L'indirizzo e-mail, la password o il codice monouso è errato.
    .meaning = Non diciamo quale parte sia errata, perché nessuno possa scoprire chi ha un account. Dopo vari tentativi falliti l'account resta bloccato per un certo tempo.
problem-second-factor-needed = Serve il codice monouso
    .detail = Questo account richiede anche il codice monouso dell'autenticatore.
    .meaning = Inviare le sei cifre dell'autenticatore insieme alla password.
problem-locked-out = Account bloccato
    .detail = Troppi tentativi di accesso falliti. Riprovare più tardi.
    .meaning = Dopo ripetuti errori l'account resta bloccato per un tempo ogni volta più lungo. L'intestazione Retry-After dice quanto. Un amministratore può sbloccarlo.
problem-forbidden = Non consentito
    .detail = Il ruolo non permette questa operazione.
    .meaning = La credenziale è valida, ma il ruolo o l'elenco dei permessi non comprende questa operazione.
problem-not-found = Non trovato
    .detail = Qui non c'è nulla, o non è visibile a chi lo chiede.
    .meaning = L'indirizzo non porta a nulla, oppure a qualcosa fuori dalla propria parte dell'albero. I due casi non vengono distinti, di proposito.
problem-unknown-host = Host sconosciuto
    .detail = Nessun tenant risponde a questo nome host.
    .meaning = Il nome host della richiesta non appartiene a nessun tenant di questa installazione.
problem-method-not-allowed = Metodo non consentito
    .detail = Questo indirizzo non conosce questo metodo.
    .meaning = L'intestazione Allow elenca i metodi che l'indirizzo conosce.
problem-already-exists = Esiste già
    .detail = Esiste già qualcosa con lo stesso codice, nome o indirizzo.
    .meaning = Il valore deve essere unico là dove viene creato. Sceglierne un altro o modificare quello esistente.
problem-state-conflict = Non possibile in questo stato
    .detail = L'operazione richiesta non è possibile nello stato attuale.
    .meaning = L'elemento esiste, ma il suo stato non permette il cambiamento, per esempio riattivare una licenza revocata. Rileggerlo e decidere.
problem-in-use = Ancora in uso
    .detail = Altri elementi dipendono ancora da questo.
    .meaning = Non si può togliere né cambiare finché altri elementi vi fanno riferimento.
problem-limit-reached = Limite raggiunto
    .detail = È stato raggiunto un limite assegnato.
    .meaning = L'offerta o la quota in vigore non permette altro. Chi l'ha concessa può aumentarla.
problem-exceeds-own-rights = Oltre i propri diritti
    .detail = Non si può concedere né toccare più di quanto sia consentito a sé.
    .meaning = È stato indicato un ruolo, un permesso o un posto che va oltre i diritti di chi chiede. Nessuno concede più di quanto ha.
problem-not-floating = Licenza senza posti flottanti
    .detail = Questa licenza non ha posti flottanti.
    .meaning = Solo una licenza i cui termini non la legano a nulla ha posti che si prendono e si restituiscono. Le altre contano le macchine.
problem-seat-lost = Posto perso
    .detail = Questo posto è scaduto. Prendine un altro.
    .meaning = Nessuno ha mantenuto il posto prima della fine della concessione, è stato restituito o qualcuno lo ha ripreso. Prendi di nuovo un posto.
problem-deactivation-limit = Troppe disattivazioni
    .detail = { $limit ->
        [0] Questa licenza non consente disattivazioni da parte del programma o del titolare.
       *[other] Questa licenza consente { $limit } disattivazioni nel suo periodo, e sono esaurite.
    }
    .meaning = I termini consentono un certo numero di disattivazioni per periodo, perché un posto non passi di mano in mano. next_possible_at dice quando sarà possibile la prossima; chi ha venduto la licenza può disattivare la macchina in ogni momento.
problem-offer-withdrawn = Offerta ritirata
    .detail = Il prodotto qui non si può più vendere.
    .meaning = L'offerta con cui il prodotto era venduto è stata ritirata. Le licenze esistenti restano valide.
problem-tree-rule = Non possibile nell'albero
    .detail = L'albero non ammette questo posto.
    .meaning = Ogni tipo di nodo ammette certi tipi sotto di sé, un nodo non può stare sotto sé stesso e la radice resta dov'è.
problem-renewal-not-possible = Rinnovo non possibile
    .detail = Questa licenza non si può rinnovare.
    .meaning = Le condizioni o lo stato della licenza non lasciano nulla da rinnovare.
problem-renewal-key-spent = Chiave di rinnovo già usata
    .detail = Questa chiave di rinnovo è già stata usata o ritirata.
    .meaning = Una chiave di rinnovo vale una volta sola.
problem-renewal-key-of-another-product = Chiave di rinnovo di un altro prodotto
    .detail = Questa chiave di rinnovo è per un altro prodotto.
    .meaning = Una chiave di rinnovo rinnova soltanto licenze del suo prodotto.
problem-answer-lost = Eseguito, risposta perduta
    .detail = Una richiesta con questa Idempotency-Key è stata eseguita, ma la risposta è andata perduta.
    .meaning = Il lavoro è stato fatto e il server si è fermato prima di rispondere. Leggere lo stato attuale; non ripetere la richiesta con un'altra chiave senza guardare.
problem-request-in-progress = Richiesta in corso
    .detail = Una richiesta con la stessa Idempotency-Key è ancora in lavorazione.
    .meaning = Attendere un momento e inviare di nuovo la stessa richiesta: arriverà la risposta della prima.
problem-stale-version = Cambiato nel frattempo
    .detail = Qualcuno lo ha cambiato dopo l'ultima lettura.
    .meaning = L'intestazione If-Match indica una versione che non è più quella attuale. Rileggere, guardare la differenza e inviare la modifica con il nuovo ETag.
problem-request-timeout = Richiesta troppo lenta
    .detail = Il corpo non è arrivato in tempo.
    .meaning = La connessione è stata troppo lenta o si è fermata a metà. Inviare di nuovo la richiesta.
problem-body-too-large = Corpo troppo grande
    .detail = Il corpo può contenere al massimo { $limit } byte.
    .meaning = Dividere la richiesta in parti più piccole.
problem-unsupported-media-type = Tipo di contenuto non accettato
    .detail = Questo indirizzo accetta { $expected }.
    .meaning = L'intestazione Content-Type indica un formato che questo indirizzo non legge.
problem-invalid-fields = Campi non validi
    .detail = { $count ->
        [one] Un campo non è valido.
       *[other] { $count } campi non sono validi.
    }
    .meaning = Il membro errors elenca ogni campo errato con un puntatore JSON, un codice stabile e una spiegazione.
problem-key-malformed = Chiave digitata male
    .detail = La chiave non è ben formata.
    .meaning = I simboli di controllo distinguono una chiave digitata male da una sconosciuta. Confrontarla con l'originale, simbolo per simbolo.
problem-idempotency-key-reused = Idempotency-Key riutilizzata
    .detail = Questa Idempotency-Key è già servita per una richiesta diversa.
    .meaning = Una chiave appartiene a una sola richiesta per 24 ore. Usare una chiave nuova per una richiesta nuova.
problem-precondition-required = If-Match obbligatorio
    .detail = Inviare nell'intestazione If-Match l'ETag letto.
    .meaning = Una modifica deve indicare la versione su cui si basa, perché nessuno sovrascriva senza saperlo il lavoro di un altro.
problem-too-many-requests = Troppe richieste
    .detail = { $seconds ->
        [one] Riprovare tra un secondo.
       *[other] Riprovare tra { $seconds } secondi.
    }
    .meaning = L'intestazione Retry-After dice quando riprovare, le intestazioni RateLimit quanto resta.
problem-internal = Errore interno
    .detail = Qualcosa è andato storto da parte nostra. L'id della richiesta porta alla causa nei nostri registri.
    .meaning = Questo è un difetto. Nel segnalarlo, citare l'id della richiesta che si trova nell'intestazione x-request-id.
problem-unavailable = Momentaneamente non disponibile
    .detail = Il servizio ora non può rispondere. Riprovare tra poco.
    .meaning = Il database o un'altra parte necessaria non è pronta. L'intestazione Retry-After dice quando riprovare.
problem-refused-meaning = La licenza ora non lo permette. Il membro verdict dice che cosa è stato deciso e perché.

problem-page-title = Problemi
problem-page-lead = Ogni errore di questa interfaccia è uno di questi. I programmi devono decidere in base al codice, che non cambia mai, e non in base al testo.
problem-page-status = Stato HTTP
problem-page-code = Codice
problem-page-all = Tutti i problemi

# Errori dei singoli campi.
field-required = Questo campo è obbligatorio.
field-unknown = Questo campo qui non è conosciuto.
field-wrong-type = Questo valore è del tipo sbagliato.
field-too-short = Questo valore è troppo corto: servono almeno { $limit } caratteri.
field-too-long = Questo valore è troppo lungo: sono ammessi al massimo { $limit } caratteri.
field-invalid = Questo valore non è valido.
field-out-of-range = Questo valore è fuori dall'intervallo ammesso.
field-not-found = Si riferisce a qualcosa che non esiste.
