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
