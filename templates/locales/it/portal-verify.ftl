# Se una ricevuta è autentica.
verify-receipt = Ricevuta { $number }
verify-credit-note = Nota di credito { $number }
verify-intro = Questo documento è stato emesso da { $seller }. Lo confronti con il foglio che ha davanti.
verify-genuine = Autentico
verify-genuine-but = Autentico, con importo restituito in seguito
verify-seller = Venditore
verify-buyer = Acquirente
verify-paid = Importo pagato
verify-returned = Importo restituito
verify-back = Restituito in seguito
verify-issued = Emesso il
verify-paid-on = Pagato il
