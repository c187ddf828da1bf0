# Messaggi dei dialetti italiano e portoghese.
dialect-field-missing = Il campo { $field } manca o è del tipo sbagliato.
dialect-field-invalid = Il campo { $field } non può essere accettato così com’è.
dialect-not-json = La richiesta non è un oggetto JSON.
