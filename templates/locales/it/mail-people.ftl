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
