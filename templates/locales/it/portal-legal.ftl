# What a brand says of its terms.
legal-terms = Condizioni d'uso
legal-privacy = Riservatezza
legal-refunds = Rimborsi
