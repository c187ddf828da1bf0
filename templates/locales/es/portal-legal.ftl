# What a brand says of its terms.
legal-terms = Condiciones de uso
legal-privacy = Privacidad
legal-refunds = Devoluciones
