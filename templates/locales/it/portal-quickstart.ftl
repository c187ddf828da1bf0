# Un programma di un prodotto, da copiare.
quickstart-title = Avvio rapido
quickstart-intro = Un programma intero con le chiavi e l'indirizzo di questo prodotto. Può essere pubblicato: non contiene segreti.
quickstart-library = La libreria
quickstart-library-intro = Da eseguire accanto alla cartella con le librerie client.
quickstart-program = Il programma
quickstart-program-intro = Al primo avvio chiede una chiave di attivazione. Sostituite le chiavi pubbliche a ogni versione.
quickstart-first = Prima attivazione
quickstart-state = Stato
quickstart-waits = In attesa della prima attivazione
quickstart-came = Attivato
quickstart-machine = Prima macchina
quickstart-when = Attivata il
quickstart-look = Controlla di nuovo
