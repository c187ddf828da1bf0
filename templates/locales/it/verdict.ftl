# Un messaggio per codice di verdetto: nome breve e il caso con ciò che differisce.
verdict-valid = Valida
    .detail = La licenza è valida.
verdict-not-found = Licenza non trovata
    .detail = Nessuna licenza corrisponde a questa chiave.
verdict-key-malformed = Chiave digitata male
    .detail = La chiave è stata digitata male. Confrontarla con l'originale.
verdict-revoked = Licenza revocata
    .detail = Questa licenza è stata revocata.
verdict-suspended = Licenza sospesa
    .detail = Questa licenza è sospesa. Contattare il fornitore.
verdict-customer-suspended = Cliente sospeso
    .detail = Il cliente che detiene questa licenza è sospeso. Contattare il fornitore.
verdict-tenant-suspended = Fornitore sospeso
    .detail = Il fornitore di questa licenza è sospeso.
verdict-pending-validation = In attesa di convalida
    .detail = Questa licenza è ancora in attesa di convalida.
verdict-pending-approval = In attesa di approvazione
    .detail = Questo computer è ancora in attesa di approvazione.
verdict-not-yet-effective = Non ancora in vigore
    .detail = Questa licenza entra in vigore il { $date }.
verdict-product-mismatch = Altro prodotto
    .detail = Questa licenza è per un altro prodotto.
verdict-version-not-entitled = Versione non inclusa
    .detail = Questa licenza non include la versione { $version }.
verdict-user-mismatch = Altro utente
    .detail = Questa licenza è legata a un altro utente.
verdict-site-mismatch = Altra sede
    .detail = Questa licenza è legata a un'altra sede.
verdict-machine-unknown = Computer non attivato
    .detail = Questo computer non è stato attivato con questa licenza.
verdict-machine-blocked = Computer bloccato
    .detail = Questo computer è stato bloccato. Contattare il fornitore.
verdict-fingerprint-mismatch = Il computer è cambiato
    .detail = Questo computer è troppo diverso da quello attivato: { $components }.
verdict-machine-limit = Nessun dispositivo disponibile
    .detail = { $limit ->
        [one] L'unico dispositivo ammesso da questa licenza è già in uso.
       *[other] { $count } dispositivi su { $limit } sono già in uso.
    }
verdict-seat-limit = Nessuna postazione disponibile
    .detail = { $limit ->
        [one] L'unica postazione di questa licenza è già occupata.
       *[other] { $count } postazioni su { $limit } sono già occupate.
    }
verdict-user-limit = Nessun utente disponibile
    .detail = { $limit ->
        [one] L'unico utente ammesso da questa licenza è già registrato.
       *[other] { $count } utenti su { $limit } sono già registrati.
    }
verdict-lease-expired = Periodo senza contatto terminato
    .detail = Il periodo in cui il programma può funzionare senza contatto è terminato il { $date }.
verdict-check-overdue = Verifica in ritardo
    .detail = Il programma avrebbe dovuto eseguire la verifica entro il { $date }.
verdict-expired = Licenza scaduta
    .detail = Questa licenza è scaduta il { $date }.
verdict-expired-grace = Scaduta, in tolleranza
    .detail = Questa licenza è scaduta il { $date } ed è nel periodo di tolleranza. Va rinnovata al più presto.
verdict-maintenance-ended = Manutenzione terminata
    .detail = La manutenzione è terminata il { $date }; le versioni più recenti non sono incluse.
verdict-trial-used = Prova già utilizzata
    .detail = La prova di questo prodotto è già stata utilizzata su questo computer.
verdict-module-missing = Modulo non incluso
    .detail = Questa licenza non include il modulo { $module }.
verdict-payment-overdue = Pagamento in ritardo
    .detail = Un pagamento di questa licenza è in ritardo.
verdict-clock-rollback = Orologio spostato indietro
    .detail = L'orologio di questo computer è stato spostato indietro.
verdict-meter-limit = Consumo esaurito
    .detail = { $count } unità su { $limit } sono già consumate.

# Che cosa non va in una chiave digitata male.
key-empty = La chiave è vuota.
key-too-short = La chiave è troppo corta: { $found } simboli su 25.
key-too-long = La chiave è troppo lunga: { $found } simboli invece di 25.
key-bad-symbol = Il simbolo “{ $symbol }” in posizione { $position } non compare mai in una chiave.
key-check-failed = Un simbolo della chiave è errato, oppure due sono stati scambiati.
