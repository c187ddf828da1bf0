# Messaggi del dialetto per i programmi desktop ibridi.
hybrid-activated = Licenza attivata su questo computer.
hybrid-activated-again = Questo computer era già attivato con questa licenza.
hybrid-renewed = Licenza rinnovata fino al { $date }.
hybrid-renewed-permanent = Licenza rinnovata senza data di scadenza.
hybrid-license-not-found = Nessuna licenza trovata per questo computer.
hybrid-renewal-key-unknown = Questa chiave di rinnovo non è conosciuta.
hybrid-renewal-key-used = Questa chiave di rinnovo è già stata usata.
hybrid-renewal-key-other-product = Questa chiave di rinnovo è per un altro prodotto.
hybrid-renewal-not-possible = Questa licenza non si può rinnovare con una chiave di rinnovo.
hybrid-no-update = Nessuna versione è stata pubblicata.
hybrid-bad-request = La richiesta è incompleta: { $field } manca o non è valido.
hybrid-not-json = La richiesta non è un JSON valido.
hybrid-too-many-requests = Troppe richieste. Riprovare più tardi.
hybrid-unavailable = Il server delle licenze ora non può rispondere. Riprovare più tardi.
