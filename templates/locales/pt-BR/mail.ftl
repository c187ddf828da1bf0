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

# Abaixo de todo e-mail sobre o que alguém comprou.
mail-link-note = Não é preciso entrar com senha. O link vale por { $days } dias, e quem o tiver pode usá-lo.
mail-help = Dúvidas? { $contact }
mail-help-answer = Dúvidas? Responda a este e-mail.
mail-why = Você recebe este e-mail porque { $seller } tem este endereço no cadastro de { $name }. Ele trata do que { $name } tem aqui e não é propaganda.

# Licenças que vencem.
mail-renewal-subject-ahead = { $product }: a licença vence em { $day }
mail-renewal-subject-tomorrow = { $product }: a licença vence amanhã
mail-renewal-subject-today = { $product }: a licença vence hoje
mail-renewal-subject-grace = { $product }: a licença venceu em { $day }
mail-renewal-subject-over = { $product }: a licença está vencida
mail-renewal-subject-some-end = { $count } das suas licenças vencem em breve
mail-renewal-subject-some-ended = { $count } das suas licenças venceram
mail-renewal-intro = { $count ->
    [one] este aviso é sobre uma licença que você tem conosco.
   *[other] este aviso é sobre { $count } licenças que você tem conosco.
}
mail-renewal-ahead = { $product } (chave com final { $hint }): a licença vence em { $day }, daqui a { $days } dias.
mail-renewal-tomorrow = { $product } (chave com final { $hint }): a licença vence amanhã, { $day }, às { $time }.
mail-renewal-today = { $product } (chave com final { $hint }): a licença vence hoje às { $time }.
mail-renewal-grace = { $product } (chave com final { $hint }): a licença venceu em { $day }. Ela ainda funciona até { $until }; renove antes disso e nada para.
mail-renewal-over = { $product } (chave com final { $hint }): a licença venceu em { $day } e não funciona mais. Renovada, volta a funcionar com a mesma chave.
mail-renewal-pay = Renovar por { $amount }
mail-renewal-next = Assim que o pagamento chegar, a licença continua sozinha: não é preciso instalar nada. Se você acabou de pagar, não há mais nada a fazer.
mail-renewal-ask = Para renovar, responda a este e-mail ou fale conosco.
mail-renewal-stops = Renovada a licença, estes avisos param.

# Dinheiro.
mail-pay = Pagar { $amount }
mail-paid-subject = Recebemos o seu pagamento (recibo { $number })
mail-paid-intro = recebemos { $amount } por { $what }. Obrigado.
mail-paid-until = { $product } (chave com final { $hint }): a licença agora vale até { $day }.
mail-paid-receipt = Seu recibo { $number } (PDF)
mail-refund-subject = { $amount } volta para você
mail-refund-intro = devolvemos { $amount } do que foi pago por { $what }. Quando o valor aparece na sua conta depende do seu banco.
mail-refund-note = Sua nota de crédito { $number } (PDF)
mail-deferred-subject = Seu pedido: { $amount } a pagar até { $day }
mail-deferred-intro = o seu pedido foi aceito a prazo e já pode ser usado. { $amount } deve ser pago até { $day }.
mail-overdue-subject = Seu pedido de { $amount } venceu em { $day }
mail-overdue-intro = { $amount } devia ser pago até { $day } e ainda não chegou.
mail-overdue-told = Se não for pago até { $until }, o que foi pedido deixa de poder ser usado a partir de então.
mail-overdue-suspended = O que foi pedido não pode ser usado até ser pago.
mail-overdue-withdrawn = O que foi pedido foi retirado e o pedido está encerrado: não há mais nada a pagar.

# O que uma autorização devia cobrar.
mail-uncollected-subject = Não foi possível cobrar { $amount }
mail-uncollected-intro = { $amount } pela renovação da sua licença devia ser cobrado como você autorizou, mas o seu banco ou cartão não pagou.
mail-uncollected-next = Tentaremos de novo em { $day }. Se preferir pagar você mesmo antes disso, pode fazê-lo aqui:
mail-uncollected-over = Não tentaremos mais. Para que a licença continue, pague aqui:
