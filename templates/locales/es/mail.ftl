# Textos de los correos.
mail-greeting = Hola, { $name }:
mail-greeting-nameless = Hola:
mail-farewell = { $seller }
mail-shop-subject = { $count ->
    [one] Su clave de activación de { $product }
   *[other] Sus { $count } claves de activación de { $product }
}
mail-shop-subject-several = Sus { $count } claves de activación
mail-shop-intro = { $count ->
    [one] gracias por su pedido. Esta es su clave de activación:
   *[other] gracias por su pedido. Estas son sus claves de activación:
}
mail-shop-key = { $product }: { $key }
mail-shop-keep = { $count ->
    [one] Introdúzcala en el programa cuando se la pida y guarde este correo.
   *[other] Introduzca una en el programa cuando se la pida y guarde este correo.
}
mail-shop-order = Pedido { $reference }
mail-own-intro = estas son las claves de activación que guardamos para usted:
mail-own-unasked = Recibe este correo porque alguien pidió sus claves en nuestra página. Si no fue usted, no hay que hacer nada: solo se le enviaron a usted.

# Debajo de todo correo sobre lo que alguien ha comprado.
mail-link-note = No hace falta iniciar sesión. El enlace vale { $days } días, y quien lo tenga puede usarlo.
mail-help = ¿Preguntas? { $contact }
mail-help-answer = ¿Preguntas? Responda a este correo.
mail-why = Recibe este correo porque { $seller } tiene esta dirección para { $name }. Trata de lo que { $name } tiene aquí y no es publicidad.

# Licencias que vencen.
mail-renewal-subject-ahead = { $product }: la licencia vence el { $day }
mail-renewal-subject-tomorrow = { $product }: la licencia vence mañana
mail-renewal-subject-today = { $product }: la licencia vence hoy
mail-renewal-subject-grace = { $product }: la licencia venció el { $day }
mail-renewal-subject-over = { $product }: la licencia está vencida
mail-renewal-subject-some-end = { $count } de sus licencias vencen pronto
mail-renewal-subject-some-ended = { $count } de sus licencias han vencido
mail-renewal-intro = { $count ->
    [one] le escribimos por una licencia que tiene con nosotros.
   *[other] le escribimos por { $count } licencias que tiene con nosotros.
}
mail-renewal-ahead = { $product } (clave que termina en { $hint }): la licencia vence el { $day }, dentro de { $days } días.
mail-renewal-tomorrow = { $product } (clave que termina en { $hint }): la licencia vence mañana, { $day }, a las { $time }.
mail-renewal-today = { $product } (clave que termina en { $hint }): la licencia vence hoy a las { $time }.
mail-renewal-grace = { $product } (clave que termina en { $hint }): la licencia venció el { $day }. Todavía funciona hasta el { $until }; si la renueva antes, nada se detiene.
mail-renewal-over = { $product } (clave que termina en { $hint }): la licencia venció el { $day } y ya no funciona. Renovada, vuelve a funcionar con la misma clave.
mail-renewal-pay = Renovar por { $amount }
mail-renewal-next = En cuanto llegue el pago, la licencia sigue por sí sola: no hay que instalar nada. Si acaba de pagar, no queda nada por hacer.
mail-renewal-ask = Para renovar, responda a este correo o hable con nosotros.
mail-renewal-stops = Una vez renovada la licencia, estos avisos dejan de llegar.

# Dinero.
mail-pay = Pagar { $amount }
mail-paid-subject = Hemos recibido su pago (recibo { $number })
mail-paid-intro = hemos recibido { $amount } por { $what }. Gracias.
mail-paid-until = { $product } (clave que termina en { $hint }): la licencia vale ahora hasta el { $day }.
mail-paid-receipt = Su recibo { $number } (PDF)
mail-refund-subject = Le devolvemos { $amount }
mail-refund-intro = hemos devuelto { $amount } de lo pagado por { $what }. Cuándo aparece en su cuenta depende de su banco.
mail-refund-note = Su nota de crédito { $number } (PDF)
mail-deferred-subject = Su pedido: { $amount } por pagar hasta el { $day }
mail-deferred-intro = su pedido fue aceptado a plazo y ya se puede usar. { $amount } debe pagarse hasta el { $day }.
mail-overdue-subject = Su pedido de { $amount } venció el { $day }
mail-overdue-intro = { $amount } debía pagarse hasta el { $day } y no ha llegado.
mail-overdue-told = Si no se paga hasta el { $until }, lo pedido ya no se puede usar a partir de entonces.
mail-overdue-suspended = Lo pedido no se puede usar hasta que se pague.
mail-overdue-withdrawn = Lo pedido fue retirado y el pedido está cerrado: no queda nada por pagar.

# Lo que una autorización debía cobrar.
mail-uncollected-subject = No se pudo cobrar { $amount }
mail-uncollected-intro = { $amount } por la renovación de su licencia debía cobrarse como usted autorizó, pero su banco o su tarjeta no lo pagó.
mail-uncollected-next = Se intentará de nuevo el { $day }. Si prefiere pagar usted antes, puede hacerlo aquí:
mail-uncollected-over = No se intentará más. Para que la licencia continúe, pague aquí:
