# E-mail su registrazione e accesso.
mail-registered-subject = Abbiamo ricevuto la sua registrazione
mail-registered-intro = abbiamo ricevuto la sua registrazione. Qualcuno la esaminerà e le faremo sapere per e-mail che cosa è stato deciso. Fino ad allora non c'è nulla da fare.
mail-registered-why = Riceve questa e-mail perché qualcuno si è registrato presso { $seller } con questo indirizzo. Se non è stato lei, non c'è nulla da fare.
mail-admitted-subject = La sua registrazione è stata approvata
mail-admitted-intro = le diamo il benvenuto: la sua registrazione è stata approvata e può usare ciò che è stato preparato per lei.
mail-admitted-keys = Ricevere per e-mail le mie chiavi di attivazione
mail-sign-in = Accedi qui
mail-rejected-subject = La sua registrazione non è stata approvata
mail-rejected-intro = abbiamo esaminato la sua registrazione e non abbiamo potuto approvarla.
mail-rejected-reason = Il motivo: { $reason }

# Con queste un membro sceglie una password.
mail-password-choose = Scegliere una password
mail-invited-subject = { $seller }: ora ha accesso
mail-invited-intro = qualcuno di { $seller } le ha dato accesso. Si entra con { $email } e una password, che può scegliere qui:
mail-invited-note = Il link vale { $days } giorni e una sola volta. Chi lo possiede può usarlo, quindi non lo inoltri a nessuno.
mail-invited-why = Riceve questa e-mail perché { $seller } ha indicato { $email } come indirizzo di qualcuno che può accedere. Se non è lei, non c'è nulla da fare: senza password non entra nessuno.
mail-forgotten-subject = Scelga una nuova password
mail-forgotten-intro = qualcuno ha chiesto una nuova password per { $email }. Se è stato lei, la scelga qui; fino ad allora vale quella vecchia.
mail-forgotten-note = Il link vale { $hours } ore e una sola volta. Chi lo possiede può usarlo, quindi non lo inoltri a nessuno.
mail-forgotten-why = Riceve questa e-mail perché qualcuno l'ha chiesta sulla pagina di { $seller }. Se non è stato lei, non c'è nulla da fare: è arrivata solo a lei, e la sua password è quella di prima.

# Che cosa è successo all'accesso di un membro.
mail-signed-in-subject = Nuovo accesso al suo account
mail-signed-in-intro = il { $day } alle { $time } qualcuno è entrato come { $email } con un browser o da una rete non usati prima.
mail-signed-in-browser = Programma di navigazione: { $browser }
mail-signed-in-address = Indirizzo: { $address }
mail-changed-subject-password = La sua password è stata cambiata
mail-changed-password = la password di { $email } è stata cambiata il { $day } alle { $time }.
mail-changed-subject-codes-added = I codici monouso sono stati attivati
mail-changed-codes-added = dal { $day }, { $time }, per entrare come { $email } serve un codice monouso.
mail-changed-subject-codes-removed = I codici monouso sono stati disattivati
mail-changed-codes-removed = dal { $day }, { $time }, per entrare come { $email } non serve più un codice monouso.
mail-access-not-you = Se è stato lei, o se ne è al corrente, non c'è nulla da fare. Altrimenti scelga subito una nuova password, il che chiude ogni sessione, e ci avvisi.
mail-access-why = Riceve questa e-mail perché { $email } è l'indirizzo di qualcuno che può accedere presso { $seller }. Riguarda la sicurezza dell'account e non è pubblicità.
