# Testi delle e-mail.
mail-greeting = Buongiorno { $name },
mail-greeting-nameless = Buongiorno,
mail-farewell = { $seller }
mail-shop-subject = { $count ->
    [one] La chiave di attivazione di { $product }
   *[other] Le { $count } chiavi di attivazione di { $product }
}
mail-shop-subject-several = Le sue { $count } chiavi di attivazione
mail-shop-intro = { $count ->
    [one] grazie per il suo ordine. Questa è la sua chiave di attivazione:
   *[other] grazie per il suo ordine. Queste sono le sue chiavi di attivazione:
}
mail-shop-key = { $product }: { $key }
mail-shop-keep = { $count ->
    [one] La inserisca nel programma quando le viene chiesta e conservi questa e-mail.
   *[other] Ne inserisca una nel programma quando le viene chiesta e conservi questa e-mail.
}
mail-shop-order = Ordine { $reference }
mail-own-intro = ecco le chiavi di attivazione che conserviamo per lei:
mail-own-unasked = Riceve questa e-mail perché qualcuno ha chiesto le sue chiavi sulla nostra pagina. Se non è stato lei, non occorre fare nulla: sono state inviate solo a lei.

# Sotto ogni e-mail su ciò che qualcuno ha acquistato.
mail-link-note = Non occorre accedere. Il link vale { $days } giorni, e chi lo possiede può usarlo.
mail-help = Domande? { $contact }
mail-help-answer = Domande? Risponda a questa e-mail.
mail-why = Riceve questa e-mail perché { $seller } conserva questo indirizzo per { $name }. Riguarda ciò che { $name } ha presso di noi e non è pubblicità.

# Licenze in scadenza.
mail-renewal-subject-ahead = { $product }: la licenza scade il { $day }
mail-renewal-subject-tomorrow = { $product }: la licenza scade domani
mail-renewal-subject-today = { $product }: la licenza scade oggi
mail-renewal-subject-grace = { $product }: la licenza è scaduta il { $day }
mail-renewal-subject-over = { $product }: la licenza è scaduta
mail-renewal-subject-some-end = { $count } delle sue licenze scadono a breve
mail-renewal-subject-some-ended = { $count } delle sue licenze sono scadute
mail-renewal-intro = { $count ->
    [one] le scriviamo per una licenza che ha presso di noi.
   *[other] le scriviamo per { $count } licenze che ha presso di noi.
}
mail-renewal-ahead = { $product } (chiave che termina con { $hint }): la licenza scade il { $day }, tra { $days } giorni.
mail-renewal-tomorrow = { $product } (chiave che termina con { $hint }): la licenza scade domani, { $day }, alle { $time }.
mail-renewal-today = { $product } (chiave che termina con { $hint }): la licenza scade oggi alle { $time }.
mail-renewal-grace = { $product } (chiave che termina con { $hint }): la licenza è scaduta il { $day }. Funziona ancora fino al { $until }; se la rinnova prima, nulla si ferma.
mail-renewal-over = { $product } (chiave che termina con { $hint }): la licenza è scaduta il { $day } e non funziona più. Rinnovata, torna a funzionare con la stessa chiave.
mail-renewal-pay = Rinnova per { $amount }
mail-renewal-next = Appena arriva il pagamento la licenza prosegue da sola: non occorre installare nulla. Se ha appena pagato, non resta nulla da fare.
mail-renewal-ask = Per rinnovare risponda a questa e-mail o ci contatti.
mail-renewal-stops = Una volta rinnovata la licenza, questi avvisi non arrivano più.

# Denaro.
mail-pay = Paga { $amount }
mail-paid-subject = Abbiamo ricevuto il suo pagamento (ricevuta { $number })
mail-paid-intro = abbiamo ricevuto { $amount } per { $what }. Grazie.
mail-paid-until = { $product } (chiave che termina con { $hint }): la licenza ora vale fino al { $day }.
mail-paid-receipt = La sua ricevuta { $number } (PDF)
mail-refund-subject = Le restituiamo { $amount }
mail-refund-intro = abbiamo restituito { $amount } di quanto pagato per { $what }. Quando compare sul suo conto dipende dalla sua banca.
mail-refund-note = La sua nota di credito { $number } (PDF)
mail-deferred-subject = Il suo ordine: { $amount } da pagare entro il { $day }
mail-deferred-intro = il suo ordine è stato accettato con pagamento posticipato e può già essere usato. { $amount } va pagato entro il { $day }.
mail-overdue-subject = Il suo ordine di { $amount } è scaduto il { $day }
mail-overdue-intro = { $amount } andava pagato entro il { $day } e non è ancora arrivato.
mail-overdue-told = Se non viene pagato entro il { $until }, da allora ciò che è stato ordinato non si può più usare.
mail-overdue-suspended = Ciò che è stato ordinato non si può usare finché non viene pagato.
mail-overdue-withdrawn = Ciò che è stato ordinato è stato ritirato e l'ordine è chiuso: non resta nulla da pagare.

# Ciò che un'autorizzazione doveva incassare.
mail-uncollected-subject = Non è stato possibile addebitare { $amount }
mail-uncollected-intro = { $amount } per il rinnovo della sua licenza andava addebitato come da lei autorizzato, ma la sua banca o la sua carta non ha pagato.
mail-uncollected-next = Si riprova il { $day }. Se preferisce pagare da sé prima di allora, può farlo qui:
mail-uncollected-over = Non si riprova più. Perché la licenza prosegua, paghi qui:
