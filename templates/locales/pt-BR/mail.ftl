# Textos dos e-mails.
mail-greeting = Olá { $name },
mail-greeting-nameless = Olá,
mail-farewell = { $seller }
mail-shop-subject = { $count ->
    [one] Sua chave de ativação de { $product }
   *[other] Suas { $count } chaves de ativação de { $product }
}
mail-shop-subject-several = Suas { $count } chaves de ativação
mail-shop-intro = { $count ->
    [one] obrigado pelo seu pedido. Esta é a sua chave de ativação:
   *[other] obrigado pelo seu pedido. Estas são as suas chaves de ativação:
}
mail-shop-key = { $product }: { $key }
mail-shop-keep = { $count ->
    [one] Digite-a no programa quando ele pedir uma chave e guarde este e-mail.
   *[other] Digite uma no programa quando ele pedir uma chave e guarde este e-mail.
}
mail-shop-order = Pedido { $reference }
mail-own-intro = estas são as chaves de ativação que guardamos para você:
mail-own-unasked = Você recebe este e-mail porque alguém pediu as suas chaves na nossa página. Se não foi você, não é preciso fazer nada: elas foram enviadas somente a você.
