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
