# What a brand says of its terms.
legal-terms = Terms of use
legal-privacy = Privacy
legal-refunds = Refunds
