# What a brand says of its terms.
legal-terms = Termos de uso
legal-privacy = Privacidade
legal-refunds = Reembolsos
